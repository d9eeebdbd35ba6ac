-- Found by request alone. A plan that was made while the table was nearly empty takes any index that begins with the
-- tenant for as good as the primary key, and then reads every open transaction of the tenant for each call.
DROP INDEX authentication_transactions_client;
DROP INDEX authentication_transactions_expiry;
CREATE INDEX authentication_transactions_expiry ON authentication_transactions (expires_at, tenant_id);

-- It locked the client's row for every transaction that was opened. Whoever deletes a client deletes its transactions.
ALTER TABLE authentication_transactions DROP CONSTRAINT authentication_transactions_tenant_id_client_id_fkey;

-- The same for what is found by (model, id), and for attempts.
DROP INDEX openid_records_expiry;
CREATE INDEX openid_records_expiry ON openid_records (expires_at, tenant_id);
DROP INDEX authentication_attempts_age;
CREATE INDEX authentication_attempts_age ON authentication_attempts (updated_at, tenant_id);
