-- Every primary key begins with tenant_id; every foreign key and every unique index carries it. The migrator switches
-- row-level security on for each table after each run, and refuses to go on where a table breaks the rule.
-- Foreign keys are checked at commit: the order of writes in a command is the command's own business.

CREATE TABLE tenants (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  name text NOT NULL,
  default_identity_provider_id uuid,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id),
  CHECK (tenant_id ~ '^[a-z0-9][a-z0-9-]{0,62}$')
);

CREATE TABLE identity_providers (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  identity_provider_id uuid NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  status text NOT NULL CHECK (status IN ('active', 'inactive')),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, identity_provider_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED
);

ALTER TABLE tenants
  ADD FOREIGN KEY (tenant_id, default_identity_provider_id) REFERENCES identity_providers
  DEFERRABLE INITIALLY DEFERRED;

-- Row-level security keeps an index from serving an expression that is not leakproof, lower() and LIKE among them:
-- the folded columns are stored, and a prefix is asked for as a range.
CREATE TABLE users (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  user_id uuid NOT NULL,
  username text COLLATE "C" NOT NULL,
  display_name text NOT NULL,
  email text,
  status text NOT NULL CHECK (status IN ('active', 'disabled')),
  created_at timestamptz NOT NULL,
  username_folded text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(username COLLATE "default")) STORED,
  display_name_folded text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(display_name)) STORED,
  email_folded text COLLATE "C" GENERATED ALWAYS AS (lower(email)) STORED,
  PRIMARY KEY (tenant_id, user_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX users_username ON users (tenant_id, username);
CREATE INDEX users_username_folded ON users (tenant_id, username_folded);
CREATE INDEX users_display_name_folded ON users (tenant_id, display_name_folded);
CREATE INDEX users_email_folded ON users (tenant_id, email_folded);

-- The `user.id` of WebAuthn: 32 random bytes per user and relying party, base64url.
CREATE TABLE user_handles (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  user_id uuid NOT NULL,
  rp_id text COLLATE "C" NOT NULL,
  user_handle text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_id, user_id, rp_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX user_handles_handle ON user_handles (tenant_id, rp_id, user_handle);

CREATE TABLE passwords (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  user_id uuid NOT NULL,
  hash text NOT NULL,
  failures integer NOT NULL DEFAULT 0,
  disabled_until timestamptz,
  PRIMARY KEY (tenant_id, user_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE policies (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  policy_id uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  version integer NOT NULL DEFAULT 1,
  rules jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, policy_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX policies_name ON policies (tenant_id, name);

CREATE TABLE devices (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  device_id uuid NOT NULL,
  state text NOT NULL
    CHECK (state IN ('NOT_CONFIGURED', 'READY', 'CONFIGURED', 'ENROLLED', 'REVOKED', 'RETIRED')),
  policy_id uuid,
  serial text COLLATE "C",
  aaguid uuid NOT NULL,
  model text NOT NULL,
  firmware text,
  virtual boolean NOT NULL,
  tag_credential_id text COLLATE "C",
  tag_public_key bytea,
  tag_sign_count bigint,
  owner_identity_provider_id uuid,
  owner_reference text COLLATE "C",
  owner_username text,
  owner_display_name text,
  credential_id text COLLATE "C",
  remote_id text,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, device_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT devices_policy FOREIGN KEY (tenant_id, policy_id) REFERENCES policies
    DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (tenant_id, owner_identity_provider_id) REFERENCES identity_providers
    DEFERRABLE INITIALLY DEFERRED,
  -- An enrolled key has an owner and says where.
  CHECK (state <> 'ENROLLED' OR (owner_reference IS NOT NULL AND owner_identity_provider_id IS NOT NULL)),
  CHECK ((tag_credential_id IS NULL) = (tag_public_key IS NULL)),
  CHECK ((tag_credential_id IS NULL) = (tag_sign_count IS NULL))
);
CREATE UNIQUE INDEX devices_tag ON devices (tenant_id, tag_credential_id) WHERE tag_credential_id IS NOT NULL;
CREATE INDEX devices_serial ON devices (tenant_id, serial) WHERE serial IS NOT NULL;
CREATE INDEX devices_policy ON devices (tenant_id, policy_id) WHERE policy_id IS NOT NULL;
CREATE INDEX devices_state ON devices (tenant_id, state, device_id);
CREATE INDEX devices_owner ON devices (tenant_id, owner_reference) WHERE owner_reference IS NOT NULL;

CREATE TABLE credentials (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  credential_id text COLLATE "C" NOT NULL,
  user_id uuid NOT NULL,
  rp_id text COLLATE "C" NOT NULL,
  user_handle text COLLATE "C" NOT NULL,
  public_key bytea NOT NULL,
  algorithm integer NOT NULL,
  sign_count bigint NOT NULL,
  aaguid uuid NOT NULL,
  attestation_format text NOT NULL,
  attestation_trusted boolean NOT NULL,
  transports text[] NOT NULL,
  backup_eligible boolean NOT NULL,
  backed_up boolean NOT NULL,
  user_verified boolean NOT NULL,
  discoverable boolean,
  device_id uuid,
  friendly_name text NOT NULL,
  auth_type text NOT NULL,
  status text NOT NULL CHECK (status IN ('PENDING', 'ACTIVE', 'SUSPENDED', 'REVOKED', 'TERMINATED')),
  failures integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz,
  PRIMARY KEY (tenant_id, credential_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (tenant_id, device_id) REFERENCES devices DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX credentials_user ON credentials (tenant_id, user_id);
CREATE INDEX credentials_device ON credentials (tenant_id, device_id) WHERE device_id IS NOT NULL;

CREATE TABLE workstations (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  workstation_id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  public_key jsonb NOT NULL,
  paired_at timestamptz NOT NULL,
  last_seen_at timestamptz,
  PRIMARY KEY (tenant_id, workstation_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE pairing_codes (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  code_hash bytea NOT NULL,
  created_by text NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, code_hash),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE connections (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  workstation_id text COLLATE "C" NOT NULL,
  connection_id text COLLATE "C" NOT NULL,
  device_id uuid,
  proven boolean NOT NULL,
  model text NOT NULL,
  serial text,
  virtual boolean NOT NULL,
  facts jsonb NOT NULL,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, workstation_id, connection_id),
  FOREIGN KEY (tenant_id, workstation_id) REFERENCES workstations DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (tenant_id, device_id) REFERENCES devices DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX connections_seen ON connections (tenant_id, seen_at);

CREATE TABLE operators (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  operator_id uuid NOT NULL,
  name text NOT NULL,
  email text,
  role text NOT NULL CHECK (role IN ('owner', 'administrator', 'operator', 'help-desk', 'auditor')),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, operator_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED
);

-- Of a session and of a sign-in link the SHA-256 is kept, never the bearer's secret.
CREATE TABLE operator_sessions (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  session_hash bytea NOT NULL,
  operator_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, session_hash),
  FOREIGN KEY (tenant_id, operator_id) REFERENCES operators DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX operator_sessions_expiry ON operator_sessions (tenant_id, expires_at);

CREATE TABLE sign_in_links (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  link_hash bytea NOT NULL,
  operator_id uuid NOT NULL,
  uses_left integer,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, link_hash),
  FOREIGN KEY (tenant_id, operator_id) REFERENCES operators DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX sign_in_links_expiry ON sign_in_links (tenant_id, expires_at);

-- A policy may be deleted after its devices are gone; what was once enrolled under it stays on record.
CREATE TABLE enrollments (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  enrollment_id uuid NOT NULL,
  device_id uuid NOT NULL,
  identity_provider_id uuid NOT NULL,
  user_identity_provider_id uuid NOT NULL,
  user_reference text COLLATE "C" NOT NULL,
  user_username text NOT NULL,
  user_display_name text NOT NULL,
  policy_id uuid,
  workstation_id text COLLATE "C" NOT NULL,
  connection_id text COLLATE "C" NOT NULL,
  state text NOT NULL
    CHECK (state IN ('REQUESTED', 'CONFIGURING', 'OPTIONS_ISSUED', 'CREDENTIAL_CREATED', 'VERIFIED', 'REGISTERED',
                     'COMPLETE', 'FAILED', 'COMPENSATING', 'COMPENSATED')),
  options jsonb,
  origin text,
  handle text,
  credential jsonb,
  failure_code text,
  failure_message text,
  operator_id uuid,
  order_id uuid,
  idempotency_key text COLLATE "C",
  lease_until timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, enrollment_id),
  FOREIGN KEY (tenant_id, device_id) REFERENCES devices DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (tenant_id, identity_provider_id) REFERENCES identity_providers DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (tenant_id, workstation_id) REFERENCES workstations DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (tenant_id, operator_id) REFERENCES operators DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX enrollments_open_device ON enrollments (tenant_id, device_id)
  WHERE state NOT IN ('COMPLETE', 'FAILED', 'COMPENSATED');
CREATE UNIQUE INDEX enrollments_idempotency_key ON enrollments (tenant_id, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
CREATE INDEX enrollments_device ON enrollments (tenant_id, device_id, enrollment_id);
CREATE INDEX enrollments_policy ON enrollments (tenant_id, policy_id) WHERE policy_id IS NOT NULL;
CREATE INDEX enrollments_expiry ON enrollments (tenant_id, expires_at)
  WHERE state NOT IN ('COMPLETE', 'FAILED', 'COMPENSATED', 'COMPENSATING');

CREATE TABLE orders (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  order_id uuid NOT NULL,
  workstation_id text COLLATE "C" NOT NULL,
  action text NOT NULL,
  enrollment_id uuid,
  device_id uuid,
  challenge text,
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  answered_at timestamptz,
  PRIMARY KEY (tenant_id, order_id),
  FOREIGN KEY (tenant_id, workstation_id) REFERENCES workstations DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (tenant_id, enrollment_id) REFERENCES enrollments DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (tenant_id, device_id) REFERENCES devices DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX orders_enrollment ON orders (tenant_id, enrollment_id) WHERE enrollment_id IS NOT NULL;

-- Append-only: keywarden_app may neither change nor delete a row.
CREATE TABLE events (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  event_id uuid NOT NULL,
  at timestamptz NOT NULL,
  type text NOT NULL,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  actor_name text NOT NULL,
  target_kind text NOT NULL,
  target_id text COLLATE "C" NOT NULL,
  target_name text NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('success', 'failure')),
  description text NOT NULL,
  request_id text,
  client_ip text,
  PRIMARY KEY (tenant_id, event_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX events_target ON events (tenant_id, target_id, event_id);
CREATE INDEX events_type ON events (tenant_id, type, event_id);

CREATE TABLE outbox (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  outbox_id uuid NOT NULL,
  kind text NOT NULL,
  payload jsonb NOT NULL,
  due_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  last_error text,
  PRIMARY KEY (tenant_id, outbox_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX outbox_due ON outbox (tenant_id, due_at);

-- Private halves are sealed under the master key before they come here.
CREATE TABLE signing_keys (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  key_id text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  algorithm text NOT NULL,
  public_key jsonb NOT NULL,
  sealed_private_key bytea NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, key_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX signing_keys_kind ON signing_keys (tenant_id, kind, created_at);

-- Secrets that the server must be able to read again (identity provider credentials, a demo's passwords), sealed.
CREATE TABLE secrets (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  purpose text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  sealed bytea NOT NULL,
  PRIMARY KEY (tenant_id, purpose, name),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED
);

-- The one look across tenants: their names, for the jobs. It runs as the tables' owner, whom no policy binds.
CREATE FUNCTION tenant_ids() RETURNS SETOF text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = keywarden, pg_temp
  AS 'SELECT tenant_id FROM tenants ORDER BY tenant_id';
REVOKE ALL ON FUNCTION tenant_ids() FROM PUBLIC;
