import { toBase64Url } from '@keywarden/fido2/bytes';
import type { Actor } from '../audit.ts';
import { recordEvent } from '../commands/audit-trail.ts';
import { requireVersion } from '../commands/provisioning-step.ts';
import { DomainError } from '../errors.ts';
import { requirePermission } from '../permissions.ts';
import type { ClientVersion, Ports, Tables } from '../ports/index.ts';
import type { ExpectedVersions } from '../provisioning.ts';
import type { TenantId } from '../tenant.ts';
import { accountClientId } from './account-sign-in.ts';
import { type NewClient, registerClient } from './administration.ts';
import { sealClientSecret } from './client-secret.ts';

const mostClients = 500;
const mostRedirectUris = 20;
const longestRedirectUri = 2000;

/** A client as an administrator sees it. Its secret is told once, when it is made. */
export interface ListedClient {
  readonly clientId: string;
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly grantTypes: readonly string[];
  readonly consentRequired: boolean;
  /** Whether it may provision users and groups with its own access token. */
  readonly mayProvision: boolean;
  /** False for one that proves itself with a key of its own, or is public. */
  readonly hasSecret: boolean;
  /** The product's own: neither changed nor deleted. */
  readonly builtIn: boolean;
  /** Counts up with every change. */
  readonly version: number;
  readonly createdAt: Date;
}

export async function listClients(
  ports: Ports,
  actor: Actor,
  { tenantId }: { readonly tenantId: TenantId },
): Promise<readonly ListedClient[]> {
  requirePermission(actor, 'clients.read');
  const { clients, provisioners } = await ports.store.transaction(tenantId, async (tables) => ({
    clients: await tables.clients.list(),
    provisioners: new Set(await tables.clients.provisioners()),
  }));
  return clients
    .map((client) => listed(client, provisioners.has(client.clientId)))
    .sort((one, other) => one.name.localeCompare(other.name));
}

/** @throws DomainError `client-not-found` */
export async function getClient(
  ports: Ports,
  actor: Actor,
  { tenantId, clientId }: OneClient,
): Promise<ListedClient> {
  requirePermission(actor, 'clients.read');
  return ports.store.transaction(tenantId, async (tables) => {
    const client = (await tables.clients.list()).find((one) => one.clientId === clientId);
    if (client === undefined) throw clientNotFound();
    return listed(client, (await tables.clients.provisioning(clientId)) !== null);
  });
}

function listed(client: ClientVersion, mayProvision: boolean): ListedClient {
  const { clientId, name, metadata, sealedSecret, consentRequired, version, createdAt } = client;
  return {
    clientId,
    name,
    redirectUris: texts(metadata['redirect_uris']),
    grantTypes: texts(metadata['grant_types']),
    consentRequired,
    mayProvision,
    hasSecret: sealedSecret !== null,
    builtIn: clientId === accountClientId,
    version,
    createdAt,
  };
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
}

/**
 * Registers a confidential client under a fresh id; the secret is told this once.
 *
 * @throws DomainError `input-invalid` naming the field
 */
export async function addClient(
  ports: Ports,
  actor: Actor,
  input: Omit<NewClient, 'clientId'>,
): Promise<{ readonly client: ListedClient; readonly secret: string }> {
  requirePermission(actor, 'clients.write');
  const { tenantId } = input;
  const name = readName(input.name);
  requireRedirectUris(input.redirectUris);
  const known = await ports.store.transaction(tenantId, (tables) => tables.clients.list());
  if (known.length >= mostClients) throw invalid('name', `A tenant has at most ${mostClients} clients.`);
  const { clientId, secret } = await registerClient(ports, actor, { ...input, name });
  const client = await ports.store.transaction(tenantId, (tables) => requireOwnClient(tables, clientId));
  return { client: listed(client, input.mayProvision ?? false), secret };
}

function readName(text: string): string {
  const name = text.normalize('NFC').trim();
  if (name !== '' && !/\p{Cc}/u.test(name)) return name;
  throw invalid('name', 'The name of a client is not empty and has no control characters.');
}

/** All that an administrator decides of a client; what it says of itself besides stays as it is. */
export interface ClientChange {
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly refreshTokens: boolean;
  readonly clientCredentials: boolean;
  readonly consentRequired: boolean;
  readonly mayProvision: boolean;
}

/**
 * Changes a client; its id and its secret stay, and who is under way with it goes on.
 *
 * @throws DomainError `client-not-found`, `precondition-failed`, `input-invalid`
 */
export async function changeClient(
  ports: Ports,
  actor: Actor,
  {
    tenantId,
    clientId,
    expected = null,
    change,
  }: OneClient & { readonly expected?: ExpectedVersions; readonly change: ClientChange },
): Promise<ListedClient> {
  requirePermission(actor, 'clients.write');
  const name = readName(change.name);
  requireRedirectUris(change.redirectUris);
  return ports.store.transaction(tenantId, async (tables) => {
    const before = await requireOwnClient(tables, clientId);
    requireVersion(before, expected);
    const mayProvision = (await tables.clients.provisioning(clientId)) !== null;
    // RFC 6749 §4.4: client credentials are for clients that can prove who they are.
    if (change.clientCredentials && before.metadata['token_endpoint_auth_method'] === 'none') {
      throw invalid('clientCredentials', 'A client that proves nothing of itself gets no token of its own.');
    }
    const client: ClientVersion = {
      ...before,
      version: before.version + 1,
      name,
      consentRequired: change.consentRequired,
      metadata: {
        ...before.metadata,
        client_name: name,
        redirect_uris: change.redirectUris,
        grant_types: grantsOf(texts(before.metadata['grant_types']), change),
      },
    };
    const [was, is] = [listed(before, mayProvision), listed(client, change.mayProvision)];
    const changed = decided.filter((member) => JSON.stringify(was[member]) !== JSON.stringify(is[member]));
    if (changed.length === 0) return was;
    await tables.clients.upsert(client);
    await tables.clients.allowProvisioning(clientId, change.mayProvision);
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'client.changed',
        target: { kind: 'client', id: clientId, name },
        description: `Changed: ${changed.join(', ')}.`,
      },
    );
    return is;
  });
}

const decided = ['name', 'redirectUris', 'grantTypes', 'consentRequired', 'mayProvision'] as const;

function grantsOf(before: readonly string[], change: ClientChange): readonly string[] {
  const wanted = new Map([
    ['refresh_token', change.refreshTokens],
    ['client_credentials', change.clientCredentials],
  ]);
  const kept = before.filter((grant) => wanted.get(grant) ?? true);
  const added = [...wanted].flatMap(([grant, on]) => (on && !kept.includes(grant) ? [grant] : []));
  return [...kept, ...added];
}

/** RFC 9700 §2.1, RFC 8252 §7: whole addresses over TLS, of this machine, or of an application's own scheme. */
function requireRedirectUris(redirectUris: readonly string[]): void {
  if (redirectUris.length === 0 || redirectUris.length > mostRedirectUris) {
    throw invalid('redirectUris', `A client has between 1 and ${mostRedirectUris} redirect URIs.`);
  }
  for (const uri of redirectUris) {
    if (uri.length > longestRedirectUri || !URL.canParse(uri) || !isSafeRedirect(new URL(uri))) {
      throw invalid(
        'redirectUris',
        'A redirect URI is a whole https address, one of this machine, or of an application’s own scheme, without #.',
      );
    }
  }
}

function isSafeRedirect({ protocol, hostname, hash, username, password }: URL): boolean {
  if (hash !== '' || username !== '' || password !== '') return false;
  if (protocol === 'https:') return true;
  if (protocol === 'http:') return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  // RFC 8252 §7.1: a private-use scheme is a domain name in reverse, so it has a dot.
  return /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/.test(protocol);
}

interface OneClient {
  readonly tenantId: TenantId;
  readonly clientId: string;
}

/** A new secret, told this once; the old one opens nothing from now on. */
export async function rotateClientSecret(
  ports: Ports,
  actor: Actor,
  { tenantId, clientId }: OneClient,
): Promise<{ readonly client: ListedClient; readonly secret: string }> {
  requirePermission(actor, 'clients.write');
  const secret = toBase64Url(ports.random.bytes(32));
  const sealedSecret = await sealClientSecret(ports.secrets, tenantId, { clientId, secret });
  return ports.store.transaction(tenantId, async (tables) => {
    const client = await requireOwnClient(tables, clientId);
    if (client.sealedSecret === null) {
      throw invalid('clientId', 'This client proves itself with a key of its own and has no secret.');
    }
    const rotated: ClientVersion = { ...client, sealedSecret, version: client.version + 1 };
    await tables.clients.upsert(rotated);
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'client.secret-rotated',
        target: { kind: 'client', id: clientId, name: client.name },
        description: `The OpenID client ${client.name} was given a new secret.`,
      },
    );
    const mayProvision = (await tables.clients.provisioning(clientId)) !== null;
    return { client: listed(rotated, mayProvision), secret };
  });
}

/** With what its users decided about it; who is under way with it is sent nowhere. */
export async function deleteClient(
  ports: Ports,
  actor: Actor,
  { tenantId, clientId }: OneClient,
): Promise<void> {
  requirePermission(actor, 'clients.write');
  await ports.store.transaction(tenantId, async (tables) => {
    const client = await requireOwnClient(tables, clientId);
    await tables.clients.delete(clientId);
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'client.deleted',
        target: { kind: 'client', id: clientId, name: client.name },
        description: `The OpenID client ${client.name} was deleted.`,
      },
    );
  });
}

async function requireOwnClient(tables: Tables, clientId: string): Promise<ClientVersion> {
  const client = clientId === accountClientId ? null : await tables.clients.lock(clientId);
  if (client === null) throw clientNotFound();
  return client;
}

function clientNotFound(): DomainError {
  return new DomainError('client-not-found', 'There is no such client.');
}

function invalid(field: string, message: string): DomainError {
  return new DomainError('input-invalid', message, { particulars: { field } });
}
