-- How a tenant's sign-in pages look and speak, and who changed what of it and of the workflow.

ALTER TABLE workflows
  ADD COLUMN created_by text NOT NULL DEFAULT '',
  ADD COLUMN note text NOT NULL DEFAULT '';

-- Like a workflow, a version is never changed, only followed by the next.
CREATE TABLE themes (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  theme_id text COLLATE "C" NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  document jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  note text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, theme_id, version),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED
);

-- Named by the SHA-256 of their bytes, so an address never shows another image.
CREATE TABLE theme_images (
  tenant_id text COLLATE "C" NOT NULL DEFAULT current_setting('keywarden.tenant'),
  digest text COLLATE "C" NOT NULL,
  media_type text NOT NULL CHECK (media_type IN ('image/png', 'image/webp', 'image/svg+xml')),
  bytes bytea NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, digest),
  FOREIGN KEY (tenant_id) REFERENCES tenants DEFERRABLE INITIALLY DEFERRED
);
