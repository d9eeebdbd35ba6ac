import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { Store } from '@keywarden/domain';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pushRequest, type Reply, Transaction } from './authentication/back-end-client.ts';
import { openServer, type Room, type ServerRig } from './authentication/rig.ts';

/** How many there are of whom the server knows, and of whom it does not. */
const people = 200;
const known = (number: number) => `known-${number}`;
const unknown = (number: number) => `stranger-${number}`;

/** Calls that say something of a username before anything is proven. */
const calls = {
  flow: (username: string) => ['/flow', { username }],
  fido_challenge: (username: string) => [
    '/code',
    { grant_type: 'fido_challenge', authType: 'AT_FIDO', username },
  ],
  enroll: (username: string) => [
    '/enroll/fido',
    { enroll_step: 'getcredentialoptions', authType: 'AT_FIDO', username },
  ],
} as const satisfies Record<string, (username: string) => readonly [string, Record<string, unknown>]>;
type CallName = keyof typeof calls;
const names = Object.keys(calls) as CallName[];

let rig: ServerRig;
/** Where everybody who is known has a password and a passkey. */
let closed: Room;
/** Where people may enroll their first passkey unproven, and nobody who is known has anything to prove herself by. */
let open: Room;

beforeAll(async () => {
  rig = await openServer();
  closed = await rig.furnish();
  open = await rig.furnish({ bootstrap: true });
  await settle(closed, { authenticators: true });
  await settle(open, { authenticators: false });
});
afterAll(() => rig.close());

/** Credential ids and transports as they are in the field: the decoys' kinds are told in the domain's decoys.ts. */
const kinds = [
  { length: 32, transports: ['usb'] },
  { length: 48, transports: ['nfc', 'usb'] },
  { length: 64, transports: ['nfc', 'usb'] },
  { length: 32, transports: ['hybrid', 'internal'] },
] as const;

async function settle({ tenantId }: Room, { authenticators }: { authenticators: boolean }): Promise<void> {
  const client = new pg.Client(rig.fresh.superuser);
  await client.connect();
  try {
    await client.query('SET search_path = keywarden; SET session_replication_role = replica');
    for (let number = 0; number < people; number += 1) {
      const username = known(number);
      const { rows } = await client.query<{ user_id: string }>(
        `INSERT INTO users (tenant_id, user_id, username, display_name, status, created_at)
         VALUES ($1, gen_random_uuid(), $2, $2, 'active', now()) RETURNING user_id`,
        [tenantId, username],
      );
      if (!authenticators) continue;
      const [userId, kind] = [rows[0]?.user_id, kinds[number % kinds.length]];
      const credentialId = createHash('sha512').update(username).digest().subarray(0, kind?.length);
      await client.query('INSERT INTO passwords (tenant_id, user_id, hash) VALUES ($1, $2, $3)', [
        tenantId,
        userId,
        '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$nobody knows',
      ]);
      await client.query(
        `INSERT INTO credentials
           (tenant_id, credential_id, user_id, rp_id, user_handle, public_key, algorithm, sign_count, aaguid,
            attestation_format, attestation_trusted, transports, backup_eligible, backed_up, user_verified, discoverable,
            friendly_name, auth_type, status, created_at)
         VALUES ($1, $2, $3, 'localhost', $2, '\\x00', -7, 0, '00000000-0000-0000-0000-000000000000', 'packed', false, $4,
                 false, false, true, true, 'Passkey', 'AT_FIDO', 'ACTIVE', now())`,
        [tenantId, credentialId.toString('base64url'), userId, kind?.transports],
      );
    }
    await client.query('ANALYZE');
  } finally {
    await client.end();
  }
}

const roomOf = (call: CallName) => (call === 'enroll' ? open : closed);

async function begin(call: CallName, address = rig.publicUrl): Promise<Transaction> {
  const room = roomOf(call);
  const { requestUri } = await pushRequest(room.client);
  return new Transaction(`${address}/${room.tenantId}`, requestUri);
}

function ask(transaction: Transaction, call: CallName, username: string): Promise<Reply> {
  const [path, members] = calls[call](username);
  return transaction.call(path, members);
}

/** Everything but the values: names, kinds of values, how many of them; of the headers which there are. */
function shapeOf({ status, body, headers }: Reply): string {
  const shape = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shape);
    if (typeof value !== 'object' || value === null) return typeof value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shape(member)]));
  };
  return JSON.stringify([status, [...headers.keys()].sort(), shape(body)]);
}

/** How often each shape came. */
async function shapesOf(
  call: CallName,
  usernameOf: (number: number) => string,
): Promise<Map<string, number>> {
  const transaction = await begin(call);
  const shapes = new Map<string, number>();
  for (let number = 0; number < people; number += 1) {
    const shape = shapeOf(await ask(transaction, call, usernameOf(number)));
    shapes.set(shape, (shapes.get(shape) ?? 0) + 1);
  }
  return shapes;
}

describe('200 usernames that somebody has and 200 that nobody has', () => {
  test.each(names)('get answers of the same shapes from %s', async (call) => {
    const ours = await shapesOf(call, known);
    const theirs = await shapesOf(call, unknown);
    expect([...theirs.keys()].sort()).toEqual([...ours.keys()].sort());
    // Two transports or one: as often among decoys as in the field.
    for (const [shape, count] of ours) expect(Math.abs((theirs.get(shape) ?? 0) - count)).toBeLessThan(60);
  });

  test('are refused alike where nothing was proven', async () => {
    const transaction = await begin('flow');
    const answers = [];
    for (const username of [known(1), unknown(1)]) {
      const [path, members] = calls.enroll(username);
      answers.push(await transaction.call(path, members));
    }
    const [first, second] = answers.map(({ status, body }) => ({ status, body }));
    expect(first).toMatchObject({ status: 403, body: { error: 'access_denied' } });
    expect(second).toEqual(first);
  });

  test('get the same answer again, but for the challenge', async () => {
    const transaction = await begin('fido_challenge');
    for (const username of [known(2), unknown(2)]) {
      const first = await ask(transaction, 'fido_challenge', username);
      const second = await ask(transaction, 'fido_challenge', username);
      expect(second.body.allowCredentials).toEqual(first.body.allowCredentials);
      expect(second.body.challenge).not.toBe(first.body.challenge);
    }
  });
});

/**
 * How well the time of an answer tells a stranger from somebody who is known: the chance that a stranger's answer took
 * longer (Mann and Whitney's U over the number of pairs). One half: not at all. Both kinds take turns in random order, so
 * whatever else keeps the machine busy falls on both.
 */
async function distinguishability(
  call: CallName,
  options: { readonly rounds: number; readonly address?: string },
): Promise<{ readonly chance: number; readonly median: number }> {
  const transaction = await begin(call, options.address);
  for (let number = 0; number < 10; number += 1) {
    await ask(transaction, call, known(number));
    await ask(transaction, call, unknown(number));
  }
  const times: { readonly stranger: boolean; readonly milliseconds: number }[] = [];
  for (let number = 0; number < options.rounds; number += 1) {
    const first = Math.random() < 0.5;
    for (const stranger of [first, !first]) {
      const username = stranger ? unknown(number) : known(number);
      const began = performance.now();
      await ask(transaction, call, username);
      times.push({ stranger, milliseconds: performance.now() - began });
    }
  }
  times.sort((one, other) => one.milliseconds - other.milliseconds);
  let strangersRanks = 0;
  for (const [rank, { stranger }] of times.entries()) if (stranger) strangersRanks += rank + 1;
  const { rounds } = options;
  const u = strangersRanks - (rounds * (rounds + 1)) / 2;
  return { chance: u / rounds ** 2, median: times[rounds]?.milliseconds ?? 0 };
}

/**
 * Where times tell nothing, the chance lies around one half with this standard deviation (Mann and Whitney 1947). Four of
 * them are exceeded by accident once in 15,000 times, and mean that whoever guesses by one answer is right in 62 of 100
 * cases at the most.
 */
const deviation = (rounds: number) => Math.sqrt((2 * rounds + 1) / (12 * rounds ** 2));
const bound = 4 * deviation(people);

describe('the time of an answer', () => {
  test.each(names)(
    'of %s does not tell a stranger from somebody who is known',
    async (call) => {
      const { chance } = await distinguishability(call, { rounds: people });
      expect(Math.abs(chance - 0.5)).toBeLessThan(bound);
    },
    120_000,
  );

  test('would tell, if the server took half as long again for strangers', async () => {
    const { median } = await distinguishability('flow', { rounds: 40 });
    const slower = await rig.another({ tamper: (store) => slowForStrangers(store, Math.max(2, median / 2)) });
    try {
      const { chance } = await distinguishability('flow', { rounds: people, address: slower.address });
      expect(chance - 0.5).toBeGreaterThan(bound);
    } finally {
      await slower.close();
    }
  }, 120_000);
});

function slowForStrangers(store: Store, milliseconds: number): Store {
  return {
    ...store,
    transaction: (tenantId, work) =>
      store.transaction(tenantId, (tables) =>
        work({
          ...tables,
          authenticators: {
            ...tables.authenticators,
            async findByUsername(username) {
              const found = await tables.authenticators.findByUsername(username);
              if (found === null) await pause(milliseconds);
              return found;
            },
          },
        }),
      ),
  };
}
