-- Provisioning (SCIM): what a directory writes of users, groups, and who may provision.

-- Addresses, phone numbers, extensions and whatever nobody defined stand in `attributes`, in the shapes of RFC 7643. A user
-- who was deleted keeps her id and nothing else.
ALTER TABLE users
  ADD COLUMN external_id text COLLATE "C",
  ADD COLUMN attributes jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
  ADD COLUMN version integer NOT NULL DEFAULT 1,
  ADD COLUMN updated_at timestamptz,
  DROP CONSTRAINT users_status_check,
  ADD CONSTRAINT users_status_check CHECK (status IN ('active', 'disabled', 'deleted'));
UPDATE users SET updated_at = created_at;
CREATE INDEX users_external_id ON users (tenant_id, external_id) WHERE external_id IS NOT NULL;
-- The list of a directory, counted and passed over without a look at the rows.
CREATE INDEX users_directory ON users (tenant_id, user_id) WHERE status <> 'deleted';

-- Every e-mail address that a directory gave a user, to find her by: the list itself is in her attributes.
CREATE TABLE user_emails (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  user_id uuid NOT NULL,
  email_folded text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_id, user_id, email_folded),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX user_emails_email ON user_emails (tenant_id, email_folded);

CREATE TABLE groups (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  group_id uuid NOT NULL,
  display_name text NOT NULL,
  external_id text COLLATE "C",
  attributes jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  display_name_folded text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(display_name)) STORED,
  PRIMARY KEY (tenant_id, group_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED
);
-- Directories look for a group by its name before they make it.
CREATE UNIQUE INDEX groups_display_name ON groups (tenant_id, display_name_folded);
CREATE INDEX groups_external_id ON groups (tenant_id, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE group_members (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  group_id uuid NOT NULL,
  user_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, group_id, user_id),
  FOREIGN KEY (tenant_id, group_id) REFERENCES groups ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX group_members_user ON group_members (tenant_id, user_id, group_id);

-- Long-lived bearers for directories that want one. Of the secret the SHA-256 is kept.
CREATE TABLE provisioning_tokens (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  token_id uuid NOT NULL,
  token_hash bytea NOT NULL,
  name text NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  last_used_at timestamptz,
  revoked_at timestamptz,
  PRIMARY KEY (tenant_id, token_id),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX provisioning_tokens_hash ON provisioning_tokens (tenant_id, token_hash);

-- An administrator decides which client may provision; what a client says of itself does not.
ALTER TABLE clients ADD COLUMN may_provision boolean NOT NULL DEFAULT false;

-- Devices by what a directory calls them.
CREATE INDEX passkey_devices_external_id ON passkey_devices (tenant_id, external_id)
  WHERE external_id IS NOT NULL;
