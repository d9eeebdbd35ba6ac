-- People at their own account pages. Of what their browsers hold, the SHA-256 is kept.
CREATE TABLE account_sessions (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  session_hash bytea NOT NULL,
  session_id uuid NOT NULL,
  user_id uuid NOT NULL,
  proven_factors jsonb NOT NULL,
  -- Those of proven_factors: a session ends with the passkey that opened it.
  credential_ids text[] NOT NULL,
  authenticated_at timestamptz NOT NULL,
  user_agent text,
  client_ip text,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, session_hash),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX account_sessions_user ON account_sessions (tenant_id, user_id);
CREATE INDEX account_sessions_expiry ON account_sessions (tenant_id, expires_at);
