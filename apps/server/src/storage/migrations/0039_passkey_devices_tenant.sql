-- As for the tables of 0019: each enrollment locked the one row of its tenant.
ALTER TABLE passkey_devices DROP CONSTRAINT passkey_devices_tenant_id_fkey;
