import type { Actor } from '../audit.ts';
import { DomainError } from '../errors.ts';
import type { IdentityProviderRecord } from '../identity-provider.ts';
import { requirePermission } from '../permissions.ts';
import type { Ports, Tables } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { recordEvent } from './audit-trail.ts';

export type ListedIdentityProvider = IdentityProviderRecord & { readonly isDefault: boolean };

export async function listIdentityProviders(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId },
): Promise<readonly ListedIdentityProvider[]> {
  requirePermission(actor, 'identity-providers.read');
  return ports.store.transaction(input.tenantId, listed);
}

/** Whom assignment links mean from now on; null: nobody can be looked up. */
export async function setDefaultIdentityProvider(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; identityProviderId: string | null },
): Promise<readonly ListedIdentityProvider[]> {
  requirePermission(actor, 'identity-providers.write');
  const { identityProviderId } = input;
  return ports.store.transaction(input.tenantId, async (tables) => {
    const record =
      identityProviderId === null ? null : await tables.identityProviders.get(identityProviderId);
    if (identityProviderId !== null && record === null) {
      throw new DomainError(
        'identity-provider-not-found',
        'There is no such identity provider. Nothing was changed.',
      );
    }
    if (record !== null && record.status !== 'active') {
      throw new DomainError(
        'identity-provider-inactive',
        `${record.name} is inactive: its connection test has not passed. Test it first, then make it the default.`,
        { particulars: { identityProvider: record.name } },
      );
    }
    await tables.tenants.setDefaultIdentityProvider(identityProviderId);
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'identity-provider.default-changed',
        target: {
          kind: 'identity-provider',
          id: identityProviderId ?? '',
          name: record?.name ?? 'none',
        },
        description: record === null ? 'No default any more.' : `${record.name} is the default now.`,
      },
    );
    return listed(tables);
  });
}

async function listed(tables: Tables): Promise<readonly ListedIdentityProvider[]> {
  const tenant = await tables.tenants.get();
  const records = await tables.identityProviders.list();
  return records.map((record) => ({
    ...record,
    isDefault: record.identityProviderId === tenant?.defaultIdentityProviderId,
  }));
}
