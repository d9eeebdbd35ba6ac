import type { Actor } from '../audit.ts';
import type { IdentityProviderRecord } from '../identity-provider.ts';
import { requirePermission } from '../permissions.ts';
import type { Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import type { DirectoryUser } from '../user.ts';
import { resolveUser } from './directory.ts';

export interface Assignment {
  readonly user: DirectoryUser;
  readonly identityProvider: IdentityProviderRecord;
  readonly keys: readonly { readonly label: string; readonly deviceId: string | null }[];
}

/** A user has at most a handful of keys; a page is enough to name them. */
const keysShown = 200;

/** The person of the assignment URL: resolved in the default identity provider, with the keys she already has there. */
export async function resolveAssignment(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; username: string },
): Promise<Assignment> {
  requirePermission(actor, 'users.read');
  const { user, record, provider } = await resolveUser(ports, input.tenantId, input.username);
  const credentials = await provider.listCredentials(user.reference);
  const devices = await ports.store.transaction(input.tenantId, (tables) =>
    tables.devices.list({ ownerReference: user.reference }, { limit: keysShown, after: null }),
  );
  const owned = devices.items.filter(
    (device) => device.owner?.identityProviderId === record.identityProviderId,
  );
  return {
    user,
    identityProvider: record,
    keys: credentials.map((credential) => ({
      label: credential.label,
      deviceId:
        owned.find(
          (device) =>
            device.remoteId === credential.remoteId ||
            (credential.credentialId !== null && device.credentialId === credential.credentialId),
        )?.deviceId ?? null,
    })),
  };
}
