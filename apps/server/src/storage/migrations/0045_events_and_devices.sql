-- What an event's sentence says in English beside its names, for other languages: dates, numbers, what was there before.
ALTER TABLE events ADD COLUMN particulars jsonb CHECK (jsonb_typeof(particulars) = 'object');

-- Which passkeys are new, which have changed since, which are in a state: what synchronisations ask. Whether one may be used
-- now hangs on its dates too, so they stand in the index of states.
CREATE INDEX passkey_devices_created ON passkey_devices (tenant_id, created_at, device_id) WHERE status <> 'TERMINATED';
CREATE INDEX passkey_devices_modified ON passkey_devices (tenant_id, updated_at, device_id) WHERE status <> 'TERMINATED';
CREATE INDEX passkey_devices_status ON passkey_devices (tenant_id, status COLLATE "C", device_id)
  INCLUDE (valid_from, valid_until) WHERE status <> 'TERMINATED';
