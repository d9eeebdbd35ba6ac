-- What directories filter users by, found by index: row-level security keeps jsonb's own indexes from being used, for none of
-- its operators is leakproof. A term is in lower case and cut to what an index entry holds; the row itself judges.
CREATE TABLE user_terms (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  attribute text COLLATE "C" NOT NULL,
  term text COLLATE "C" NOT NULL,
  user_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, attribute, term, user_id)
);

CREATE FUNCTION user_terms_of(attributes jsonb) RETURNS TABLE (attribute text, term text) LANGUAGE sql IMMUTABLE AS $$
  SELECT DISTINCT found.attribute COLLATE "C", left(lower(found.value), 200) COLLATE "C"
    FROM (SELECT place.attribute, attributes #>> place.names
            FROM (VALUES ('name.familyName', '{name,familyName}'::text[]),
                         ('name.givenName', '{name,givenName}'),
                         ('name.formatted', '{name,formatted}'),
                         ('nickName', '{nickName}'),
                         ('title', '{title}'),
                         ('userType', '{userType}'),
                         ('employeeNumber', '{urn:ietf:params:scim:schemas:extension:enterprise:2.0:User,employeeNumber}'),
                         ('costCenter', '{urn:ietf:params:scim:schemas:extension:enterprise:2.0:User,costCenter}'),
                         ('organization', '{urn:ietf:params:scim:schemas:extension:enterprise:2.0:User,organization}'),
                         ('division', '{urn:ietf:params:scim:schemas:extension:enterprise:2.0:User,division}'),
                         ('department', '{urn:ietf:params:scim:schemas:extension:enterprise:2.0:User,department}'),
                         ('manager.value', '{urn:ietf:params:scim:schemas:extension:enterprise:2.0:User,manager,value}')
                 ) AS place (attribute, names)
          UNION ALL
          SELECT 'phoneNumbers.value', element #>> '{value}'
            FROM jsonb_array_elements(CASE jsonb_typeof(attributes -> 'phoneNumbers')
                                      WHEN 'array' THEN attributes -> 'phoneNumbers' ELSE '[]' END) AS element
         ) AS found (attribute, value)
   WHERE found.value IS NOT NULL
$$;

-- Whoever writes a user writes her terms.
CREATE FUNCTION keep_user_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    DELETE FROM user_terms t
     USING (SELECT * FROM user_terms_of(OLD.attributes) EXCEPT SELECT * FROM user_terms_of(NEW.attributes)) AS gone
     WHERE t.tenant_id = OLD.tenant_id AND t.attribute = gone.attribute AND t.term = gone.term
       AND t.user_id = OLD.user_id;
  END IF;
  INSERT INTO user_terms (tenant_id, attribute, term, user_id)
  SELECT NEW.tenant_id, found.attribute, found.term, NEW.user_id FROM user_terms_of(NEW.attributes) AS found
      ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
CREATE TRIGGER users_terms_of_new AFTER INSERT ON users
  FOR EACH ROW WHEN (NEW.attributes <> '{}') EXECUTE FUNCTION keep_user_terms();
CREATE TRIGGER users_terms_of_changed AFTER UPDATE OF attributes ON users
  FOR EACH ROW WHEN (OLD.attributes IS DISTINCT FROM NEW.attributes) EXECUTE FUNCTION keep_user_terms();

INSERT INTO user_terms (tenant_id, attribute, term, user_id)
SELECT u.tenant_id, found.attribute, found.term, u.user_id
  FROM users u CROSS JOIN LATERAL user_terms_of(u.attributes) AS found
 WHERE u.attributes <> '{}';

-- An address of a thousand characters is kept, and found by its beginning: an index entry has an end.
INSERT INTO user_emails (tenant_id, user_id, email_folded)
SELECT tenant_id, user_id, left(email_folded, 320) FROM user_emails WHERE length(email_folded) > 320
    ON CONFLICT DO NOTHING;
DELETE FROM user_emails WHERE length(email_folded) > 320;

-- Who is active, who is new, who changed since: what synchronisations ask.
CREATE INDEX users_status ON users (tenant_id, status, user_id) WHERE status <> 'deleted';
CREATE INDEX users_created ON users (tenant_id, created_at) WHERE status <> 'deleted';
CREATE INDEX users_modified ON users (tenant_id, coalesce(updated_at, created_at)) WHERE status <> 'deleted';
