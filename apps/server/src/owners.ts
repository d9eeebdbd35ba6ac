import {
  type Actor,
  createFirstOperator,
  createTenant,
  ensureWorkflow,
  inviteOwner,
  type Operator,
  type Ports,
  roleMay,
  type Tenant,
} from '@keywarden/domain';

/** The tenant of an installation where nobody ever named one. */
const main = 'main';

/**
 * Makes a tenant with its owner and the usual workflow; what was left halfway is finished.
 *
 * @throws DomainError `input-invalid` where none may have this name
 */
export async function foundTenant(
  ports: Ports,
  tenant: { readonly tenantId: string; readonly name: string },
): Promise<void> {
  const { tenantId } = tenant;
  await createTenant(ports, tenant);
  const first = await createFirstOperator(ports, { tenantId, name: 'Owner', role: 'owner' });
  if (first !== null) await ensureWorkflow(ports, actorOf(first), { tenantId, bootstrap: false });
}

/** Everybody's, by name. */
export async function listTenants({ store }: Pick<Ports, 'store'>): Promise<readonly Tenant[]> {
  const found: Tenant[] = [];
  for (const tenantId of await store.tenantIds()) {
    const tenant = await store.transaction(tenantId, (tables) => tables.tenants.get());
    if (tenant !== null) found.push(tenant);
  }
  return found.sort((one, other) => (one.tenantId < other.tenantId ? -1 : 1));
}

/**
 * A single-use link for an owner; those from before open nothing any more.
 *
 * @throws DomainError `operator-not-found` where nobody administers the tenant
 */
export async function ownerLink(ports: Ports, tenantId: string): Promise<string> {
  return signInUrl(ports, (await inviteOwner(ports, tenantId)).token);
}

/**
 * An installation of one tenant in which nobody who administers is signed in gets a single-use link, for its owner: at first she
 * is made, later the last link or session may have been lost, and nobody is left who could issue another. null elsewhere.
 */
export async function prepareOwner(ports: Ports): Promise<string | null> {
  const tenants = await ports.store.tenantIds();
  if (tenants.some((name) => name !== main)) return null;
  await foundTenant(ports, { tenantId: main, name: 'Main' });
  const { operators, signedIn } = await ports.store.transaction(main, async (tables) => ({
    operators: await tables.operators.list(),
    signedIn: new Set(await tables.operators.signedIn(ports.clock.now())),
  }));
  // Who could let in others.
  const administrators = operators.filter(
    ({ status, role }) => status === 'active' && roleMay(role, 'operators.write'),
  );
  if (administrators.length === 0) return null;
  if (administrators.some(({ operatorId }) => signedIn.has(operatorId))) return null;
  return ownerLink(ports, main);
}

export function signInUrl({ surroundings }: Ports, token: string): string {
  return `${surroundings.publicUrl}/sign-in?token=${token}`;
}

export function actorOf({ operatorId, name, role }: Operator): Actor {
  return { kind: 'operator', id: operatorId, name, role, requestId: null, clientIp: null };
}
