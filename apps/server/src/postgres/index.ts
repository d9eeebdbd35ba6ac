export {
  type ApplicationConnection,
  applicationConnection,
  databaseOwner,
  prepareApplicationDatabase,
} from './application-database.ts';
export { EmbeddedPostgresError } from './errors.ts';
export { findRunningPostgres } from './running.ts';
export { type EmbeddedPostgres, startEmbeddedPostgres } from './supervisor.ts';
