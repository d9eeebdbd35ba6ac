import type { Surroundings } from './ports/index.ts';
import type { TenantId } from './tenant.ts';

/** What clientDataJSON.origin says in an asset tag's ceremonies: no page makes them, the workstation service does. */
export const assetTagOrigin = 'keywarden:asset-tag';

/** What orders say in `iss` and receipts in `aud`. */
export function issuerOf(surroundings: Surroundings, tenantId: TenantId): string {
  return `${surroundings.publicUrl}/${tenantId}`;
}

/** The relying party of the built-in authentication service. */
export function builtInRelyingParty(surroundings: Surroundings): {
  readonly rpId: string;
  readonly origin: string;
} {
  const url = new URL(surroundings.publicUrl);
  return { rpId: url.hostname, origin: url.origin };
}

/** The RP ID of the tenant's asset tags. No page has this host, so no page can ask a key for its tag. */
export function assetTagRpId(surroundings: Surroundings, tenantId: TenantId): string {
  return `${tenantId}.asset-tag.${builtInRelyingParty(surroundings).rpId}`;
}
