-- One-time codes and what is asked of passwords.

-- Apps that show one-time codes (RFC 6238). The secret is sealed; the last accepted time step makes a code single-use.
CREATE TABLE one_time_code_apps (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  app_id uuid NOT NULL,
  user_id uuid NOT NULL,
  auth_type text COLLATE "C" NOT NULL,
  friendly_name text NOT NULL,
  sealed_secret bytea NOT NULL,
  status text NOT NULL CHECK (status IN ('PENDING', 'ACTIVE')),
  failures integer NOT NULL DEFAULT 0,
  last_step bigint,
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  last_used_at timestamptz,
  PRIMARY KEY (tenant_id, app_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX one_time_code_apps_user ON one_time_code_apps (tenant_id, user_id);
CREATE INDEX one_time_code_apps_expiry ON one_time_code_apps (tenant_id, expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE password_policies (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  minimum_length integer NOT NULL CHECK (minimum_length BETWEEN 8 AND 64),
  refuse_breached boolean NOT NULL,
  PRIMARY KEY (tenant_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED
);

-- A temporary password has an end.
ALTER TABLE passwords ADD COLUMN expires_at timestamptz;
