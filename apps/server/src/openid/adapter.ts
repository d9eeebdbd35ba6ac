import {
  forgetSelfRegistered,
  keepSelfRegistered,
  openClientSecret,
  type Ports,
  sealClientSecret,
} from '@keywarden/domain';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { currentErrand, nowhere } from './errand.ts';
import { openTransaction, pushedRequest } from './pushed-request.ts';

/** What this door needs of the ports. */
export type OpenIdPorts = Pick<
  Ports,
  'store' | 'secrets' | 'openIdKeys' | 'clock' | 'random' | 'surroundings'
>;

export interface TenantPorts extends OpenIdPorts {
  readonly tenantId: string;
}

/** Where the provider keeps each of its models: clients and pushed requests in tables of their own, the rest in one. */
export function createAdapter(ports: TenantPorts): (model: string) => Adapter {
  return (model) => {
    if (model === 'Client') return clientAdapter(ports);
    if (model === 'PushedAuthorizationRequest') return pushedRequestAdapter(ports);
    // The portal is told the request_uri and nothing comes back to the provider's own interactions.
    if (model === 'Interaction') return forgetfulAdapter;
    return recordAdapter(ports, model);
  };
}

const nothing = async () => undefined;

const forgetfulAdapter: Adapter = {
  upsert: nothing,
  find: nothing,
  findByUserCode: nothing,
  findByUid: nothing,
  consume: nothing,
  destroy: nothing,
  revokeByGrantId: nothing,
};

/** For models without an end: registration access tokens. */
const unlimited = 10 * 365 * 86_400;

function recordAdapter({ store, clock, tenantId }: TenantPorts, model: string): Adapter {
  const restored = (id: string, payload: Readonly<Record<string, unknown>> | null) =>
    payload === null ? undefined : ({ ...payload, jti: id } satisfies AdapterPayload);
  return {
    ...forgetfulAdapter,
    async upsert(id, payload, expiresIn) {
      // The id is the bearer's secret: whoever presents it puts it back.
      const { jti: _, consumed: __, ...kept } = payload;
      const ends = (expiresIn === undefined || !Number.isFinite(expiresIn) ? unlimited : expiresIn) * 1000;
      const record = {
        model,
        id,
        payload: kept,
        grantId: text(payload.grantId),
        uid: text(payload.uid),
        accountId: text(payload.accountId),
        clientId: text(payload.clientId),
        expiresAt: new Date(clock.now().getTime() + ends),
      };
      const errand = currentErrand();
      if (errand?.collected) {
        errand.collected.push(record);
        return;
      }
      const { clientId } = record;
      if (model === 'ClientCredentials' && clientId !== null) {
        const kept = await store.transaction(tenantId, (tables) =>
          tables.openIdRecords.upsertForClient({ ...record, clientId }),
        );
        if (!kept) throw clientGone();
        return;
      }
      const consumption = errand?.takeConsumption() ?? null;
      const first = await store.transaction(tenantId, async (tables) => {
        if (
          consumption !== null &&
          !(await tables.openIdRecords.consume(consumption.model, consumption.id, clock.now()))
        ) {
          return false;
        }
        await tables.openIdRecords.upsert(record);
        return true;
      });
      if (!first) throw alreadyConsumed(consumption?.model ?? model);
    },
    async find(id) {
      const errand = currentErrand();
      if (errand === undefined) {
        return restored(
          id,
          await store.transaction(tenantId, (tables) => tables.openIdRecords.find(model, id)),
        );
      }
      if (model === 'Grant') {
        const known = errand.grants.get(id);
        if (known !== undefined) return restored(id, known);
      }
      const found = await store.transaction(tenantId, (tables) =>
        tables.openIdRecords.findWithGrant(model, id),
      );
      if (found === null) return undefined;
      const { payload, grantId, grant, account } = found;
      if (grantId !== null && grant !== null) errand.grants.set(grantId, grant);
      if (account !== null) errand.accounts.set(account.userId, account);
      if (model === 'InitialAccessToken') {
        if ('consumed' in payload) return undefined;
        errand.admission = { model, id };
      }
      return restored(id, payload);
    },
    async findByUid(uid) {
      const payload = await store.transaction(tenantId, (tables) =>
        tables.openIdRecords.findByUid(model, uid),
      );
      return payload === null ? undefined : { ...payload };
    },
    async consume(id) {
      const errand = currentErrand();
      if (errand !== undefined && errand.consuming === null) {
        errand.consuming = { model, id };
        return;
      }
      const first = await store.transaction(tenantId, (tables) =>
        tables.openIdRecords.consume(model, id, clock.now()),
      );
      if (!first) throw alreadyConsumed(model);
    },
    async destroy(id) {
      await store.transaction(tenantId, (tables) => tables.openIdRecords.destroy(model, id));
    },
    async revokeByGrantId(grantId) {
      await store.transaction(tenantId, (tables) => tables.openIdRecords.revokeByGrantId(grantId));
    },
  };
}

/** The provider looks before it consumes; of two that looked at once, one comes too late. */
function alreadyConsumed(model: string): Error {
  return new errors.InvalidGrant(`${model} already consumed`);
}

/** It was believed for a moment after it was deleted: nothing is given to it. */
function clientGone(): Error {
  return new errors.InvalidClientAuth('client deleted');
}

function pushedRequestAdapter(ports: TenantPorts): Adapter {
  return {
    ...forgetfulAdapter,
    async upsert(id, payload) {
      if (!(await openTransaction(ports, id, payload))) throw clientGone();
    },
    find: (id) => pushedRequest(ports, id),
  };
}

/** Milliseconds for which a client is believed to be what it was: each call of a sign-in asks for it several times. */
const clientMemory = 1000;
const clientsRemembered = 200;

function clientAdapter(ports: TenantPorts): Adapter {
  const { store, secrets, clock, tenantId } = ports;
  /** Insertion order is age. */
  const remembered = new Map<string, { readonly payload: AdapterPayload; readonly at: number }>();
  const remember = (clientId: string, payload: AdapterPayload) => {
    remembered.delete(clientId);
    remembered.set(clientId, { payload, at: clock.now().getTime() });
    for (const oldest of remembered.keys()) {
      if (remembered.size <= clientsRemembered) break;
      remembered.delete(oldest);
    }
    return payload;
  };
  const find = async (clientId: string): Promise<AdapterPayload | undefined> => {
    const known = remembered.get(clientId);
    if (known !== undefined && clock.now().getTime() - known.at < clientMemory) return known.payload;
    const client = await store.transaction(tenantId, (tables) => tables.clients.get(clientId));
    if (client === null) return undefined;
    const secret = await openClientSecret({ store, secrets }, tenantId, client);
    return remember(clientId, {
      ...client.metadata,
      client_id: clientId,
      ...(secret !== null && { client_secret: secret }),
    });
  };
  return {
    ...forgetfulAdapter,
    async upsert(clientId, payload) {
      const { client_secret: secret, ...metadata } = payload;
      const sealedSecret =
        typeof secret === 'string' ? await sealClientSecret(secrets, tenantId, { clientId, secret }) : null;
      const errand = currentErrand();
      const kept = await keepSelfRegistered(ports, {
        tenantId,
        client: {
          clientId,
          name: text(metadata.client_name) ?? clientId,
          metadata: { ...metadata },
          sealedSecret,
        },
        admission: errand?.admission ?? null,
        from: errand?.from ?? nowhere,
      });
      if (!kept) throw new errors.InvalidToken('the initial access token was used before');
      remembered.delete(clientId);
    },
    async find(clientId) {
      const payload = await find(clientId);
      const errand = currentErrand();
      if (payload === undefined || errand === undefined) return payload;
      if (payload.token_endpoint_auth_method !== 'none') await errand.meet(clientId);
      const { standIn } = errand;
      return standIn?.clientId === clientId ? authenticatedBy(payload, standIn.secret) : payload;
    },
    async destroy(clientId) {
      await forgetSelfRegistered(ports, { tenantId, clientId, from: currentErrand()?.from ?? nowhere });
      remembered.delete(clientId);
    },
  };
}

/** The same client, as far as this errand goes: it has proven who it is, and not by what it is registered with. */
function authenticatedBy(payload: AdapterPayload, secret: string): AdapterPayload {
  const { token_endpoint_auth_signing_alg: _, ...metadata } = payload;
  return { ...metadata, token_endpoint_auth_method: 'client_secret_basic', client_secret: secret };
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
