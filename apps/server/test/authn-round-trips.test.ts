import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  basic,
  form,
  formType,
  post,
  pushRequest,
  type Reply,
  Transaction,
} from './authentication/back-end-client.ts';
import { assertWith, createPasskey, type Passkey } from './authentication/passkey.ts';
import { openServer, type Room, type ServerRig } from './authentication/rig.ts';
import { layWire, type PostgresWire } from './postgres-wire.ts';

let rig: ServerRig;
let room: Room;
let wire: PostgresWire;
let counted: Awaited<ReturnType<ServerRig['another']>>;

beforeAll(async () => {
  rig = await openServer();
  room = await rig.furnish();
  const { connection } = rig.fresh;
  wire = await layWire(connection);
  counted = await rig.another({ connection: { ...connection, host: wire.host, port: wire.port } });
});
afterAll(async () => {
  await counted.close();
  await wire.close();
  await rig.close();
});

const username = 'alice';
const member = { username, authType: 'AT_FIDO' };

/** What a call leaves behind counts too. */
async function quiet(): Promise<void> {
  for (let sofar = -1; sofar !== wire.roundTrips; ) {
    sofar = wire.roundTrips;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

class CountedTransaction {
  readonly #transaction: Transaction;
  /** How often the server waited for PostgreSQL, call by call. */
  readonly trips: Record<string, number> = {};

  constructor(requestUri: string) {
    this.#transaction = new Transaction(`${counted.address}/${room.tenantId}`, requestUri);
  }

  async call(name: string, path: string, members: Record<string, unknown>): Promise<Reply> {
    const before = wire.roundTrips;
    const reply = await this.#transaction.call(path, members);
    await quiet();
    this.trips[name] = wire.roundTrips - before;
    return reply;
  }
}

async function enrolled(transaction: CountedTransaction): Promise<Passkey> {
  const password = room.passwords[username];
  const proven = await transaction.call('protection', '/enroll/code', {
    grant_type: 'password',
    authType: 'AT_EMPPWD',
    username,
    password,
  });
  expect(proven.status).toBe(200);
  const offered = await transaction.call('options', '/enroll/fido', {
    enroll_step: 'getcredentialoptions',
    ...member,
  });
  const { passkey, credential } = createPasskey(offered.body.publicKeyCredentialOptions, rig.publicUrl);
  const registered = await transaction.call('register', '/enroll/fido', {
    enroll_step: 'registercredential',
    ...member,
    credential,
  });
  expect(registered.status).toBe(201);
  return passkey;
}

async function proved(transaction: CountedTransaction, passkey: Passkey): Promise<void> {
  expect((await transaction.call('flow', '/flow', { username })).status).toBe(200);
  const asked = await transaction.call('challenge', '/code', { grant_type: 'fido_challenge', ...member });
  const { response } = assertWith(passkey, { challenge: asked.body.challenge, origin: rig.publicUrl });
  const proven = await transaction.call('assertion', '/code', {
    grant_type: 'password',
    ...member,
    password: response,
  });
  expect(proven.status).toBe(200);
}

async function codeFor(transaction: CountedTransaction): Promise<void> {
  const issued = await transaction.call('code', '/code', { grant_type: 'code_request', ...member });
  expect(issued.status).toBe(200);
}

describe('round trips to PostgreSQL', () => {
  test('are at most three in every call of an enrollment and of a FIDO sign-in', async () => {
    const begin = async () => new CountedTransaction((await pushRequest(room.client)).requestUri);
    // Connections, keys and clients are met for the first time.
    const passkey = await enrolled(await begin());
    const first = await begin();
    await proved(first, passkey);
    await codeFor(first);

    const enrollment = await begin();
    await enrolled(enrollment);
    const [before, signIn] = [await begin(), await begin()];
    await proved(before, passkey);
    await proved(signIn, passkey);
    // Once a second a client is looked up anew: here, and not in the one that is counted.
    await codeFor(before);
    await codeFor(signIn);
    expect({ ...enrollment.trips, ...signIn.trips }).toEqual({
      protection: 3,
      options: 2,
      register: 2,
      flow: 2,
      challenge: 2,
      assertion: 2,
      code: 2,
    });
  });

  test('are as few where a client pushes a request or gets a token of its own: one to write it', async () => {
    const { clientId, redirectUri } = room.client;
    const calls = {
      par: { response_type: 'code', client_id: clientId, redirect_uri: redirectUri, scope: 'openid' },
      token: { grant_type: 'client_credentials' },
    };
    const send = async () => {
      const trips: Record<string, number> = {};
      for (const [path, members] of Object.entries(calls)) {
        await quiet();
        const before = wire.roundTrips;
        const reply = await post(`${counted.address}/${room.tenantId}/authn/${path}`, {
          headers: { ...formType, authorization: basic(room.client) },
          body: form(members),
        });
        expect(reply.status, JSON.stringify(reply.body)).toBeLessThan(300);
        await quiet();
        trips[path] = wire.roundTrips - before;
      }
      return trips;
    };
    await send();
    // The client is still known, however slow the machine is.
    rig.advance(-10_000);
    try {
      expect(await send()).toEqual({ par: 1, token: 1 });
    } finally {
      rig.advance(10_000);
    }
  });

  test('are counted by a wire that counts: one for a statement, none for nothing', async () => {
    const before = wire.roundTrips;
    expect((await fetch(`${counted.address}/nothing`)).status).toBe(404);
    expect(wire.roundTrips - before).toBe(0);
    const looked = wire.roundTrips;
    expect((await fetch(`${counted.address}/no-such-tenant/authn/flow`)).status).toBe(404);
    expect(wire.roundTrips - looked).toBe(1);
  });
});
