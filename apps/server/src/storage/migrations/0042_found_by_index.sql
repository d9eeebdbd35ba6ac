-- What a client was given: its grants, and the tokens of its own. Whoever deletes the client finds these by it, and all that
-- came of a grant by whose it is. Only records without a grant stand in this index, so that a sign-in writes one entry, for
-- its grant, and none for each code and token. The client first, as no plan is to take it for a way to a single record.
CREATE INDEX openid_records_client ON openid_records (client_id, tenant_id)
  WHERE grant_id IS NULL AND client_id IS NOT NULL;

-- Which groups are new, which have changed since: what synchronisations ask.
CREATE INDEX groups_created ON groups (tenant_id, created_at);
CREATE INDEX groups_modified ON groups (tenant_id, updated_at);
