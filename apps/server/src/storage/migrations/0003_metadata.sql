-- What belongs to the installation and to no tenant has a schema of its own, outside the rule of tenancy: public data
-- that its publisher signed and that is believed only as far as the signature is verified again.
CREATE SCHEMA keywarden_installation;

-- The last good BLOB of each source, and when its next download is due.
CREATE TABLE keywarden_installation.metadata (
  -- SHA-256 of the address: an address may carry a secret.
  source bytea PRIMARY KEY CHECK (length(source) = 32),
  due_at timestamptz NOT NULL,
  failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
  number bigint,
  fetched_at timestamptz,
  blob bytea,
  CHECK ((number IS NULL) = (blob IS NULL) AND (number IS NULL) = (fetched_at IS NULL))
);
-- Read slice by slice, so not compressed.
ALTER TABLE keywarden_installation.metadata ALTER COLUMN blob SET STORAGE EXTERNAL;
