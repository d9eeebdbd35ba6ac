import { randomUUID } from 'node:crypto';
import {
  type Connection,
  type Credential,
  deviceOf,
  type KeyFacts,
  type PasskeyDevice,
} from '@keywarden/domain';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authenticatorTable } from '../src/storage/authn-authenticators.ts';
import type { Database } from '../src/storage/index.ts';
import { secretTable, signingKeyTable } from '../src/storage/keys.ts';
import { statement } from '../src/storage/session.ts';
import {
  at,
  later,
  newCredential,
  newDevice,
  newEnrollment,
  openWarehouse,
  rules,
  type Warehouse,
  type Within,
} from './storage/warehouse.ts';

let warehouse: Warehouse;
let database: Database;
let superuser: pg.Client;

beforeAll(async () => {
  warehouse = await openWarehouse();
  ({ database, superuser } = warehouse);
});
afterAll(() => warehouse.close());

const within: Within = (tenantId, work) => warehouse.within(tenantId, work);
const furnish = () => warehouse.furnish();

describe('tenants and identity providers', () => {
  test('are kept with their default', async () => {
    const room = await furnish();
    await within(room.tenantId, async (tables) => {
      expect(await tables.tenants.get()).toEqual({
        tenantId: room.tenantId,
        name: 'A tenant',
        defaultIdentityProviderId: room.identityProviderId,
        createdAt: at,
      });
      await tables.tenants.setDefaultIdentityProvider(null);
      expect((await tables.tenants.get())?.defaultIdentityProviderId).toBeNull();
      await tables.identityProviders.setStatus(room.identityProviderId, 'inactive');
      expect(await tables.identityProviders.list()).toEqual([
        {
          identityProviderId: room.identityProviderId,
          kind: 'built-in',
          name: 'Built-in directory',
          status: 'inactive',
          createdAt: at,
        },
      ]);
    });
    expect(await within('nobody', (tables) => tables.tenants.get())).toBeNull();
  });

  test("another tenant's identity provider can't become the default", async () => {
    const [mine, theirs] = [await furnish(), await furnish()];
    await expect(
      within(mine.tenantId, (tables) => tables.tenants.setDefaultIdentityProvider(theirs.identityProviderId)),
    ).rejects.toThrow('foreign key');
  });
});

describe('users and passwords', () => {
  test('a username is unique in its tenant in whatever case, and keeps the spelling that it was given', async () => {
    const [room, other] = [await furnish(), await furnish()];
    const user = { displayName: 'B', email: null, status: 'active' as const, createdAt: at };
    for (const username of ['alice', 'Alice']) {
      await expect(
        within(room.tenantId, (tables) => tables.users.insert({ ...user, userId: randomUUID(), username })),
      ).rejects.toMatchObject({ code: 'username-taken' });
    }
    await within(room.tenantId, (tables) =>
      tables.users.insert({ ...user, userId: randomUUID(), username: 'Zo\u00eb' }),
    );
    await within(room.tenantId, async (tables) => {
      expect((await tables.users.findByUsername('ALICE'))?.userId).toBe(room.userId);
      expect((await tables.users.findByUsername('ZO\u00cb'))?.username).toBe('Zo\u00eb');
      expect(await tables.users.findByUsername('alic')).toBeNull();
    });
    await within(other.tenantId, async (tables) => {
      expect(await tables.users.findByUsername('zo\u00eb')).toBeNull();
    });
  });

  test('whoever comes next in the order of names stands in for nobody', async () => {
    const [room, other] = [await furnish(), await furnish()];
    const found = (tenantId: string, username: string) =>
      database.transaction(tenantId, (session) => authenticatorTable(session).findByUsername(username));
    expect((await found(room.tenantId, 'ALICE'))?.user.userId).toBe(room.userId);
    for (const stranger of ['', 'alic', 'alice ', 'alicf', 'zoe', '\u{10ffff}']) {
      expect(await found(room.tenantId, stranger)).toBeNull();
    }
    expect((await found(other.tenantId, 'alice'))?.user.userId).toBe(other.userId);
    // Where there is nobody at all.
    expect(await found('nobody', 'alice')).toBeNull();
  });

  test('are searched by prefix in any case, page by page', async () => {
    const room = await furnish();
    await within(room.tenantId, async (tables) => {
      for (let number = 0; number < 25; number += 1) {
        await tables.users.insert({
          userId: randomUUID(),
          username: `user-${String(number).padStart(2, '0')}`,
          displayName: number % 2 === 0 ? `Ödön ${number}` : `50%_off ${number}`,
          email: null,
          status: 'active',
          createdAt: at,
        });
      }
      const found: string[] = [];
      let after: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof tables.users.search>> = await tables.users.search('USER-', {
          limit: 10,
          after,
        });
        expect(page.total).toBe(25);
        found.push(...page.items.map((user) => user.username));
        after = page.next;
      } while (after !== null);
      expect(found).toEqual([...new Set(found)].sort());
      expect(found).toHaveLength(25);
      const all = { limit: 50, after: null };
      expect((await tables.users.search('ödön', all)).total).toBe(13);
      expect((await tables.users.search('50%_', all)).total).toBe(12);
      expect((await tables.users.search('%', all)).total).toBe(0);
      expect((await tables.users.search('ALICE@', all)).items.map((user) => user.username)).toEqual([
        'alice',
      ]);
      expect((await tables.users.search('', all)).total).toBe(26);
      await expect(tables.users.search('', { limit: 1, after: 'made up' })).rejects.toMatchObject({
        code: 'input-invalid',
      });
    });
  });

  test('a prefix search is served by an index, row-level security notwithstanding', async () => {
    await superuser.query(`
      INSERT INTO keywarden.tenants VALUES ('many', 'Many', NULL, now());
      INSERT INTO keywarden.users (tenant_id, user_id, username, display_name, status, created_at)
      SELECT 'many', gen_random_uuid(), 'u' || n, 'Name ' || n, 'active', now() FROM generate_series(1, 20000) n;
      ANALYZE keywarden.users;
    `);
    const plan = await database.transaction('many', (session) =>
      session.rows(
        statement<{ 'QUERY PLAN': string }>(
          'test.plan',
          `EXPLAIN SELECT user_id FROM users
            WHERE username_folded >= lower('U123') AND username_folded < lower('U123') || chr(1114111)`,
        ),
      ),
    );
    expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toMatch(
      /Index Cond: .*username_folded >= 'u123'/,
    );
    expect(
      (await within('many', (tables) => tables.users.search('U123', { limit: 5, after: null }))).total,
    ).toBe(111);
  });

  test('the user handle is one per user and relying party, also for two who ask at once', async () => {
    const room = await furnish();
    const ask = (fresh_: string) =>
      within(room.tenantId, (tables) => tables.users.userHandle(room.userId, 'rp.example', fresh_));
    const answers = await Promise.all([ask('one'), ask('two'), ask('three')]);
    expect(new Set(answers).size).toBe(1);
    expect(
      await within(room.tenantId, (tables) => tables.users.userHandle(room.userId, 'other.example', 'four')),
    ).toBe('four');
  });

  test('wrong passwords are counted and disable at the threshold', async () => {
    const room = await furnish();
    await within(room.tenantId, async ({ passwords }) => {
      expect(await passwords.get(room.userId)).toBeNull();
      await passwords.set(room.userId, 'hash');
      const until = later(60);
      expect(await passwords.recordFailure(room.userId, { threshold: 2, disabledUntil: until })).toBe(1);
      expect((await passwords.get(room.userId))?.disabledUntil).toBeNull();
      expect(await passwords.recordFailure(room.userId, { threshold: 2, disabledUntil: until })).toBe(2);
      expect(await passwords.get(room.userId)).toEqual({ hash: 'hash', failures: 2, disabledUntil: until });
      await passwords.recordSuccess(room.userId);
      expect(await passwords.get(room.userId)).toEqual({ hash: 'hash', failures: 0, disabledUntil: null });
    });
  });
});

describe('credentials', () => {
  test('the same credential id is taken once, and the counter goes up only from where it was', async () => {
    const room = await furnish();
    const credential: Credential = {
      ...newCredential(room.userId, 'credential-1'),
      publicKey: new Uint8Array([1, 2, 255]),
      signCount: 4_294_967_295,
      transports: ['usb', 'a transport nobody defined'],
      friendlyName: 'My key',
    };
    const inserted = await Promise.all(
      [1, 2, 3].map(() =>
        within(room.tenantId, (tables) =>
          tables.passkeyDevices.register({
            credential,
            device: deviceOf(credential, { deviceId: randomUUID(), deviceType: 'DT_FIDO' }),
            pending: null,
          }),
        ),
      ),
    );
    expect(inserted.filter(Boolean)).toHaveLength(1);
    await within(room.tenantId, async ({ credentials, passkeyDevices }) => {
      expect(await credentials.get('credential-1')).toEqual(credential);
      expect(await credentials.listByUser(room.userId, { rpId: 'elsewhere' })).toEqual([]);
      expect(await credentials.listByUser(room.userId, { status: ['REVOKED'] })).toEqual([]);
      expect(await credentials.listByUser(room.userId, { rpId: 'localhost', status: ['ACTIVE'] })).toEqual([
        credential,
      ]);
      const use = { signCount: 5, previousSignCount: 4_294_967_295, backedUp: true, at: later(1) };
      expect(await credentials.recordUse('credential-1', use)).toBe(true);
      expect(await credentials.recordUse('credential-1', use)).toBe(false);
      const device = await passkeyDevices.findByCredential('credential-1');
      if (device === null) throw new Error('no device');
      expect(device).toMatchObject({
        userId: room.userId,
        status: 'ACTIVE',
        friendlyName: 'My key',
        version: 1,
      });
      const changed = {
        ...device,
        friendlyName: 'Blue key',
        status: 'REVOKED',
        validUntil: later(9),
      } as const;
      expect(await passkeyDevices.update(changed)).toMatchObject({ status: 'REVOKED', version: 2 });
      await expect(passkeyDevices.update(changed)).rejects.toMatchObject({ code: 'version-conflict' });
      expect(await credentials.get('credential-1')).toMatchObject({
        signCount: 5,
        backedUp: true,
        lastUsedAt: later(1),
        friendlyName: 'Blue key',
        status: 'REVOKED',
        validUntil: later(9),
      });
    });
  });

  test('a device that waits is filled once, and keeps its name and validity', async () => {
    const room = await furnish();
    const waiting: PasskeyDevice = {
      deviceId: randomUUID(),
      userId: room.userId,
      status: 'PENDING',
      deviceType: 'DT_FIDO',
      friendlyName: 'Blue key',
      validFrom: null,
      validUntil: later(3600),
      credentialId: null,
      externalId: 'x-1',
      version: 1,
      createdAt: at,
      updatedAt: at,
    };
    const codeHash = new Uint8Array([1]);
    await within(room.tenantId, async ({ passkeyDevices, enrollmentCodes }) => {
      await passkeyDevices.insert(waiting);
      const code = {
        deviceId: waiting.deviceId,
        issuedBy: 'x',
        issuedAt: at,
        expiresAt: later(60),
        tries: 2,
      };
      await enrollmentCodes.put({ ...code, codeHash: new Uint8Array([9]) });
      await enrollmentCodes.put({ ...code, codeHash });
    });
    const reserve = () => within(room.tenantId, (tables) => tables.enrollmentCodes.reserve('alice', at));
    expect(await reserve()).toEqual([{ deviceId: waiting.deviceId, codeHash }]);
    expect(await within(room.tenantId, (tables) => tables.enrollmentCodes.reserve('bob', at))).toEqual([]);
    const register = (credentialId: string, required: boolean) =>
      within(room.tenantId, (tables) => {
        const credential = newCredential(room.userId, credentialId);
        return tables.passkeyDevices.register({
          credential,
          device: deviceOf(credential, { deviceId: randomUUID(), deviceType: 'DT_FIDO' }),
          pending: { deviceId: null, required },
        });
      });
    const deviceBy = (credentialId: string) =>
      within(room.tenantId, (tables) => tables.passkeyDevices.findByCredential(credentialId));
    const both = await Promise.all([register('one', true), register('other', true)]);
    expect(both.toSorted()).toEqual([false, true]);
    expect((await deviceBy('one')) ?? (await deviceBy('other'))).toEqual({
      ...waiting,
      status: 'ACTIVE',
      credentialId: expect.stringMatching(/^(one|other)$/),
      version: 2,
    });
    expect(await reserve()).toEqual([]);
    expect(await register('another', false)).toBe(true);
    expect(await deviceBy('another')).toMatchObject({ friendlyName: 'Passkey', validUntil: null });
    const kept = await within(room.tenantId, (tables) => tables.credentials.listByUser(room.userId));
    expect(kept.map(({ friendlyName, validUntil }) => [friendlyName, validUntil]).sort()).toEqual([
      ['Blue key', later(3600)],
      ['Passkey', null],
    ]);
  });
});

describe('policies', () => {
  test('change from the newest version alone, and count the devices that carry them', async () => {
    const room = await furnish();
    await within(room.tenantId, async ({ policies, devices }) => {
      const changed = { policyId: room.policyId, name: 'Renamed', rules: { ...rules, minPINLength: 8 }, at };
      expect(await policies.update({ ...changed, version: 1 })).toBe(true);
      expect(await policies.update({ ...changed, version: 1 })).toBe(false);
      await devices.insert(newDevice({ state: 'READY', policyId: room.policyId }));
      expect(await policies.lock(room.policyId)).toEqual({
        policyId: room.policyId,
        name: 'Renamed',
        version: 2,
        rules: { ...rules, minPINLength: 8 },
        deviceCount: 1,
        createdAt: at,
        updatedAt: at,
      });
    });
    await expect(
      within(room.tenantId, ({ policies }) => policies.delete(room.policyId)),
    ).rejects.toMatchObject({ code: 'policy-active' });
    await expect(
      within(room.tenantId, ({ policies }) =>
        policies.insert({ policyId: randomUUID(), name: 'Renamed', rules, at }),
      ),
    ).rejects.toMatchObject({ code: 'policy-name-taken' });
    await within(room.tenantId, async ({ policies }) => {
      const other = randomUUID();
      await policies.insert({ policyId: other, name: 'Another', rules, at });
      expect((await policies.findByName('Another'))?.policyId).toBe(other);
      const first = await policies.list({ limit: 1, after: null });
      expect(first.items.map((policy) => policy.name)).toEqual(['Another']);
      const second = await policies.list({ limit: 1, after: first.next });
      expect(second.items.map((policy) => policy.name)).toEqual(['Renamed']);
      expect(second).toMatchObject({ next: null, total: 2 });
      await policies.delete(other);
      expect(await policies.get(other)).toBeNull();
    });
  });
});

describe('devices', () => {
  test('are written whole, by whoever saw the newest version', async () => {
    const room = await furnish();
    const device = newDevice({
      state: 'ENROLLED',
      policyId: room.policyId,
      serial: 'VK-0001',
      firmware: '5.4.3',
      assetTag: { credentialId: 'tag-1', publicKey: new Uint8Array([9]), signCount: 7 },
      owner: {
        identityProviderId: room.identityProviderId,
        reference: room.userId,
        username: 'alice',
        displayName: 'Alice Liddell',
      },
      credentialId: 'credential-2',
      remoteId: 'remote-2',
    });
    await within(room.tenantId, async ({ devices }) => {
      await devices.insert(device);
      expect(await devices.get(device.deviceId)).toEqual(device);
      expect((await devices.findBySerial('VK-0001'))?.deviceId).toBe(device.deviceId);
      expect((await devices.findByTagCredential('tag-1'))?.deviceId).toBe(device.deviceId);
      const updated = await devices.update({ ...device, state: 'REVOKED', owner: null, assetTag: null });
      expect(updated).toEqual({ ...device, state: 'REVOKED', owner: null, assetTag: null, version: 2 });
    });
    await expect(
      within(room.tenantId, ({ devices }) => devices.update({ ...device, model: 'late' })),
    ).rejects.toMatchObject({ code: 'version-conflict' });
  });

  test('an enrolled one without an owner is never stored', async () => {
    const room = await furnish();
    await expect(
      within(room.tenantId, ({ devices }) => devices.insert(newDevice({ state: 'ENROLLED' }))),
    ).rejects.toThrow('check constraint');
  });

  test('are listed by state, owner and words, newest first', async () => {
    const room = await furnish();
    await within(room.tenantId, async ({ devices }) => {
      for (let number = 1; number <= 5; number += 1) {
        await devices.insert(
          newDevice({
            deviceId: `01900000-0000-7000-8000-00000000000${number}`,
            serial: `SN_${number}`,
            state: number === 5 ? 'RETIRED' : 'NOT_CONFIGURED',
            owner: {
              identityProviderId: room.identityProviderId,
              reference: number < 3 ? 'alice' : 'bob',
              username: 'x',
              displayName: 'y',
            },
          }),
        );
      }
      const page = { limit: 2, after: null };
      const first = await devices.list({ state: ['NOT_CONFIGURED'] }, page);
      expect(first.items.map((device) => device.serial)).toEqual(['SN_4', 'SN_3']);
      const second = await devices.list({ state: ['NOT_CONFIGURED'] }, { limit: 2, after: first.next });
      expect(second.items.map((device) => device.serial)).toEqual(['SN_2', 'SN_1']);
      expect(second).toMatchObject({ next: null, total: 4 });
      expect((await devices.list({ ownerReference: 'alice' }, page)).total).toBe(2);
      expect((await devices.list({ query: 'sn_3' }, page)).total).toBe(1);
      expect((await devices.list({ query: 'sn%3' }, page)).total).toBe(0);
      expect(
        (await devices.list({ query: 'sn', ownerReference: 'bob', state: ['RETIRED'] }, page)).total,
      ).toBe(1);
    });
  });
});

describe('enrollments and orders', () => {
  test('a device has one open enrollment, whoever is faster', async () => {
    const room = await furnish();
    const device = newDevice();
    await within(room.tenantId, ({ devices }) => devices.insert(device));
    const starts = await Promise.allSettled(
      [1, 2, 3].map(() =>
        within(room.tenantId, ({ enrollments }) => enrollments.insert(newEnrollment(room, device.deviceId))),
      ),
    );
    expect(starts.filter((start) => start.status === 'fulfilled')).toHaveLength(1);
    for (const start of starts) {
      if (start.status === 'rejected') expect(start.reason).toMatchObject({ code: 'enrollment-in-progress' });
    }
    await within(room.tenantId, async ({ enrollments }) => {
      const open = await enrollments.findOpenByDevice(device.deviceId);
      if (open === null) throw new Error('none is open');
      const compensating = await enrollments.update({ ...open, state: 'COMPENSATING' });
      expect(await enrollments.findOpenByDevice(device.deviceId)).toEqual(compensating);
      await enrollments.update({ ...compensating, state: 'COMPENSATED' });
      expect(await enrollments.findOpenByDevice(device.deviceId)).toBeNull();
      await enrollments.insert(newEnrollment(room, device.deviceId));
      const listed = await enrollments.list({ deviceId: device.deviceId }, { limit: 10, after: null });
      expect(listed.total).toBe(2);
      const finished = { deviceId: device.deviceId, policyId: room.policyId, open: false };
      expect((await enrollments.list(finished, { limit: 10, after: null })).total).toBe(1);
    });
  });

  test('are kept whole, found by idempotency key, and written from the newest version alone', async () => {
    const room = await furnish();
    const device = newDevice();
    const enrollment = newEnrollment(room, device.deviceId, {
      state: 'OPTIONS_ISSUED',
      idempotencyKey: 'once',
      origin: 'http://localhost:8080',
      handle: 'handle',
      orderId: randomUUID(),
      leaseUntil: later(30),
      options: {
        rp: { id: 'localhost', name: 'Keywarden' },
        user: { id: 'AA', name: 'alice', displayName: 'Alice Liddell' },
        challenge: 'AAAA',
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
        excludeCredentials: [],
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        attestation: 'direct',
      },
      credential: {
        id: 'AQ',
        rawId: 'AQ',
        type: 'public-key',
        response: { clientDataJSON: 'e30', attestationObject: 'oA', transports: ['usb'] },
      },
    });
    await within(room.tenantId, async ({ devices, enrollments }) => {
      // In this order on purpose: foreign keys are checked at commit.
      await enrollments.insert(enrollment);
      await devices.insert(device);
    });
    await within(room.tenantId, async ({ enrollments }) => {
      expect(await enrollments.lock(enrollment.enrollmentId)).toEqual(enrollment);
      expect(await enrollments.findByIdempotencyKey('once')).toEqual(enrollment);
      await enrollments.update(enrollment);
      await expect(enrollments.update(enrollment)).rejects.toMatchObject({ code: 'version-conflict' });
    });
  });

  test('expired ones are handed to one process at a time, but not while somebody works on them', async () => {
    const room = await furnish();
    const devices = [newDevice(), newDevice(), newDevice(), newDevice()];
    const [first, second, leased, waiting] = devices.map((device) => newEnrollment(room, device.deviceId));
    if (!first || !second || !leased || !waiting) throw new Error('four were made');
    await within(room.tenantId, async (tables) => {
      for (const device of devices) await tables.devices.insert(device);
      await tables.enrollments.insert({ ...first, expiresAt: later(-20) });
      await tables.enrollments.insert({ ...second, expiresAt: later(-10) });
      await tables.enrollments.insert({ ...leased, expiresAt: later(-10), leaseUntil: later(10) });
      await tables.enrollments.insert({ ...waiting, expiresAt: later(-10), state: 'COMPENSATING' });
    });
    await within(room.tenantId, async (tables) => {
      const mine = await tables.enrollments.lockExpired(at, 1);
      expect(mine.map((row) => row.enrollmentId)).toEqual([first.enrollmentId]);
      const theirs = await within(room.tenantId, (others) => others.enrollments.lockExpired(at, 10));
      expect(theirs.map((row) => row.enrollmentId)).toEqual([second.enrollmentId]);
    });
  });

  test('an order is answered once', async () => {
    const room = await furnish();
    const order = {
      orderId: randomUUID(),
      workstationId: room.workstationId,
      action: 'session' as const,
      enrollmentId: null,
      deviceId: null,
      challenge: 'AAAA',
      issuedAt: at,
      expiresAt: later(120),
      answeredAt: null,
    };
    await within(room.tenantId, ({ orders }) => orders.insert(order));
    expect(await within(room.tenantId, ({ orders }) => orders.get(order.orderId))).toEqual(order);
    const answers = await Promise.all(
      [1, 2, 3].map(() =>
        within(room.tenantId, ({ orders }) => orders.markAnswered(order.orderId, later(1))),
      ),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
  });
});

describe('workstations and connections', () => {
  const facts: KeyFacts = {
    aaguid: '00000000-0000-0000-0000-000000000000',
    versions: ['FIDO_2_1'],
    extensions: [],
    options: { rk: true },
    transports: ['usb'],
    firmware: null,
    minPINLength: 4,
    forcePINChange: false,
    remainingDiscoverableCredentials: null,
    algorithms: [-7],
    clientPinSet: false,
    pinRetries: 8,
  };

  test('pairing again renames; a pairing code works once and in time', async () => {
    const room = await furnish();
    await within(room.tenantId, async ({ workstations }) => {
      await workstations.upsert({
        workstationId: room.workstationId,
        name: 'Back office',
        publicKey: { kty: 'EC', x: 'x' },
        pairedAt: later(1),
        lastSeenAt: later(2),
      });
      expect(await workstations.list()).toEqual([
        {
          workstationId: room.workstationId,
          name: 'Back office',
          pairedAt: later(1),
          lastSeenAt: later(2),
        },
      ]);
      expect((await workstations.get(room.workstationId))?.publicKey).toEqual({ kty: 'EC', x: 'x' });
      const codeHash = new Uint8Array([1, 2]);
      await workstations.insertPairingCode({ codeHash, createdBy: room.operatorId, expiresAt: later(10) });
      expect(await workstations.consumePairingCode(new Uint8Array([3]), at)).toBe(false);
      expect(await workstations.consumePairingCode(codeHash, at)).toBe(true);
      expect(await workstations.consumePairingCode(codeHash, at)).toBe(false);
      await workstations.insertPairingCode({ codeHash, createdBy: room.operatorId, expiresAt: later(10) });
      expect(await workstations.consumePairingCode(codeHash, later(10))).toBe(false);
    });
  });

  test('a connection is replaced by its next session and forgotten when nobody looks', async () => {
    const room = await furnish();
    const connection: Connection = {
      workstationId: room.workstationId,
      connectionId: 'c1',
      deviceId: null,
      proven: false,
      model: 'Virtual key',
      serial: null,
      virtual: true,
      facts,
      seenAt: at,
    };
    await within(room.tenantId, async ({ connections }) => {
      await connections.upsert(connection);
      await connections.upsert({ ...connection, proven: true, seenAt: later(5) });
      expect(await connections.lock(room.workstationId, 'c1')).toEqual({
        ...connection,
        proven: true,
        seenAt: later(5),
      });
      expect(await connections.get(room.workstationId, 'c2')).toBeNull();
      expect(await connections.deleteSeenBefore(later(5))).toBe(0);
      expect(await connections.deleteSeenBefore(later(6))).toBe(1);
    });
  });
});

describe('operators', () => {
  test('a sign-in link gives as many sessions as it has uses, and none when it has expired', async () => {
    const room = await furnish();
    const linkHash = new Uint8Array([1]);
    await within(room.tenantId, ({ operators }) =>
      operators.insertSignInLink({
        linkHash,
        operatorId: room.operatorId,
        usesLeft: 1,
        expiresAt: later(60),
      }),
    );
    const uses = await Promise.all(
      [1, 2, 3].map(() =>
        within(room.tenantId, ({ operators }) => operators.consumeSignInLink(linkHash, at)),
      ),
    );
    expect(uses.filter((operator) => operator?.operatorId === room.operatorId)).toHaveLength(1);
    await within(room.tenantId, async ({ operators }) => {
      const endless = new Uint8Array([2]);
      await operators.insertSignInLink({
        linkHash: endless,
        operatorId: room.operatorId,
        usesLeft: null,
        expiresAt: later(60),
      });
      for (const _use of [1, 2]) expect(await operators.consumeSignInLink(endless, at)).not.toBeNull();
      expect(await operators.consumeSignInLink(endless, later(60))).toBeNull();
      await operators.deleteReusableSignInLinks(randomUUID());
      expect(await operators.consumeSignInLink(endless, at)).not.toBeNull();
      await operators.deleteReusableSignInLinks(room.operatorId);
      expect(await operators.consumeSignInLink(endless, at)).toBeNull();
    });
  });

  test('what is over is forgotten, what is not stays', async () => {
    const room = await furnish();
    const { operatorId } = room;
    await within(room.tenantId, async ({ operators }) => {
      for (const [byte, seconds] of [
        [1, 0],
        [2, 60],
      ] as const) {
        const [hash, expiresAt] = [new Uint8Array([byte]), later(seconds)];
        await operators.insertSession({ sessionHash: hash, operatorId, createdAt: at, expiresAt });
        await operators.insertSignInLink({ linkHash: hash, operatorId, usesLeft: 1, expiresAt });
      }
      expect(await operators.deleteExpired(at)).toBe(2);
      expect(await operators.findSession(new Uint8Array([1]))).toBeNull();
      expect(await operators.findSession(new Uint8Array([2]))).not.toBeNull();
      expect(await operators.consumeSignInLink(new Uint8Array([2]), at)).not.toBeNull();
      // Used up.
      expect(await operators.deleteExpired(at)).toBe(1);
    });
  });

  test('a session leads to its operator until it is deleted', async () => {
    const room = await furnish();
    const session = {
      sessionHash: new Uint8Array([7, 7]),
      operatorId: room.operatorId,
      createdAt: at,
      expiresAt: later(60),
    };
    await within(room.tenantId, async ({ operators }) => {
      await operators.insertSession(session);
      const operator = await operators.get(room.operatorId);
      expect(await operators.findSession(session.sessionHash)).toEqual({ ...session, operator });
      expect(await operators.list()).toEqual([operator]);
      await operators.deleteSession(session.sessionHash);
      expect(await operators.findSession(session.sessionHash)).toBeNull();
    });
  });
});

describe('events and the outbox', () => {
  test('events are listed newest first, by target and by type', async () => {
    const room = await furnish();
    await within(room.tenantId, async ({ events }) => {
      for (let number = 1; number <= 3; number += 1) {
        await events.append({
          eventId: `01900000-0000-7000-8000-00000000000${number}`,
          at: later(number),
          type: number === 1 ? 'device.configured' : 'enrollment.completed',
          actor: { kind: 'operator', id: room.operatorId, name: 'Olivia Operator' },
          target: { kind: 'device', id: number === 3 ? 'b' : 'a', name: 'Virtual key' },
          outcome: 'success',
          description: `number ${number}`,
          particulars: number === 1 ? {} : { version: number, until: null, refuseBreached: true },
          requestId: 'r',
          clientIp: '127.0.0.1',
        });
      }
      const page = { limit: 2, after: null };
      const first = await events.list({}, page);
      expect(first.items.map((event) => event.description)).toEqual(['number 3', 'number 2']);
      expect(first.items[0]?.particulars).toEqual({ version: 3, until: null, refuseBreached: true });
      const rest = await events.list({}, { limit: 2, after: first.next });
      expect(rest.items.map((event) => event.particulars)).toEqual([{}]);
      expect((await events.list({ targetId: 'a' }, page)).total).toBe(2);
      expect((await events.list({ targetId: 'a', type: 'device.configured' }, page)).total).toBe(1);
    });
  });

  test('an effect is taken when it is due, by one process at a time, until it is done', async () => {
    const room = await furnish();
    const [due, future] = [randomUUID(), randomUUID()];
    await within(room.tenantId, async ({ outbox }) => {
      await outbox.add({ outboxId: due, kind: 'revoke', payload: { id: 1 }, at });
      await outbox.add({ outboxId: future, kind: 'revoke', payload: { id: 2 }, at: later(60) });
    });
    await within(room.tenantId, async ({ outbox }) => {
      expect(await outbox.take(at, 10)).toEqual([
        { outboxId: due, kind: 'revoke', payload: { id: 1 }, attempts: 0 },
      ]);
      expect(await within(room.tenantId, (others) => others.outbox.take(at, 10))).toEqual([]);
      await outbox.retryAt(due, later(30), 'not reachable');
    });
    await within(room.tenantId, async ({ outbox }) => {
      expect(await outbox.take(at, 10)).toEqual([]);
      expect((await outbox.take(later(30), 10)).map((effect) => effect.attempts)).toEqual([1]);
      await outbox.done(due);
      expect(await outbox.take(later(90), 10)).toHaveLength(1);
    });
  });
});

describe('what is over', () => {
  test('is deleted: pairing codes, enrollment codes, orders of no enrollment', async () => {
    const room = await furnish();
    await within(room.tenantId, async ({ workstations, orders, enrollmentCodes, passkeyDevices }) => {
      const [early, late] = [new Uint8Array([1]), new Uint8Array([2])];
      for (const [codeHash, expiresAt] of [
        [early, later(10)],
        [late, later(20)],
      ] as const) {
        await workstations.insertPairingCode({ codeHash, createdBy: 'x', expiresAt });
      }
      expect(await workstations.deleteExpiredPairingCodes(later(10))).toBe(1);
      expect(await workstations.consumePairingCode(late, at)).toBe(true);

      const device: PasskeyDevice = {
        ...deviceOf(newCredential(room.userId, 'none'), { deviceId: randomUUID(), deviceType: 'DT_FIDO' }),
        status: 'PENDING',
        credentialId: null,
      };
      await passkeyDevices.insert(device);
      const code = { deviceId: device.deviceId, codeHash: early, issuedBy: 'x', issuedAt: at, tries: 1 };
      await enrollmentCodes.put({ ...code, expiresAt: later(10) });
      expect(await enrollmentCodes.deleteExpired(later(9))).toBe(0);
      expect(await enrollmentCodes.deleteExpired(later(10))).toBe(1);

      const order = {
        workstationId: room.workstationId,
        enrollmentId: null,
        deviceId: null,
        challenge: null,
        issuedAt: at,
        expiresAt: later(10),
        answeredAt: null,
      };
      const [session, reset] = [randomUUID(), randomUUID()];
      await orders.insert({ ...order, orderId: session, action: 'session' });
      await orders.insert({ ...order, orderId: reset, action: 'reset' });
      expect(await orders.deletePassing(later(10))).toBe(0);
      expect(await orders.deletePassing(later(11))).toBe(1);
      expect([await orders.get(session), (await orders.get(reset))?.action]).toEqual([null, 'reset']);
    });
  });
});

describe('signing keys and secrets', () => {
  test('the newest key comes first, and a secret that is there stays', async () => {
    const room = await furnish();
    await database.transaction(room.tenantId, async (session) => {
      const keys = signingKeyTable(session);
      const key = {
        keyId: 'old',
        kind: 'order' as const,
        algorithm: 'ES256',
        publicKey: { kty: 'EC' },
        sealedPrivateKey: new Uint8Array([1]),
        createdAt: at,
        signsFrom: null,
        retiredAt: null,
      };
      await keys.lock('order');
      await keys.insert(key);
      await keys.insert({ ...key, keyId: 'new', createdAt: later(1) });
      await keys.insert({ ...key, keyId: 'other', kind: 'oidc' });
      expect((await keys.list('order')).map((row) => row.keyId)).toEqual(['new', 'old']);
      expect((await keys.list('order')).at(1)).toEqual(key);
      const secrets = secretTable(session);
      expect(await secrets.get('demo', 'alice')).toBeNull();
      const [first, second] = [new Uint8Array([1]), new Uint8Array([2])];
      expect(await secrets.insertOrGet({ purpose: 'demo', name: 'alice', sealed: first })).toEqual(first);
      expect(await secrets.insertOrGet({ purpose: 'demo', name: 'alice', sealed: second })).toEqual(first);
      await secrets.put({ purpose: 'demo', name: 'alice', sealed: second });
      expect(await secrets.get('demo', 'alice')).toEqual(second);
    });
  });
});
