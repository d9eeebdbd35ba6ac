import { randomUUID } from 'node:crypto';
import { DomainError } from '@keywarden/domain';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { identityProviderCases } from '../src/idp/idp.case.ts';
import { Desk } from './lifecycle/desk.ts';
import { type FreshDatabase, freshDatabase } from './postgres.ts';

let fresh: FreshDatabase;
let desk: Desk;

beforeAll(async () => {
  fresh = await freshDatabase();
});
afterAll(async () => {
  await fresh.drop();
});
beforeEach(async () => {
  desk = await Desk.open(fresh);
});
afterEach(async () => {
  await desk.close();
});

describe('the built-in identity provider', () => {
  identityProviderCases(async () => {
    const { ports } = desk.rig;
    const { tenantId, identityProviderId, users } = desk.room;
    const provider = await ports.identityProviders.open(tenantId, identityProviderId);
    const person = async (reference: string) => {
      const user = await provider.getUser(reference);
      if (user === null) throw new Error('not furnished');
      return user;
    };
    const { details } = await desk.seen();
    return {
      provider,
      alice: await person(users.alice),
      bob: await person(users.bob),
      disabled: await person(users.dora),
      nobody: randomUUID(),
      deviceId: details?.device.deviceId ?? '',
    };
  });

  test('has the public URL’s host as RP ID, demands a discoverable credential and user verification', async () => {
    const { ports } = desk.rig;
    const provider = await ports.identityProviders.open(desk.room.tenantId, desk.room.identityProviderId);
    const alice = await provider.getUser(desk.room.users.alice);
    if (alice === null) throw new Error('not furnished');
    const { options, origin } = await provider.begin(alice, { timeToLiveSeconds: 300 });
    expect(origin).toBe('http://localhost:8080');
    expect(options).toMatchObject({
      rp: { id: 'localhost' },
      timeout: 300_000,
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    expect(Buffer.from(options.user.id, 'base64url')).toHaveLength(32);
    expect(Buffer.from(options.challenge, 'base64url')).toHaveLength(32);
    expect(options.pubKeyCredParams.map(({ alg }) => alg)).toEqual([-7, -35, -36, -8, -257]);
  });

  test('is opened only while it is configured and active', async () => {
    const { ports } = desk.rig;
    const { tenantId, identityProviderId } = desk.room;
    const open = (id: string) => ports.identityProviders.open(tenantId, id);
    await expect(open(randomUUID())).rejects.toMatchObject({ code: 'identity-provider-not-found' });
    await ports.store.transaction(tenantId, (tables) =>
      tables.identityProviders.setStatus(identityProviderId, 'inactive'),
    );
    await expect(open(identityProviderId)).rejects.toBeInstanceOf(DomainError);
    await expect(open(identityProviderId)).rejects.toMatchObject({ code: 'identity-provider-inactive' });
  });
});
