-- A name to sign in with is one person's, in whatever case it is typed (RFC 7643 §4.1.1: userName is not case-exact). Two that
-- differ in case alone can't be told apart by anybody but their owners, so nobody decides for them here.
DO $$
DECLARE
  doubled text;
BEGIN
  SELECT string_agg(format('%s: %s', tenant_id, names), '; ') INTO doubled
    FROM (SELECT tenant_id, string_agg(username, ', ' ORDER BY username) AS names
            FROM users GROUP BY tenant_id, username_folded HAVING count(*) > 1 LIMIT 20) AS found;
  IF doubled IS NOT NULL THEN
    RAISE EXCEPTION 'usernames of one tenant differ in case alone (%). Rename or delete one of each with the release before, then start this one again.', doubled;
  END IF;
END
$$;

DROP INDEX users_username;
DROP INDEX users_username_folded;
CREATE UNIQUE INDEX users_username ON users (tenant_id, username_folded);

-- Of an expression PostgreSQL knows too little behind row-level security to choose its index.
DROP INDEX users_modified;
ALTER TABLE users
  ADD COLUMN modified_at timestamptz NOT NULL GENERATED ALWAYS AS (coalesce(updated_at, created_at)) STORED;
CREATE INDEX users_modified ON users (tenant_id, modified_at) WHERE status <> 'deleted';
