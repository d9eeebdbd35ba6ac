import { createHash, randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type Factor,
  type OneTimeCodeFactor,
  oneTimeCodePurpose,
  type Store,
  usualWorkflow,
  type Workflow,
} from '@keywarden/domain';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pushRequest, type Reply, Transaction } from './authentication/back-end-client.ts';
import { openServer, type Room, type ServerRig } from './authentication/rig.ts';

/** How many there are of whom the server knows, and of whom it does not. */
const people = 200;
/** And those whom the first calls of a server are asked of. */
const warm = 5;
const known = (number: number) => `known-${number}`;
const unknown = (number: number) => `stranger-${number}`;

const passwordFactor = usualWorkflow.firstFactors.find((factor) => factor.type === 'LOGIN');

function oneTimeCode(method: OneTimeCodeFactor['method'], code: string): Factor {
  if (passwordFactor === undefined) throw new Error('the usual workflow has a password factor');
  return {
    ...passwordFactor,
    type: 'OTP',
    method,
    factorId: `factor.${method}`,
    code,
    acr: `acr_${method}`,
    enrollActions: [],
  };
}

/** Everything that can be asked of somebody before anything is proven. */
const workflow: Workflow = {
  ...usualWorkflow,
  firstFactors: [
    ...usualWorkflow.firstFactors,
    oneTimeCode('totp', 'AT_TOTP'),
    oneTimeCode('email', 'AT_EMAILOTP'),
  ].map((factor) => ({ ...factor, retry: 10 })),
};

interface Call {
  readonly path: string;
  readonly members: (username: string) => Record<string, unknown>;
  readonly status: number;
  /** Asked of the same user just before, untimed. */
  readonly before?: Call;
  /** How often one transaction may be asked. */
  readonly times: number;
  /** People, and as many strangers; fewer where an answer takes long. */
  readonly rounds: number;
  /** Where people may enroll their first passkey unproven. */
  readonly open?: true;
}

const ofCode = (members: Record<string, unknown>) => (username: string) => ({ ...members, username });
const mailedCode: Call = {
  path: '/code',
  members: ofCode({ grant_type: 'otp_challenge', authType: 'AT_EMAILOTP' }),
  status: 200,
  times: 3,
  rounds: people,
};

/** Calls that say something of a username before anything is proven. */
const calls = {
  flow: {
    path: '/flow',
    members: (username) => ({ username }),
    status: 200,
    times: Number.POSITIVE_INFINITY,
    rounds: people,
  },
  fido_challenge: {
    path: '/code',
    members: ofCode({ grant_type: 'fido_challenge', authType: 'AT_FIDO' }),
    status: 200,
    times: Number.POSITIVE_INFINITY,
    rounds: people,
  },
  enroll: {
    path: '/enroll/fido',
    members: ofCode({ enroll_step: 'getcredentialoptions', authType: 'AT_FIDO' }),
    status: 200,
    times: Number.POSITIVE_INFINITY,
    rounds: people,
    open: true,
  },
  otp_challenge: mailedCode,
  'a wrong password': {
    path: '/code',
    members: ofCode({ grant_type: 'password', authType: 'AT_EMPPWD', password: 'wrong' }),
    status: 400,
    times: 9,
    rounds: 80,
  },
  'a wrong code of an app': {
    path: '/code',
    members: ofCode({ grant_type: 'password', authType: 'AT_TOTP', password: '000000' }),
    status: 400,
    times: 9,
    rounds: people,
  },
  'a wrong mailed code': {
    path: '/code',
    members: ofCode({ grant_type: 'password', authType: 'AT_EMAILOTP', password: '00000000' }),
    status: 400,
    before: mailedCode,
    times: 3,
    rounds: 100,
  },
} as const satisfies Record<string, Call>;
type CallName = keyof typeof calls;
const names = Object.keys(calls) as CallName[];
const callOf = (name: CallName): Call => calls[name];

let rig: ServerRig;
/** Where everybody who is known has a password, an app, a passkey and an address. */
let closed: Room;
/** Where people may enroll their first passkey unproven, and nobody who is known has anything to prove herself by. */
let open: Room;

beforeAll(async () => {
  // Nothing is sent: mails are intended, and nobody carries them out here.
  rig = await openServer({
    mail: { url: new URL('smtp://127.0.0.1:1'), from: { name: 'Nobody', address: 'nobody@test.example' } },
    slowPasswords: true,
  });
  closed = await rig.furnish({ workflow });
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
    await client.query('BEGIN; SET search_path = keywarden; SET session_replication_role = replica');
    const hash = await rig.ports.passwords.hash(randomBytes(9).toString('base64url'));
    const secret = await rig.ports.secrets.seal(tenantId, oneTimeCodePurpose, randomBytes(20));
    for (let number = 0; number < people + warm; number += 1) {
      const username = known(number);
      const { rows } = await client.query<{ user_id: string }>(
        `INSERT INTO users (tenant_id, user_id, username, display_name, email, status, created_at)
         VALUES ($1, gen_random_uuid(), $2, $2, $2 || '@test.example', 'active', now()) RETURNING user_id`,
        [tenantId, username],
      );
      if (!authenticators) continue;
      const [userId, kind] = [rows[0]?.user_id, kinds[number % kinds.length]];
      const credentialId = createHash('sha512').update(username).digest().subarray(0, kind?.length);
      await client.query('INSERT INTO passwords (tenant_id, user_id, hash) VALUES ($1, $2, $3)', [
        tenantId,
        userId,
        hash,
      ]);
      await client.query(
        `INSERT INTO one_time_code_apps
           (tenant_id, app_id, user_id, auth_type, friendly_name, sealed_secret, status, failures, created_at)
         VALUES ($1, gen_random_uuid(), $2, 'AT_TOTP', 'App', $3, 'ACTIVE', 0, now())`,
        [tenantId, userId, secret],
      );
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
    await client.query('COMMIT');
    await client.query('ANALYZE');
  } finally {
    await client.end();
  }
}

/** Asks of one user after the other, in as few transactions as the service allows. */
class Asker {
  readonly #call: Call;
  readonly #address: string;
  #transaction: Transaction | null = null;
  #left = 0;

  constructor(name: CallName, address = rig.publicUrl) {
    this.#call = callOf(name);
    this.#address = address;
  }

  async ask(username: string): Promise<{ readonly reply: Reply; readonly milliseconds: number }> {
    const { path, members, status, before, times } = this.#call;
    if (this.#transaction === null || this.#left === 0) {
      this.#transaction = await this.#begin();
      this.#left = times;
    }
    this.#left -= 1;
    const transaction = this.#transaction;
    if (before !== undefined) await transaction.call(before.path, before.members(username));
    const began = performance.now();
    const reply = await transaction.call(path, members(username));
    const milliseconds = performance.now() - began;
    expect({ username, status: reply.status, body: reply.body }).toMatchObject({ status });
    return { reply, milliseconds };
  }

  async #begin(): Promise<Transaction> {
    const room = this.#call.open === true ? open : closed;
    const { requestUri } = await pushRequest(room.client);
    return new Transaction(`${this.#address}/${room.tenantId}`, requestUri);
  }
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

interface Compared {
  /**
   * How well the time of an answer tells a stranger from somebody who is known: the chance that a stranger's answer took
   * longer (Mann and Whitney's U over the number of pairs). One half: not at all.
   */
  readonly chance: number;
  /** Milliseconds. */
  readonly median: number;
  /** How often each shape came. */
  readonly shapes: { readonly known: Map<string, number>; readonly strange: Map<string, number> };
}

/** Both kinds take turns in random order, so whatever else keeps the machine busy falls on both. */
async function compare(
  name: CallName,
  { address, rounds = callOf(name).rounds }: { readonly address?: string; readonly rounds?: number } = {},
): Promise<Compared> {
  const asker = new Asker(name, address);
  // The first calls of a server take longer; these people are asked of once.
  for (let number = 0; number < warm; number += 1) {
    await asker.ask(known(people + number));
    await asker.ask(unknown(people + number));
  }
  const times: { readonly stranger: boolean; readonly milliseconds: number }[] = [];
  const shapes = { known: new Map<string, number>(), strange: new Map<string, number>() };
  for (let number = 0; number < rounds; number += 1) {
    const first = Math.random() < 0.5;
    for (const stranger of [first, !first]) {
      const { reply, milliseconds } = await asker.ask(stranger ? unknown(number) : known(number));
      times.push({ stranger, milliseconds });
      const [shape, found] = [shapeOf(reply), stranger ? shapes.strange : shapes.known];
      found.set(shape, (found.get(shape) ?? 0) + 1);
    }
  }
  times.sort((one, other) => one.milliseconds - other.milliseconds);
  let strangersRanks = 0;
  for (const [rank, { stranger }] of times.entries()) if (stranger) strangersRanks += rank + 1;
  const u = strangersRanks - (rounds * (rounds + 1)) / 2;
  return { chance: u / rounds ** 2, median: times[rounds]?.milliseconds ?? 0, shapes };
}

/**
 * Where times tell nothing, the chance lies around one half with this standard deviation (Mann and Whitney 1947). Four of
 * them are exceeded by accident once in 15,000 times. For 200 people they mean that whoever guesses by one answer is right
 * in 62 of 100 cases at the most; for 80, in 69.
 */
const deviation = (rounds: number) => Math.sqrt((2 * rounds + 1) / (12 * rounds ** 2));
const boundOf = (name: CallName) => 4 * deviation(callOf(name).rounds);

describe('usernames that somebody has and as many that nobody has', () => {
  test.each(names)(
    'get answers of the same shapes from %s, in times that do not tell them apart',
    async (name) => {
      const { chance, shapes } = await compare(name);
      expect([...shapes.strange.keys()].sort()).toEqual([...shapes.known.keys()].sort());
      // Two transports or one: as often among decoys as in the field.
      for (const [shape, count] of shapes.known) {
        expect(Math.abs((shapes.strange.get(shape) ?? 0) - count)).toBeLessThan(60);
      }
      expect(Math.abs(chance - 0.5)).toBeLessThan(boundOf(name));
    },
    120_000,
  );

  test('would be told apart, if the server took half as long again for strangers', async () => {
    const { median } = await compare('flow', { rounds: 40 });
    const slower = await rig.another({ tamper: (store) => slowForStrangers(store, Math.max(2, median / 2)) });
    try {
      const { chance } = await compare('flow', { address: slower.address });
      expect(chance - 0.5).toBeGreaterThan(boundOf('flow'));
    } finally {
      await slower.close();
    }
  }, 120_000);

  test('are refused alike where nothing was proven', async () => {
    const transaction = new Transaction(closed.issuer, (await pushRequest(closed.client)).requestUri);
    const answers = [];
    for (const username of [known(1), unknown(1)]) {
      answers.push(await transaction.call(calls.enroll.path, calls.enroll.members(username)));
    }
    const [first, second] = answers.map(({ status, body }) => ({ status, body }));
    expect(first).toMatchObject({ status: 403, body: { error: 'access_denied' } });
    expect(second).toEqual(first);
  });

  test('get the same answer again, but for the challenge', async () => {
    const asker = new Asker('fido_challenge');
    for (const username of [known(2), unknown(2)]) {
      const [first, second] = [await asker.ask(username), await asker.ask(username)];
      expect(second.reply.body.allowCredentials).toEqual(first.reply.body.allowCredentials);
      expect(second.reply.body.challenge).not.toBe(first.reply.body.challenge);
    }
  });
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
