import type { ClientBase } from 'pg';
import { applicationRole, installationSchemaName, schemaName } from './connection.ts';

/** Nobody rewrites history: the application adds rows and reads them. */
const appendOnly: readonly string[] = ['events'];

/** Mechanically, after every migration: no table is forgotten. */
export async function secureTables(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c
      WHERE c.relnamespace = '${schemaName}'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1`,
  );
  const statements = [
    'BEGIN',
    `REVOKE ALL ON SCHEMA ${schemaName} FROM PUBLIC`,
    `GRANT USAGE ON SCHEMA ${schemaName} TO ${applicationRole}`,
    `GRANT EXECUTE ON FUNCTION ${schemaName}.tenant_ids() TO ${applicationRole}`,
    `REVOKE ALL ON SCHEMA ${installationSchemaName} FROM PUBLIC`,
    `GRANT USAGE ON SCHEMA ${installationSchemaName} TO ${applicationRole}`,
    `REVOKE ALL ON ALL TABLES IN SCHEMA ${installationSchemaName} FROM PUBLIC, ${applicationRole}`,
    `GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ${installationSchemaName} TO ${applicationRole}`,
  ];
  for (const { name } of rows) {
    const table = `${schemaName}.${client.escapeIdentifier(name)}`;
    const rights = appendOnly.includes(name) ? 'SELECT, INSERT' : 'SELECT, INSERT, UPDATE, DELETE';
    statements.push(
      `REVOKE ALL ON ${table} FROM PUBLIC, ${applicationRole}`,
      `GRANT ${rights} ON ${table} TO ${applicationRole}`,
      `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
      `DROP POLICY IF EXISTS tenant_isolation ON ${table}`,
      // Without a tenant the setting is NULL or empty, and no row fits.
      `CREATE POLICY tenant_isolation ON ${table} TO ${applicationRole}
         USING (tenant_id = current_setting('keywarden.tenant', true))
         WITH CHECK (tenant_id = current_setting('keywarden.tenant', true))`,
    );
  }
  statements.push('COMMIT');
  await client.query(statements.join(';\n'));
}

/**
 * One line for each way in which a table breaks the rule: a primary key, a unique index or a foreign key without the
 * tenant first, row-level security off, a policy more or less, an owner whom the application can become.
 */
export async function tablesThatBreakTheRule(client: ClientBase): Promise<readonly string[]> {
  const { rows } = await client.query<{ complaint: string }>(complaints, [schemaName, applicationRole]);
  return rows.map((row) => row.complaint);
}

const complaints = `
WITH tables AS (
  SELECT c.oid, c.relname, c.relrowsecurity, c.relowner,
         (SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') AS tenant
    FROM pg_class c WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p')
)
SELECT format('%s has no column tenant_id', relname) AS complaint FROM tables WHERE tenant IS NULL
UNION ALL
SELECT format('%s has no primary key', relname) FROM tables t
 WHERE NOT EXISTS (SELECT FROM pg_constraint p WHERE p.conrelid = t.oid AND p.contype = 'p')
UNION ALL
SELECT format('index %s does not begin with tenant_id', (SELECT relname FROM pg_class WHERE oid = i.indexrelid))
  FROM tables t JOIN pg_index i ON i.indrelid = t.oid
 WHERE (i.indisunique OR i.indisprimary) AND i.indkey[0] IS DISTINCT FROM t.tenant
UNION ALL
SELECT format('foreign key %s of %s does not carry tenant_id on both sides', f.conname, t.relname)
  FROM tables t JOIN pg_constraint f ON f.conrelid = t.oid AND f.contype = 'f'
  LEFT JOIN tables r ON r.oid = f.confrelid
 WHERE f.conkey[1] IS DISTINCT FROM t.tenant OR f.confkey[1] IS DISTINCT FROM r.tenant
UNION ALL
SELECT format('%s has no row-level security', relname) FROM tables WHERE NOT relrowsecurity
UNION ALL
SELECT format('%s has %s policies', t.relname, count(p.oid)) FROM tables t
  LEFT JOIN pg_policy p ON p.polrelid = t.oid GROUP BY t.relname HAVING count(p.oid) <> 1
UNION ALL
SELECT format('policy %s of %s lets through more than its tenant', p.polname, t.relname)
  FROM tables t JOIN pg_policy p ON p.polrelid = t.oid
 WHERE p.polcmd <> '*' OR NOT p.polpermissive
    OR pg_get_expr(p.polqual, t.oid) <> '(tenant_id = current_setting(''keywarden.tenant''::text, true))'
    OR pg_get_expr(p.polwithcheck, t.oid) IS DISTINCT FROM pg_get_expr(p.polqual, t.oid)
UNION ALL
SELECT format('%s belongs to a role that the application can become', relname) FROM tables
 WHERE pg_has_role($2::name, relowner, 'MEMBER')
UNION ALL
SELECT format('role %s bypasses row-level security', rolname) FROM pg_roles
 WHERE rolname = $2::name AND (rolsuper OR rolbypassrls)
`;
