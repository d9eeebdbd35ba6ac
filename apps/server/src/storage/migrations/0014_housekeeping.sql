-- A workstation that was unpaired keeps its row: orders and enrollments of the past name it.
ALTER TABLE workstations ADD COLUMN unpaired_at timestamptz;
-- Orders that belong to no enrollment are asked for with every page that is opened, and are deleted when they are over.
CREATE INDEX orders_passing ON orders (tenant_id, expires_at) WHERE action IN ('session', 'authenticate');
