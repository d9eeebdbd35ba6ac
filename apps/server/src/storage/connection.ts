/** Where the database is: `DATABASE_URL`, or the socket of the embedded one. */
export type DatabaseConnection =
  | { readonly connectionString: string }
  | { readonly host: string; readonly port: number; readonly user: string; readonly database: string };

/** The role that every transaction runs as: owns nothing, so row-level security binds it. */
export const applicationRole = 'keywarden_app';
export const schemaName = 'keywarden';
/** What belongs to no tenant. */
export const installationSchemaName = 'keywarden_installation';
