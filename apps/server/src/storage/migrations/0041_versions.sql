-- Who changes what somebody else changed meanwhile is told so. Users and groups count their versions since 0006.
ALTER TABLE clients ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE password_policies ADD COLUMN version integer NOT NULL DEFAULT 1;

-- Events name operators for good, so none is ever deleted.
ALTER TABLE operators
  ADD COLUMN status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'deactivated')),
  ADD COLUMN version integer NOT NULL DEFAULT 1,
  ADD COLUMN last_signed_in_at timestamptz,
  ADD COLUMN name_folded text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
  ADD COLUMN email_folded text COLLATE "C" GENERATED ALWAYS AS (lower(email)) STORED;
UPDATE operators o SET last_signed_in_at =
  (SELECT max(s.created_at) FROM operator_sessions s
    WHERE s.tenant_id = o.tenant_id AND s.operator_id = o.operator_id);
CREATE INDEX operator_sessions_operator ON operator_sessions (tenant_id, operator_id);
CREATE INDEX sign_in_links_operator ON sign_in_links (tenant_id, operator_id);
