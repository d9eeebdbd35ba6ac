-- What proved nothing (wrong passwords, codes, secrets, tokens), by the minute: of an address, and of a client. Counted here
-- so that an attacker gains nothing by more server processes. Not worth a write to the log: whoever makes PostgreSQL crash has
-- won a minute.
CREATE UNLOGGED TABLE failed_proofs (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('address', 'client')),
  subject text COLLATE "C" NOT NULL,
  -- The newest in which there was one.
  minute timestamptz NOT NULL,
  failures integer NOT NULL,
  PRIMARY KEY (tenant_id, kind, subject)
) WITH (fillfactor = 50);
