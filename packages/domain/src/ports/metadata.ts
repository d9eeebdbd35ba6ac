import type { MetadataSnapshot } from '@keywarden/fido2/metadata';

/** What is known of authenticator models, of all tenants' alike: public, and judged by each tenant's own policy. */
export interface AuthenticatorMetadata {
  /** The newest verified metadata; never changes under its holder. Null: none is configured, or none came yet. */
  current(): MetadataSnapshot | null;
}
