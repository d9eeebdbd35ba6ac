-- The authentication service. Of every bearer's secret (request_uri, codes, tokens) the SHA-256 is kept.

CREATE TABLE clients (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  client_id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  metadata jsonb NOT NULL,
  sealed_secret bytea,
  consent_required boolean NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, client_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED
);

-- A workflow is never changed, only followed by the next version.
CREATE TABLE workflows (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  version integer NOT NULL CHECK (version > 0),
  document jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, version),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED
);

-- One row for each run through the service; hot and short-lived, so every update must stay on its page.
CREATE TABLE authentication_transactions (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  request_hash bytea NOT NULL,
  client_id text COLLATE "C" NOT NULL,
  request jsonb NOT NULL,
  request_object text NOT NULL,
  trusted boolean NOT NULL,
  state jsonb NOT NULL,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, request_hash),
  FOREIGN KEY (tenant_id, client_id) REFERENCES clients ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
) WITH (fillfactor = 50);
CREATE INDEX authentication_transactions_client ON authentication_transactions (tenant_id, client_id);
CREATE INDEX authentication_transactions_expiry ON authentication_transactions (tenant_id, expires_at);

-- The subject is an HMAC of a username or credential id: there are rows of people who do not exist.
CREATE TABLE authentication_attempts (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  subject bytea NOT NULL,
  auth_type text COLLATE "C" NOT NULL,
  failures integer NOT NULL,
  disabled_until timestamptz,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, subject, auth_type),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX authentication_attempts_age ON authentication_attempts (tenant_id, updated_at);

CREATE TABLE consents (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  user_id uuid NOT NULL,
  client_id text COLLATE "C" NOT NULL,
  scope text COLLATE "C" NOT NULL,
  status text NOT NULL CHECK (status IN ('accepted', 'rejected')),
  expires_at timestamptz,
  signed_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, user_id, client_id, scope),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (tenant_id, client_id) REFERENCES clients ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX consents_client ON consents (tenant_id, client_id);

-- All that the OpenID provider keeps. The payload has no copy of the id: whoever presents it puts it back.
CREATE TABLE openid_records (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  model text COLLATE "C" NOT NULL,
  id_hash bytea NOT NULL,
  payload jsonb NOT NULL,
  grant_id text COLLATE "C",
  uid text COLLATE "C",
  account_id text COLLATE "C",
  client_id text COLLATE "C",
  consumed_at timestamptz,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, model, id_hash),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX openid_records_grant ON openid_records (tenant_id, grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX openid_records_uid ON openid_records (tenant_id, uid) WHERE uid IS NOT NULL;
CREATE INDEX openid_records_account ON openid_records (tenant_id, account_id) WHERE account_id IS NOT NULL;
CREATE INDEX openid_records_expiry ON openid_records (tenant_id, expires_at);
