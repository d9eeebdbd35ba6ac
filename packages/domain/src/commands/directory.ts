import { DomainError } from '../errors.ts';
import type { IdentityProviderRecord } from '../identity-provider.ts';
import type { IdentityProvider, Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import type { DirectoryUser } from '../user.ts';
import { foldUsername, normaliseUsername } from '../username.ts';

export interface ResolvedUser {
  readonly user: DirectoryUser;
  readonly record: IdentityProviderRecord;
  readonly provider: IdentityProvider;
}

/** The one enabled person of this username in the tenant's default identity provider; one error for each other outcome. */
export async function resolveUser(ports: Ports, tenantId: TenantId, text: string): Promise<ResolvedUser> {
  const username = normaliseUsername(text);
  const record = await ports.store.transaction(tenantId, async (tables) => {
    const tenant = await tables.tenants.get();
    if (tenant === null) throw new DomainError('tenant-not-found', 'There is no such tenant.');
    if (tenant.defaultIdentityProviderId === null) {
      throw new DomainError(
        'no-default-identity-provider',
        'This tenant has no default identity provider, so nobody can be looked up. Ask an administrator to choose one under Identity providers.',
      );
    }
    const found = await tables.identityProviders.get(tenant.defaultIdentityProviderId);
    if (found === null) throw providerNotFound();
    return found;
  });
  if (record.status !== 'active') throw providerInactive(record.name);
  const provider = await ports.identityProviders.open(tenantId, record.identityProviderId);
  // The login attribute is compared as a whole, and exactly, whatever the provider's own search is lenient about; in our own
  // directory it is one person's in whatever case.
  const spelling = record.kind === 'built-in' ? foldUsername : (text: string) => text;
  const users = (await provider.findUsers(username)).filter(
    (user) => spelling(user.username.normalize('NFC')) === spelling(username),
  );
  const [user] = users;
  if (user === undefined) {
    throw new DomainError(
      'user-not-found',
      `${record.name} has no user “${username}”. Check the link that brought you here, or ask for the account to be created first.`,
      { particulars: { username, identityProvider: record.name } },
    );
  }
  if (users.length > 1) {
    throw new DomainError(
      'user-ambiguous',
      `${record.name} has ${users.length} users “${username}”, so it is not certain who is meant. Nothing was assigned. Ask an administrator of ${record.name} to make the login unique.`,
      { particulars: { username, identityProvider: record.name, count: users.length } },
    );
  }
  if (!user.enabled) throw userDisabled(user, record.name);
  return { user, record, provider };
}

/** Opens a provider by id, and says which one where it can't be used. */
export async function openProvider(
  ports: Ports,
  tenantId: TenantId,
  identityProviderId: string,
): Promise<{ readonly provider: IdentityProvider; readonly record: IdentityProviderRecord }> {
  const record = await ports.store.transaction(tenantId, (tables) =>
    tables.identityProviders.get(identityProviderId),
  );
  if (record === null) throw providerNotFound();
  if (record.status !== 'active') throw providerInactive(record.name);
  return { record, provider: await ports.identityProviders.open(tenantId, identityProviderId) };
}

export function userDisabled(user: DirectoryUser, providerName: string): DomainError {
  return new DomainError(
    'user-disabled',
    `${user.displayName} (${user.username}) is disabled in ${providerName}. No key can be assigned until the account is enabled there.`,
    { particulars: { username: user.username, identityProvider: providerName } },
  );
}

function providerNotFound(): DomainError {
  return new DomainError(
    'identity-provider-not-found',
    'The identity provider is not configured any more. Ask an administrator to choose another default.',
  );
}

function providerInactive(name: string): DomainError {
  return new DomainError(
    'identity-provider-inactive',
    `${name} is inactive: its connection test has not passed. Nothing was changed. Ask an administrator to test and activate it.`,
    { particulars: { identityProvider: name } },
  );
}
