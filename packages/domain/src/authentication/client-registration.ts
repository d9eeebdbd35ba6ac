import type { Actor } from '../audit.ts';
import { recordEvent } from '../commands/audit-trail.ts';
import { requirePermission } from '../permissions.ts';
import type { OpenIdRecord, Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import type { Client } from './client.ts';

/** What lets one application register itself. */
export interface RegistrationToken {
  /** Told this once. */
  readonly token: string;
  readonly registrationEndpoint: string;
  readonly endsAt: Date;
}

/** RFC 7591 §3: an initial access token, for whoever sets an application up. It registers one client, and is used up by that. */
export async function issueRegistrationToken(
  ports: Ports,
  actor: Actor,
  { tenantId }: { readonly tenantId: TenantId },
): Promise<RegistrationToken> {
  requirePermission(actor, 'clients.write');
  const { records, ...issued } = await ports.registrationTokens.issue(tenantId);
  await ports.store.transaction(tenantId, async (tables) => {
    for (const record of records) await tables.openIdRecords.upsert(record);
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'client.registration-allowed',
        target: { kind: 'tenant', id: tenantId, name: tenantId },
        description: `One application may register itself until ${issued.endsAt.toISOString()}.`,
        particulars: { until: issued.endsAt.toISOString() },
      },
    );
  });
  return issued;
}

/** Where its request came from. */
export type RequestOrigin = Pick<Actor, 'requestId' | 'clientIp'>;

/** A client as the provider took it, new or changed by itself. */
export type SelfRegistered = Pick<Client, 'clientId' | 'name' | 'metadata' | 'sealedSecret'>;

/**
 * Keeps a client that registered itself, or changed its own registration (RFC 7592).
 *
 * @param options.admission the initial access token, used up by it; null where the client is known by one of its own
 * @returns false where somebody else used the token first
 */
export async function keepSelfRegistered(
  ports: Pick<Ports, 'store' | 'clock' | 'random'>,
  options: {
    readonly tenantId: TenantId;
    readonly client: SelfRegistered;
    readonly admission: Pick<OpenIdRecord, 'model' | 'id'> | null;
    readonly from: RequestOrigin;
  },
): Promise<boolean> {
  const { tenantId, client, admission, from } = options;
  const { clientId, name } = client;
  return ports.store.transaction(tenantId, async (tables) => {
    const now = ports.clock.now();
    const before = await tables.clients.get(clientId);
    if (admission !== null && !(await tables.openIdRecords.consume(admission.model, admission.id, now))) {
      return false;
    }
    await tables.clients.upsert({
      ...client,
      // Nobody vouched for a client that registered itself: its users are asked.
      consentRequired: before?.consentRequired ?? true,
      createdAt: before?.createdAt ?? now,
    });
    await recordEvent(
      { ports, tables, actor: itself(client, from) },
      {
        type: before === null ? 'client.registered' : 'client.changed',
        target: { kind: 'client', id: clientId, name },
        description:
          before === null
            ? `The application ${name} registered itself.`
            : `The application ${name} changed its own registration.`,
      },
    );
    return true;
  });
}

/** RFC 7592 §2.3: it is gone with everything that was given to it. */
export async function forgetSelfRegistered(
  ports: Pick<Ports, 'store' | 'clock' | 'random'>,
  {
    tenantId,
    clientId,
    from,
  }: { readonly tenantId: TenantId; readonly clientId: string; readonly from: RequestOrigin },
): Promise<void> {
  await ports.store.transaction(tenantId, async (tables) => {
    const client = await tables.clients.get(clientId);
    if (client === null) return;
    await tables.clients.delete(clientId);
    const { name } = client;
    await recordEvent(
      { ports, tables, actor: itself(client, from) },
      {
        type: 'client.deleted',
        target: { kind: 'client', id: clientId, name },
        description: `The application ${name} deleted its own registration.`,
      },
    );
  });
}

function itself({ clientId, name }: Pick<Client, 'clientId' | 'name'>, from: RequestOrigin): Actor {
  return { kind: 'system', id: clientId, name, role: null, ...from };
}
