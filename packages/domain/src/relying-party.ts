import type { Surroundings } from './ports/index.ts';
import type { TenantId } from './tenant.ts';

/** What clientDataJSON.origin says in an asset tag's ceremonies: no page makes them, the workstation service does. */
export const assetTagOrigin = 'keywarden:asset-tag';

/** What orders say in `iss` and receipts in `aud`. */
export function issuerOf(surroundings: Surroundings, tenantId: TenantId): string {
  return `${surroundings.publicUrl}/${tenantId}`;
}

export interface BuiltInRelyingParty {
  readonly rpId: string;
  readonly origin: string;
}

/** Each call of a sign-in asks several times, and surroundings do not change: reading an address is dear. */
const readBefore = new WeakMap<Surroundings, BuiltInRelyingParty>();

/** The relying party of the built-in authentication service. */
export function builtInRelyingParty(surroundings: Surroundings): BuiltInRelyingParty {
  let party = readBefore.get(surroundings);
  if (party === undefined) {
    const url = new URL(surroundings.publicUrl);
    party = { rpId: url.hostname, origin: url.origin };
    readBefore.set(surroundings, party);
  }
  return party;
}

/** The RP ID of the tenant's asset tags. No page has this host, so no page can ask a key for its tag. */
export function assetTagRpId(surroundings: Surroundings, tenantId: TenantId): string {
  return `${tenantId}.asset-tag.${builtInRelyingParty(surroundings).rpId}`;
}
