import {
  type Actor,
  createFirstOperator,
  createPolicy,
  createTenant,
  createUser,
  DomainError,
  ensureWorkflow,
  issueSignInLink,
  type Operator,
  openClientSecret,
  type PolicyRules,
  type Ports,
  registerClient,
  withdrawReusableSignInLinks,
} from '@keywarden/domain';
import { actorOf, signInUrl } from './owners.ts';
import { type Database, secretTable } from './storage/index.ts';

const tenantId = 'demo';
/** Users without an authenticator may enroll one unproven here, and a client may provision them. */
const openTenantId = 'open-demo';
const passwordPurpose = 'demo-password';
/** Milliseconds: the link ends when the demo does; this is for one that is never stopped. */
const linkLifetime = 365 * 24 * 60 * 60_000;

const people = [
  { username: 'alice', displayName: 'Alice Liddell' },
  { username: 'bob', displayName: 'Bob Baker' },
  { username: 'carol', displayName: 'Carol Chen' },
] as const;

const usualRules: PolicyRules = {
  pinMode: 'typed',
  pinMinimumLength: 6,
  pinMaximumLength: 63,
  pinCharacters: 'any',
  minPINLength: 6,
  alwaysUv: null,
  forcePINChange: false,
  allowedAaguids: [],
  attestation: 'direct',
  minimumCertification: null,
  assetTag: true,
};
const policies: readonly { name: string; rules: PolicyRules }[] = [
  { name: 'Standard employee', rules: usualRules },
  { name: 'Contractors', rules: { ...usualRules, pinMinimumLength: 8, minPINLength: 8 } },
];

/** What the launcher writes down for scripts. */
export interface DemoSecrets {
  readonly tenant: string;
  readonly operator: { readonly name: string; readonly signInUrl: string };
  readonly client: DemoClient;
  /** Somebody else's application: people are asked what to share with it. */
  readonly partner: DemoClient;
  readonly users: Readonly<Record<string, { readonly displayName: string; readonly password: string }>>;
  readonly openDemo: {
    readonly tenant: string;
    readonly operator: { readonly signInUrl: string };
    readonly client: DemoClient;
  };
}

interface DemoClient {
  readonly id: string;
  readonly secret: string;
  readonly redirectUri: string;
}

/** Demo data in two tenants, made where it is missing: the secrets are random, and the same again after a restart. */
export async function prepareDemo(parts: { ports: Ports; database: Database }): Promise<DemoSecrets> {
  const { ports } = parts;
  const operator = await ensureTenant(ports, { tenantId, name: 'Demo', bootstrap: false });
  const actor = actorOf(operator);
  for (const policy of policies) await ensurePolicy(ports, actor, policy);
  const users: Record<string, { displayName: string; password: string }> = {};
  for (const { username, displayName } of people) {
    users[username] = { displayName, password: await ensureUser(parts, actor, { username, displayName }) };
  }
  return {
    tenant: tenantId,
    operator: { name: operator.name, signInUrl: await reusableSignInUrl(ports, tenantId, operator) },
    client: await ensureClient(ports, actor, {
      tenantId,
      clientId: 'demo-client',
      name: 'Demo application',
      redirectUri: `${ports.surroundings.publicUrl}/demo/callback`,
    }),
    partner: await ensureClient(ports, actor, {
      tenantId,
      clientId: 'demo-partner',
      name: 'Partner application',
      redirectUri: `${ports.surroundings.publicUrl}/demo/partner-callback`,
      consentRequired: true,
    }),
    users,
    openDemo: await prepareOpenDemo(ports),
  };
}

async function prepareOpenDemo(ports: Ports): Promise<DemoSecrets['openDemo']> {
  const operator = await ensureTenant(ports, { tenantId: openTenantId, name: 'Open demo', bootstrap: true });
  return {
    tenant: openTenantId,
    operator: { signInUrl: await reusableSignInUrl(ports, openTenantId, operator) },
    client: await ensureClient(ports, actorOf(operator), {
      tenantId: openTenantId,
      clientId: 'open-demo-client',
      name: 'Open demo application',
      redirectUri: `${ports.surroundings.publicUrl}/open-demo/callback`,
      mayProvision: true,
    }),
  };
}

async function ensureTenant(
  ports: Ports,
  input: { readonly tenantId: string; readonly name: string; readonly bootstrap: boolean },
): Promise<Operator> {
  await createTenant(ports, { tenantId: input.tenantId, name: input.name });
  const operator = await createFirstOperator(ports, {
    tenantId: input.tenantId,
    name: 'Olivia Operator',
    role: 'owner',
  });
  if (operator === null) {
    throw new DomainError(
      'operator-not-found',
      `The tenant “${input.tenantId}” has operators, but not the one of the demo.`,
    );
  }
  await ensureWorkflow(ports, actorOf(operator), { tenantId: input.tenantId, bootstrap: input.bootstrap });
  return operator;
}

async function reusableSignInUrl(ports: Ports, tenant: string, { operatorId }: Operator): Promise<string> {
  await withdrawReusableSignInLinks(ports, { tenantId: tenant, operatorId });
  const until = new Date(ports.clock.now().getTime() + linkLifetime);
  return signInUrl(ports, await issueSignInLink(ports, { tenantId: tenant, operatorId, until }));
}

/** After this the demo's sign-in links are good for nothing. */
export async function endDemo(ports: Ports): Promise<void> {
  for (const tenant of [tenantId, openTenantId]) {
    const operators = await ports.store.transaction(tenant, (tables) => tables.operators.list());
    for (const { operatorId } of operators) {
      await withdrawReusableSignInLinks(ports, { tenantId: tenant, operatorId });
    }
  }
}

async function ensurePolicy(
  ports: Ports,
  actor: Actor,
  policy: { name: string; rules: PolicyRules },
): Promise<void> {
  const found = await ports.store.transaction(tenantId, (tables) => tables.policies.findByName(policy.name));
  if (found === null) await createPolicy(ports, actor, { tenantId, ...policy });
}

/** The password is written down, sealed, before it is given: a crash in between changes nothing. */
async function ensureUser(
  { ports, database }: { ports: Ports; database: Database },
  actor: Actor,
  person: { username: string; displayName: string },
): Promise<string> {
  const { username, displayName } = person;
  const fresh = Buffer.from(ports.random.bytes(12)).toString('base64url');
  const sealed = await ports.secrets.seal(tenantId, passwordPurpose, new TextEncoder().encode(fresh));
  const kept = await database.transaction(tenantId, (session) =>
    secretTable(session).insertOrGet({ purpose: passwordPurpose, name: username, sealed }),
  );
  const password = new TextDecoder().decode(await ports.secrets.open(tenantId, passwordPurpose, kept));
  const known = await ports.store.transaction(tenantId, (tables) => tables.users.findByUsername(username));
  const user =
    known ??
    (await createUser(ports, actor, { tenantId, username, displayName, email: `${username}@demo.example` }));
  const hasPassword = await ports.store.transaction(tenantId, (tables) => tables.passwords.get(user.userId));
  if (hasPassword === null) {
    const hash = await ports.passwords.hash(password);
    await ports.store.transaction(tenantId, (tables) => tables.passwords.set(user.userId, hash));
  }
  return password;
}

async function ensureClient(
  ports: Ports,
  actor: Actor,
  wanted: {
    readonly tenantId: string;
    readonly clientId: string;
    readonly name: string;
    readonly redirectUri: string;
    readonly mayProvision?: boolean;
    readonly consentRequired?: boolean;
  },
): Promise<DemoClient> {
  const { clientId, redirectUri } = wanted;
  const known = await ports.store.transaction(wanted.tenantId, (tables) => tables.clients.get(clientId));
  const kept = known === null ? null : await openClientSecret(ports, wanted.tenantId, known);
  if (known === null || kept === null) {
    const { secret } = await registerClient(ports, actor, { ...wanted, redirectUris: [redirectUri] });
    return { id: clientId, secret, redirectUri };
  }
  // The demo may have moved to another port since.
  const metadata = { ...known.metadata, redirect_uris: [redirectUri] };
  await ports.store.transaction(wanted.tenantId, async (tables) => {
    const newest = await tables.clients.get(clientId);
    await tables.clients.upsert({ ...(newest ?? known), metadata });
  });
  return { id: clientId, secret: kept, redirectUri };
}
