export type { DatabaseConnection } from './connection.ts';
export { connectionsOfProcess, type Database, openDatabase } from './database.ts';
export { createFailedProofCounts } from './failed-proofs.ts';
export {
  type SecretTable,
  type SigningKeyKind,
  type SigningKeyRecord,
  type SigningKeyTable,
  secretTable,
  signingKeyTable,
} from './keys.ts';
export { type KeptMetadata, type MetadataTable, metadataTable } from './metadata.ts';
export { isMigrated, MigrationError, migrate } from './migrate.ts';
export type { TenantSession } from './session.ts';
export { createStore, type FoundationTables, foundationTables } from './store.ts';
