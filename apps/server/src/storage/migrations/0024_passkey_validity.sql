-- Few passkeys have an end; a job looks for those that reached it.
CREATE INDEX credentials_end ON credentials (tenant_id, valid_until) WHERE valid_until IS NOT NULL;
