import type { Ports, TenantSecrets } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import type { Client } from './client.ts';

/** For one client alone: what is copied to another client's row opens nothing there. */
const purposeOf = (clientId: string) => `client-secret ${clientId}`;
/** What secrets were sealed for before they were bound to their client. */
const unboundPurpose = 'client-secret';

export function sealClientSecret(
  secrets: TenantSecrets,
  tenantId: TenantId,
  client: { readonly clientId: string; readonly secret: string },
): Promise<Uint8Array> {
  return secrets.seal(tenantId, purposeOf(client.clientId), new TextEncoder().encode(client.secret));
}

/**
 * The secret of a client, null where it has none. One that is not yet bound to its client is bound on this occasion.
 *
 * @throws where it was sealed for another tenant or client
 */
export async function openClientSecret(
  { secrets, store }: Pick<Ports, 'secrets' | 'store'>,
  tenantId: TenantId,
  client: Client,
): Promise<string | null> {
  const { clientId, sealedSecret } = client;
  if (sealedSecret === null) return null;
  try {
    return read(await secrets.open(tenantId, purposeOf(clientId), sealedSecret));
  } catch (error) {
    const secret = await secrets.open(tenantId, unboundPurpose, sealedSecret).then(read, () => null);
    if (secret === null) throw error;
    const bound = await sealClientSecret(secrets, tenantId, { clientId, secret });
    await store.transaction(tenantId, (tables) =>
      tables.clients.replaceSecret(clientId, { before: sealedSecret, after: bound }),
    );
    return secret;
  }
}

function read(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
