import { toBase64Url } from '@keywarden/fido2/bytes';
import type { Actor } from '../audit.ts';
import { recordEvent } from '../commands/audit-trail.ts';
import type { Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import type { Client } from './client.ts';
import { sealClientSecret } from './client-secret.ts';

export interface NewClient {
  readonly tenantId: TenantId;
  /** Fresh where absent. */
  readonly clientId?: string;
  readonly name: string;
  readonly redirectUris: readonly string[];
  /** Also its own, by `client_credentials`. */
  readonly clientCredentials?: boolean;
  readonly consentRequired?: boolean;
  /** Whether it may provision users and groups with its own access token. */
  readonly mayProvision?: boolean;
}

/** Registers a confidential client; the secret is told this once and kept sealed. An existing client is replaced. */
export async function registerClient(
  ports: Ports,
  actor: Actor,
  input: NewClient,
): Promise<{ readonly clientId: string; readonly secret: string }> {
  const clientId = input.clientId ?? ports.random.uuid();
  const secret = toBase64Url(ports.random.bytes(32));
  const client: Client = {
    clientId,
    name: input.name,
    metadata: {
      client_name: input.name,
      redirect_uris: input.redirectUris,
      response_types: ['code'],
      grant_types: [
        'authorization_code',
        'refresh_token',
        ...(input.clientCredentials === false ? [] : ['client_credentials']),
      ],
      token_endpoint_auth_method: 'client_secret_basic',
      id_token_signed_response_alg: 'ES256',
    },
    sealedSecret: await sealClientSecret(ports.secrets, input.tenantId, { clientId, secret }),
    consentRequired: input.consentRequired ?? false,
    createdAt: ports.clock.now(),
  };
  await ports.store.transaction(input.tenantId, async (tables) => {
    await tables.clients.upsert(client);
    await tables.clients.allowProvisioning(clientId, input.mayProvision ?? false);
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'client.registered',
        target: { kind: 'client', id: clientId, name: input.name },
        description: `The OpenID client ${input.name} was registered.`,
      },
    );
  });
  return { clientId, secret };
}

/** Milliseconds after which a count of wrong answers that nobody added to is forgotten. */
const attemptMemory = 24 * 60 * 60_000;

/** Deletes what has expired: transactions, tokens and codes, old counts of wrong answers. */
export async function forgetAuthentication(
  ports: Ports,
  { tenantId }: { readonly tenantId: TenantId },
): Promise<void> {
  const now = ports.clock.now();
  await ports.store.transaction(tenantId, async (tables) => {
    await tables.transactions.deleteExpired(now);
    await tables.openIdRecords.deleteExpired(now);
    await tables.oneTimeCodeApps.deleteExpired(now);
    await tables.accountSessions.deleteExpired(now);
    await tables.attempts.deleteUntouchedSince(new Date(now.getTime() - attemptMemory));
  });
}
