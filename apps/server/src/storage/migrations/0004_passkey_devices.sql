-- A passkey as a resource of its own. Status, validity and name stand in its credential too, where a sign-in reads them
-- without a join; one statement writes both.
CREATE TABLE passkey_devices (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  device_id uuid NOT NULL,
  user_id uuid,
  status text NOT NULL CHECK (status IN ('PENDING', 'ACTIVE', 'SUSPENDED', 'REVOKED', 'TERMINATED')),
  device_type text COLLATE "C" NOT NULL,
  friendly_name text NOT NULL,
  valid_from timestamptz,
  valid_until timestamptz,
  credential_id text COLLATE "C",
  external_id text COLLATE "C",
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, device_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (tenant_id, user_id) REFERENCES users
    ON DELETE SET NULL (user_id) DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (tenant_id, credential_id) REFERENCES credentials
    ON DELETE SET NULL (credential_id) DEFERRABLE INITIALLY DEFERRED,
  CHECK (status <> 'PENDING' OR credential_id IS NULL)
);
CREATE UNIQUE INDEX passkey_devices_credential ON passkey_devices (tenant_id, credential_id)
  WHERE credential_id IS NOT NULL;
CREATE INDEX passkey_devices_user ON passkey_devices (tenant_id, user_id) WHERE user_id IS NOT NULL;
-- Looked at by every sign-in: almost always empty.
CREATE INDEX passkey_devices_pending ON passkey_devices (tenant_id, user_id) WHERE status = 'PENDING';

ALTER TABLE credentials ADD COLUMN valid_from timestamptz, ADD COLUMN valid_until timestamptz;

INSERT INTO passkey_devices
  (tenant_id, device_id, user_id, status, device_type, friendly_name, credential_id, created_at, updated_at)
SELECT tenant_id, gen_random_uuid(), user_id, CASE status WHEN 'PENDING' THEN 'ACTIVE' ELSE status END, 'DT_FIDO',
       friendly_name, credential_id, created_at, created_at
  FROM credentials;
UPDATE credentials SET status = 'ACTIVE' WHERE status = 'PENDING';

-- At most one code for each device that waits; of the code a MAC under the tenant's key is kept.
CREATE TABLE enrollment_codes (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  device_id uuid NOT NULL,
  code_hash bytea NOT NULL,
  issued_by text NOT NULL,
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  tries_left integer NOT NULL CHECK (tries_left >= 0),
  PRIMARY KEY (tenant_id, device_id),
  FOREIGN KEY (tenant_id, device_id) REFERENCES passkey_devices ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX enrollment_codes_expiry ON enrollment_codes (tenant_id, expires_at);

-- Which passkeys proved the user for a grant: what it gave ends with them.
CREATE TABLE grant_credentials (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  grant_id text COLLATE "C" NOT NULL,
  credential_id text COLLATE "C" NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, grant_id, credential_id),
  FOREIGN KEY (tenant_id, credential_id) REFERENCES credentials ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX grant_credentials_credential ON grant_credentials (tenant_id, credential_id);
CREATE INDEX grant_credentials_expiry ON grant_credentials (tenant_id, expires_at);

-- A key is published before it signs, and stays published after it signed for the last time.
ALTER TABLE signing_keys ADD COLUMN signs_from timestamptz, ADD COLUMN retired_at timestamptz;
