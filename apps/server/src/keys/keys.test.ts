import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { orderType, receiptType } from '@keywarden/api';
import type { OpenIdKeys } from '@keywarden/domain';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  decodeJwt,
  exportJWK,
  generateKeyPair,
  importJWK,
  jwtVerify,
  SignJWT,
} from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, signingKeyTable } from '../storage/index.ts';
import { loadMasterKey, readMasterKey } from './master-key.ts';
import { createOrderSigner, createReceipts } from './orders.ts';
import { createPasswordHasher } from './passwords.ts';
import { randomPortion } from './random-bytes.ts';
import { createOpenIdKeys, createSigningKeys, type SigningKeys } from './signing-keys.ts';
import { createRandom, uuidVersion7 } from './surroundings.ts';
import { createTenantSecrets } from './tenant-secrets.ts';

const now = new Date('2026-03-01T12:00:00.000Z');
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');
const bytes = (words: string) => new Uint8Array(Buffer.from(words));

describe('the master key', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keywarden-key-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('is made once, for its owner alone, also by two servers at once', async () => {
    const file = join(folder, 'new', 'master.key');
    const keys = await Promise.all([loadMasterKey(file), loadMasterKey(file), loadMasterKey(file)]);
    expect(keys[0]).toHaveLength(32);
    expect(keys[1]).toEqual(keys[0]);
    expect(keys[2]).toEqual(keys[0]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'new'))).toEqual(['master.key']);
    expect(await loadMasterKey(file)).toEqual(keys[0]);
  });

  test('is refused where others can read it, and never made anew over one that is damaged', async () => {
    const file = join(folder, 'master.key');
    await loadMasterKey(file);
    await chmod(file, 0o644);
    await expect(loadMasterKey(file)).rejects.toMatchObject({ code: 'master-key-exposed' });
    await writeFile(file, 'short', { mode: 0o600 });
    await chmod(file, 0o600);
    await expect(loadMasterKey(file)).rejects.toMatchObject({ code: 'master-key-malformed' });
    expect(await readFile(file, 'utf8')).toBe('short');
  });

  test('comes from the environment as base64url or hexadecimal of 32 bytes, nothing else', () => {
    const key = new Uint8Array(32).fill(7);
    expect(readMasterKey(Buffer.from(key).toString('hex'))).toEqual(key);
    expect(readMasterKey(Buffer.from(key).toString('base64url'))).toEqual(key);
    for (const wrong of ['', 'password', 'a'.repeat(44), `${'a'.repeat(42)}+`, '0'.repeat(62)]) {
      expect(() => readMasterKey(wrong)).toThrow('32 bytes');
    }
  });
});

describe('sealing', () => {
  const secrets = createTenantSecrets(new Uint8Array(32).fill(1));

  test('opens for the same tenant and purpose', async () => {
    const sealed = await secrets.seal('demo', 'pin', bytes('123456'));
    expect(text(await secrets.open('demo', 'pin', sealed))).toBe('123456');
    expect(text(await secrets.open('demo', 'pin', await secrets.seal('demo', 'pin', bytes(''))))).toBe('');
  });

  test('twice the same gives different bytes, none of them the secret', async () => {
    const [one, other] = [
      await secrets.seal('demo', 'pin', bytes('secret')),
      await secrets.seal('demo', 'pin', bytes('secret')),
    ];
    expect(one).not.toEqual(other);
    expect(text(one)).not.toContain('secret');
  });

  test.each([
    ['another tenant', 'other', 'pin'],
    ['another purpose', 'demo', 'password'],
    ['a tenant and a purpose that only look the same when joined', 'dem', 'o pin'],
  ])('does not open for %s', async (_case, tenantId, purpose) => {
    const sealed = await secrets.seal('demo', 'pin', bytes('123456'));
    await expect(secrets.open(tenantId, purpose, sealed)).rejects.toMatchObject({
      code: 'sealed-for-another',
    });
  });

  test('does not open under another master key, nor with any bit changed, nor cut short', async () => {
    const sealed = await secrets.seal('demo', 'pin', bytes('123456'));
    const other = createTenantSecrets(new Uint8Array(32).fill(2));
    await expect(other.open('demo', 'pin', sealed)).rejects.toMatchObject({ code: 'sealed-for-another' });
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Uint8Array.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      await expect(secrets.open('demo', 'pin', changed)).rejects.toThrow();
    }
    for (const cut of [0, 1, 12, 28, sealed.length - 1]) {
      await expect(secrets.open('demo', 'pin', sealed.subarray(0, cut))).rejects.toThrow();
    }
  });

  test('derived keys are the same again, and differ by tenant and purpose', async () => {
    const key = await secrets.key('demo', 'decoys');
    expect(key.symmetricKeySize).toBe(32);
    expect((await createTenantSecrets(new Uint8Array(32).fill(1)).key('demo', 'decoys')).equals(key)).toBe(
      true,
    );
    expect((await secrets.key('demo', 'cookies')).equals(key)).toBe(false);
    expect((await secrets.key('other', 'decoys')).equals(key)).toBe(false);
  });
});

/** A fake database: one list of signing keys per tenant, transactions one after another. */
function fakeDatabase(): Database & { transactions: number } {
  const rows = new Map<string, Record<string, unknown>[]>();
  let turn: Promise<unknown> = Promise.resolve();
  const database = {
    transactions: 0,
    transaction<T>(tenantId: string, work: (session: never) => Promise<T>): Promise<T> {
      const table = rows.get(tenantId) ?? [];
      rows.set(tenantId, table);
      const session = {
        tenantId,
        rows: async (_query: unknown, [kind]: unknown[]) =>
          table
            .filter((row) => row['kind'] === kind)
            .sort((a, b) => Number(b['created_at']) - Number(a['created_at'])),
        run: async (query: { name: string }, values: unknown[]) => {
          const [key_id, kind, algorithm, publicKey, sealed_private_key, created_at] = values;
          const index = table.findIndex((row) => row['key_id'] === key_id);
          switch (query.name) {
            case 'signing-key.insert': {
              const public_key: unknown = JSON.parse(String(publicKey));
              const [signs_from, retired_at] = values.slice(6);
              const times = { created_at, signs_from, retired_at };
              table.push({ key_id, kind, algorithm, public_key, sealed_private_key, ...times });
              return 1;
            }
            case 'signing-key.sign-from':
              Object.assign(table[index] ?? {}, { signs_from: kind, retired_at: null });
              return 1;
            case 'signing-key.retire':
              Object.assign(table[index] ?? {}, { retired_at: kind });
              return 1;
            case 'signing-key.delete':
              table.splice(index, 1);
              return 1;
            default:
              return 0;
          }
        },
      };
      database.transactions += 1;
      const mine = turn.then(() => work(session as never));
      turn = mine.catch(() => {});
      return mine;
    },
    installationTransaction: async () => {
      throw new Error('no key belongs to the installation');
    },
    tenantIds: async () => [...rows.keys()],
    ping: async () => {},
    close: async () => {},
  };
  return database;
}

const surroundings = { publicUrl: 'http://localhost:8080', workstationUrl: 'ws://127.0.0.1:9333' };

function newKeys(): { keys: SigningKeys; database: ReturnType<typeof fakeDatabase>; clock: { now: Date } } {
  const database = fakeDatabase();
  const clock = { now };
  const secrets = createTenantSecrets(new Uint8Array(32));
  return { keys: createSigningKeys({ database, secrets, now: () => clock.now }), database, clock };
}

const openIdKeysOf = (
  keys: SigningKeys,
  { database, clock }: { database: Database; clock: { readonly now: Date } },
  rotationInterval: number | null = null,
) =>
  createOpenIdKeys(keys, {
    database,
    secrets: createTenantSecrets(new Uint8Array(32)),
    now: () => clock.now,
    rotationInterval,
  });

describe('the rotation of OpenID’s keys', () => {
  const day = 86_400_000;
  const state = async (openIdKeys: OpenIdKeys, algorithm = 'ES256') =>
    (await openIdKeys.list('demo'))
      .filter((key) => key.algorithm === algorithm)
      .map((key) => key.state)
      .join(' ');
  const first = async (openIdKeys: OpenIdKeys) => (await openIdKeys.privateKeys('demo'))[0]?.['kid'];

  test('the next key is published a day before it signs, the old one stays until its last token is over', async () => {
    const { keys, database, clock } = newKeys();
    const openIdKeys = openIdKeysOf(keys, { database, clock }, 30 * day);
    await openIdKeys.complete('demo', async () => true);
    const old = await first(openIdKeys);
    const pass = (milliseconds: number) => {
      clock.now = new Date(clock.now.getTime() + milliseconds);
    };
    pass(28 * day);
    expect(await openIdKeys.rotate('demo', 'due')).toBe(false);
    pass(1 * day);
    expect(await openIdKeys.rotate('demo', 'due')).toBe(true);
    expect(await openIdKeys.rotate('demo', 'due')).toBe(false);
    expect(await state(openIdKeys)).toBe('signing next');
    expect(await state(openIdKeys, 'RS256')).toBe('signing next');
    expect(await first(openIdKeys)).toBe(old);
    const version = await openIdKeys.version('demo');
    pass(1 * day);
    expect(await first(openIdKeys)).not.toBe(old);
    expect(await openIdKeys.version('demo')).not.toBe(version);
    expect(await state(openIdKeys)).toBe('signing previous');
    pass(14 * day - 1);
    expect(await openIdKeys.rotate('demo', 'due')).toBe(false);
    expect(await state(openIdKeys)).toBe('signing previous');
    pass(1);
    expect(await state(openIdKeys)).toBe('signing');
    const rows = () => database.transaction('demo', (session) => signingKeyTable(session).list('oidc'));
    expect(await rows()).toHaveLength(4);
    await openIdKeys.rotate('demo', 'due');
    expect(await rows()).toHaveLength(2);
  });

  test('several servers at once publish one next key', async () => {
    const { keys, database, clock } = newKeys();
    const servers = [1, 2, 3].map(() => openIdKeysOf(keys, { database, clock }, 30 * day));
    await servers[0]?.privateKeys('demo');
    clock.now = new Date(clock.now.getTime() + 40 * day);
    const changed = await Promise.all(servers.map((server) => server.rotate('demo', 'due')));
    expect(changed.filter(Boolean)).toHaveLength(1);
    for (const server of servers) expect(await state(server)).toBe('signing next');
  });

  test('soon: a key signs in two minutes, and one that waits already is the one', async () => {
    const { keys, database, clock } = newKeys();
    const openIdKeys = openIdKeysOf(keys, { database, clock }, 30 * day);
    const old = await first(openIdKeys);
    clock.now = new Date(clock.now.getTime() + 29 * day);
    await openIdKeys.rotate('demo', 'due');
    expect(await openIdKeys.rotate('demo', 'soon')).toBe(true);
    expect(await openIdKeys.rotate('demo', 'soon')).toBe(false);
    expect(await state(openIdKeys)).toBe('signing next');
    clock.now = new Date(clock.now.getTime() + 120_000);
    expect(await first(openIdKeys)).not.toBe(old);
    expect(await state(openIdKeys)).toBe('signing previous');
  });

  test('withdrawn: new keys sign at once and the old ones are gone', async () => {
    const { keys, database, clock } = newKeys();
    const openIdKeys = openIdKeysOf(keys, { database, clock });
    await openIdKeys.complete('demo', async () => true);
    const before = (await openIdKeys.privateKeys('demo')).map((key) => key['kid']);
    expect(await openIdKeys.rotate('demo', 'withdraw')).toBe(true);
    const after = (await openIdKeys.privateKeys('demo')).map((key) => key['kid']);
    expect(after).toHaveLength(2);
    expect(after.some((kid) => before.includes(kid))).toBe(false);
    // Without an interval nothing happens by itself.
    clock.now = new Date(clock.now.getTime() + 4000 * day);
    expect(await openIdKeys.rotate('demo', 'due')).toBe(false);
  });

  test('a tenant that never needed a key is not given one', async () => {
    const { keys, database, clock } = newKeys();
    expect(await openIdKeysOf(keys, { database, clock }, day).rotate('demo', 'due')).toBe(false);
    expect(await database.transaction('demo', (session) => signingKeyTable(session).list('oidc'))).toEqual(
      [],
    );
  });
});

describe('signing keys', () => {
  test('are made when first needed, once, also for many at once and for two servers', async () => {
    const { keys, database, clock } = newKeys();
    const other = createSigningKeys({
      database,
      secrets: createTenantSecrets(new Uint8Array(32)),
      now: () => clock.now,
    });
    const all = await Promise.all([
      keys.of('demo', 'order'),
      keys.of('demo', 'order'),
      other.of('demo', 'order'),
    ]);
    expect(new Set(all.flat().map((key) => key.keyId)).size).toBe(1);
    const [key] = all[0] ?? [];
    expect(key?.keyId).toBe(await calculateJwkThumbprint(key?.publicJwk ?? { kty: '' }));
    expect(key?.publicJwk).not.toHaveProperty('d');
    expect((await keys.of('other', 'order'))[0]?.keyId).not.toBe(key?.keyId);
  });

  test('of OpenID sign with ES256 first, RS256 for whom that is all she knows', async () => {
    const { keys, database, clock } = newKeys();
    const openIdKeys = openIdKeysOf(keys, { database, clock });
    await openIdKeys.complete('demo', async () => true);
    const jwks = await openIdKeys.privateKeys('demo');
    expect(jwks.map((key) => [key['alg'], key['kty'], key['use']])).toEqual([
      ['ES256', 'EC', 'sig'],
      ['RS256', 'RSA', 'sig'],
    ]);
    expect(jwks.every((key) => typeof key['d'] === 'string' && typeof key['kid'] === 'string')).toBe(true);
  });

  test('of OpenID have no RSA key until they are shown, then one, for all who ask at once and on every server', async () => {
    const { keys, database, clock } = newKeys();
    const [one, other] = [
      openIdKeysOf(keys, { database, clock }),
      openIdKeysOf(
        createSigningKeys({
          database,
          secrets: createTenantSecrets(new Uint8Array(32)),
          now: () => clock.now,
        }),
        { database, clock },
      ),
    ];
    const algorithms = async (of: OpenIdKeys) => (await of.privateKeys('demo')).map((key) => key['alg']);
    expect(await algorithms(one)).toEqual(['ES256']);
    expect(await algorithms(other)).toEqual(['ES256']);
    const version = await one.version('demo');
    await Promise.all([one, one, other].map((of) => of.complete('demo', async () => true)));
    expect(await algorithms(one)).toEqual(['ES256', 'RS256']);
    expect(await other.version('demo')).toBe(await one.version('demo'));
    expect(await one.version('demo')).not.toBe(version);
    expect(
      await database.transaction('demo', (session) => signingKeyTable(session).list('oidc')),
    ).toHaveLength(2);
    const before = database.transactions;
    await one.complete('demo', async () => true);
    expect(database.transactions).toBe(before);
  });

  test('that another server completed are seen within seconds', async () => {
    const { keys, database, clock } = newKeys();
    const other = createSigningKeys({
      database,
      secrets: createTenantSecrets(new Uint8Array(32)),
      now: () => clock.now,
    });
    expect(await other.of('demo', 'oidc')).toHaveLength(1);
    await keys.complete('demo', 'oidc', async () => true);
    expect(await other.of('demo', 'oidc')).toHaveLength(1);
    clock.now = new Date(now.getTime() + 5000);
    expect(await other.of('demo', 'oidc')).toHaveLength(2);
  });

  test('of a tenant that is not there are not made', async () => {
    const { keys, database } = newKeys();
    await keys.complete('nobody', 'oidc', async () => false);
    expect(await database.transaction('nobody', (session) => signingKeyTable(session).list('oidc'))).toEqual(
      [],
    );
  });

  test('are remembered for a minute', async () => {
    const { keys, database, clock } = newKeys();
    await keys.of('demo', 'order');
    const before = database.transactions;
    await keys.of('demo', 'order');
    expect(database.transactions).toBe(before);
    clock.now = new Date(now.getTime() + 61_000);
    await keys.of('demo', 'order');
    expect(database.transactions).toBe(before + 1);
  });
});

describe('orders', () => {
  test('are compact JWS of the tenant, for one workstation, with their own time', async () => {
    const { keys } = newKeys();
    const signer = createOrderSigner({ keys, surroundings });
    const orderId = '01900000-0000-7000-8000-000000000001';
    const order = await signer.sign('demo', {
      orderId,
      workstationId: 'workstation-1',
      issuedAt: now,
      expiresAt: new Date(now.getTime() + 120_000),
      action: { action: 'session', identify: { rpId: 'demo.asset-tag.localhost', challenge: 'AAAA' } },
    });
    const [jwk] = await signer.publicKeys('demo');
    const key = await importJWK({ ...jwk, kty: 'EC' }, 'ES256');
    const { payload, protectedHeader } = await jwtVerify(order, key, { typ: orderType, currentDate: now });
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: orderType, kid: jwk?.['kid'] });
    expect(payload).toEqual({
      iss: 'http://localhost:8080/demo',
      aud: 'workstation-1',
      jti: orderId,
      iat: now.getTime() / 1000,
      exp: now.getTime() / 1000 + 120,
      order: { action: 'session', identify: { rpId: 'demo.asset-tag.localhost', challenge: 'AAAA' } },
    });
  });

  test('that do not fit the wire are never signed', async () => {
    const signer = createOrderSigner({ keys: newKeys().keys, surroundings });
    await expect(
      signer.sign('demo', {
        orderId: 'no uuid',
        workstationId: 'w',
        issuedAt: now,
        expiresAt: now,
        action: { action: 'reset', device: 'd' },
      }),
    ).rejects.toThrow('schema');
  });
});

describe('receipts', () => {
  const receipts = createReceipts({ surroundings, now: () => now });
  let privateKey: CryptoKey;
  let jwk: Record<string, unknown>;
  beforeAll(async () => {
    const pair = await generateKeyPair('ES256', { extractable: true });
    privateKey = pair.privateKey;
    jwk = { ...(await exportJWK(pair.publicKey)) };
  });

  const claims = {
    iss: 'workstation-1',
    aud: 'http://localhost:8080/demo',
    jti: '01900000-0000-7000-8000-000000000001',
    iat: now.getTime() / 1000,
    result: { action: 'remove-credential', removed: 1 },
  };
  const sign = (changes: object = {}, header: object = {}) =>
    new SignJWT({ ...claims, ...changes })
      .setProtectedHeader({ alg: 'ES256', typ: receiptType, ...header })
      .sign(privateKey);
  const keyOf = async (id: string) => (id === 'workstation-1' ? jwk : null);

  test('are believed when the paired key signed them for this tenant', async () => {
    expect(await receipts.verify('demo', await sign(), keyOf)).toEqual({
      orderId: claims.jti,
      workstationId: 'workstation-1',
      result: claims.result,
    });
  });

  test.each([
    ['another tenant’s', { aud: 'http://localhost:8080/other' }, {}],
    ['of a workstation that is not paired', { iss: 'workstation-2' }, {}],
    ['without an order', { jti: undefined }, {}],
    ['without a time', { iat: undefined }, {}],
    ['older than a day', { iat: claims.iat - 25 * 3600 }, {}],
    ['from the future', { iat: claims.iat + 3600 }, {}],
    ['of another type', {}, { typ: orderType }],
    ['with a result that nobody knows', { result: { action: 'dance' } }, {}],
  ])('are refused when they are %s', async (_case, changes, header) => {
    const receipt = await sign(changes, header);
    await expect(receipts.verify('demo', receipt, keyOf)).rejects.toMatchObject({ code: 'receipt-rejected' });
  });

  test('are refused without, with a changed, or with a foreign signature', async () => {
    const good = await sign();
    const [header = '', payload = '', signature = ''] = good.split('.');
    const changed = Buffer.from(
      JSON.stringify({ ...decodeJwt(good), result: { action: 'remove-credential', removed: 9 } }),
    );
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: receiptType })).toString('base64url');
    const stranger = await generateKeyPair('ES256');
    const foreign = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', typ: receiptType })
      .sign(stranger.privateKey);
    // The public key as an HMAC secret: what a verifier falls for that believes the header.
    const confused = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: receiptType })
      .sign(Buffer.from(JSON.stringify(jwk)));
    for (const receipt of [
      `${header}.${changed.toString('base64url')}.${signature}`,
      `${none}.${payload}.`,
      foreign,
      confused,
      'no receipt',
      '',
    ]) {
      await expect(receipts.verify('demo', receipt, keyOf)).rejects.toMatchObject({
        code: 'receipt-rejected',
      });
    }
  });
});

describe('passwords', () => {
  const passwords = createPasswordHasher();

  test('are kept as argon2id with 19 MiB, two passes and one lane', async () => {
    const hash = await passwords.hash('correct horse');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await passwords.verify(hash, 'correct horse')).toBe(true);
    expect(await passwords.verify(hash, 'correct hors')).toBe(false);
  });

  test('are the same however the keyboard composed them', async () => {
    const hash = await passwords.hash('Zoe\u0308');
    expect(await passwords.verify(hash, 'Zo\u00EB')).toBe(true);
  });

  test('of nobody take as long as anybody’s, and are wrong', async () => {
    const hash = await passwords.hash('secret');
    expect(await passwords.verify(null, 'nobody has this password')).toBe(false);
    const time = async (stored: string | null) => {
      const before = performance.now();
      await passwords.verify(stored, 'wrong');
      return performance.now() - before;
    };
    const times: { readonly somebody: number; readonly nobody: number }[] = [];
    for (let round = 0; round < 5; round += 1) {
      times.push({ somebody: await time(hash), nobody: await time(null) });
    }
    // The least of each: the rest is what other programs of this machine took.
    const least = (of: 'somebody' | 'nobody') => Math.min(...times.map((round) => round[of]));
    expect(least('nobody')).toBeGreaterThan(least('somebody') / 2);
  });

  test('of a megabyte are wrong and no work', async () => {
    const hash = await passwords.hash('a'.repeat(1024));
    expect(await passwords.verify(hash, 'a'.repeat(1024))).toBe(true);
    expect(await passwords.verify(hash, 'a'.repeat(1_000_000))).toBe(false);
  });
});

describe('random bytes', () => {
  test('are given once, in any portions, and share no memory', () => {
    const lengths = Array.from({ length: 5_000 }, (_, number) => [10, 12, 32, 64, 65][number % 5] ?? 0);
    const portions = lengths.map(randomPortion);
    expect(portions.map(({ length }) => length)).toEqual(lengths);
    expect(new Set(portions.map((portion) => Buffer.from(portion).toString('hex'))).size).toBe(
      portions.length,
    );
    // The first eight bytes of two portions are the same once in 10^12 such runs.
    expect(new Set(portions.map((portion) => Buffer.from(portion.subarray(0, 8)).toString('hex'))).size).toBe(
      portions.length,
    );
    const [one, other] = [randomPortion(32), randomPortion(32)];
    const before = Buffer.from(other).toString('hex');
    one.fill(0);
    new Uint8Array(one.buffer).fill(0);
    expect(Buffer.from(other).toString('hex')).toBe(before);
    expect(randomPortion(32).some((byte) => byte !== 0)).toBe(true);
  });
});

describe('random ids', () => {
  test('are UUID version 7 of the clock’s millisecond (RFC 9562 §A.6)', () => {
    const random = Buffer.from('0000 18c4dc0c0c07398f'.replace(' ', ''), 'hex');
    expect(uuidVersion7({ milliseconds: 0x017f22e279b0, counter: 0xcc3, random })).toBe(
      '017f22e2-79b0-7cc3-98c4-dc0c0c07398f',
    );
  });

  test('keep their order within a millisecond and when the clock goes back, and never repeat', () => {
    const clock = { now: () => now, wait: async () => {} };
    let time = now.getTime();
    const random = createRandom({ ...clock, now: () => new Date(time) });
    const ids: string[] = [];
    for (let number = 0; number < 10_000; number += 1) {
      if (number === 5_000) time -= 1_000;
      ids.push(random.uuid());
    }
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(ids.length);
  });
});
