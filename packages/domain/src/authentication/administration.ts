import { toBase64Url } from '@keywarden/fido2/bytes';
import type { Actor } from '../audit.ts';
import { recordEvent } from '../commands/audit-trail.ts';
import { DomainError } from '../errors.ts';
import type { Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import type { Client } from './client.ts';
import { type StoredWorkflow, usualWorkflow, type Workflow } from './workflow.ts';
import { workflowFaults } from './workflow-validation.ts';

/** What client secrets are sealed for. */
export const clientSecretPurpose = 'client-secret';

/**
 * Stores a workflow as the tenant's newest version. `version` is the one that was read before, 0 where there was none.
 *
 * @throws DomainError `input-invalid` naming the place, `version-conflict`
 */
export async function storeWorkflow(
  ports: Ports,
  actor: Actor,
  input: { readonly tenantId: TenantId; readonly document: Workflow; readonly version: number },
): Promise<StoredWorkflow> {
  const [fault] = workflowFaults(input.document);
  if (fault !== undefined) {
    throw new DomainError('input-invalid', `The workflow does not fit together: ${fault.at} ${fault.what}.`, {
      particulars: { field: fault.at },
    });
  }
  const stored = { version: input.version + 1, document: input.document, createdAt: ports.clock.now() };
  await ports.store.transaction(input.tenantId, async (tables) => {
    const inserted = await tables.workflows.insert({ ...stored, at: stored.createdAt });
    if (!inserted) {
      throw new DomainError(
        'version-conflict',
        'Somebody else changed the workflow meanwhile. Nothing was saved; look at the newest version and try again.',
      );
    }
    const unsafe = input.document.dangerousBootstrap !== 'off';
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'workflow.stored',
        target: { kind: 'workflow', id: String(stored.version), name: `version ${stored.version}` },
        description: unsafe
          ? 'The workflow was changed. It lets users without an authenticator enroll one without any proof.'
          : 'The workflow was changed.',
      },
    );
  });
  return stored;
}

/** The tenant's newest workflow, or the usual one as version 0. */
export async function readWorkflow(ports: Pick<Ports, 'store'>, tenantId: TenantId): Promise<StoredWorkflow> {
  const stored = await ports.store.transaction(tenantId, (tables) => tables.workflows.current());
  return stored ?? { version: 0, document: usualWorkflow, createdAt: new Date(0) };
}

/**
 * Stores the usual workflow where the tenant has none. `bootstrap` opens enrollment to users without an authenticator.
 */
export async function ensureWorkflow(
  ports: Ports,
  actor: Actor,
  input: { readonly tenantId: TenantId; readonly bootstrap: boolean },
): Promise<void> {
  const current = await readWorkflow(ports, input.tenantId);
  if (current.version > 0) return;
  await storeWorkflow(ports, actor, {
    tenantId: input.tenantId,
    version: 0,
    document: {
      ...usualWorkflow,
      dangerousBootstrap: input.bootstrap ? 'users-without-authenticator' : 'off',
    },
  });
}

/** Whether a tenant lets anybody enroll unproven: to be said loudly when the server starts. */
export async function allowsUnprovenEnrollment(
  ports: Pick<Ports, 'store'>,
  tenantId: TenantId,
): Promise<boolean> {
  return (await readWorkflow(ports, tenantId)).document.dangerousBootstrap !== 'off';
}

export interface NewClient {
  readonly tenantId: TenantId;
  /** Fresh where absent. */
  readonly clientId?: string;
  readonly name: string;
  readonly redirectUris: readonly string[];
  /** Also its own, by `client_credentials`. */
  readonly clientCredentials?: boolean;
  readonly consentRequired?: boolean;
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
    sealedSecret: await ports.secrets.seal(
      input.tenantId,
      clientSecretPurpose,
      new TextEncoder().encode(secret),
    ),
    consentRequired: input.consentRequired ?? false,
    createdAt: ports.clock.now(),
  };
  await ports.store.transaction(input.tenantId, async (tables) => {
    await tables.clients.upsert(client);
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
    await tables.attempts.deleteUntouchedSince(new Date(now.getTime() - attemptMemory));
  });
}
