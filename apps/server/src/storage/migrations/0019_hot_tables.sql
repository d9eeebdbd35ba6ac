-- Rows that every call writes locked the one row of their tenant (FOR KEY SHARE), all of them at once, so that it was written
-- again and again. No tenant is ever deleted, and the door looks for it before anything is written in its name: the reference
-- protected nothing.
ALTER TABLE events DROP CONSTRAINT events_tenant_id_fkey;
ALTER TABLE outbox DROP CONSTRAINT outbox_tenant_id_fkey;
ALTER TABLE openid_records DROP CONSTRAINT openid_records_tenant_id_fkey;
ALTER TABLE authentication_attempts DROP CONSTRAINT authentication_attempts_tenant_id_fkey;
