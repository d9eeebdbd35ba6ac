import { createHash } from 'node:crypto';
import {
  type DirectoryUser,
  DomainError,
  type IdentityProvider,
  type RegistrationCredential,
  type VerifiedRegistration,
} from '@keywarden/domain';
import { fromBase64Url, toBase64Url } from '@keywarden/fido2/bytes';
import { expect, test } from 'vitest';

/** What a connector's own test furnishes: the provider behind its wire, and people who exist there. */
export interface ProviderUnderTest {
  readonly provider: IdentityProvider;
  readonly alice: DirectoryUser;
  readonly bob: DirectoryUser;
  readonly disabled: DirectoryUser;
  /** A reference of the provider's shape that is nobody's. */
  readonly nobody: string;
  /** A device that a credential may name. */
  readonly deviceId: string;
}

/** A credential nobody has seen; what the signatures say was verified before a provider hears of it. */
function freshCredential(): { credential: RegistrationCredential; verified: VerifiedRegistration } {
  const credentialId = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
  const publicKey = createHash('sha256').update(credentialId).digest();
  return {
    credential: {
      id: credentialId,
      rawId: credentialId,
      type: 'public-key',
      response: { clientDataJSON: 'e30', attestationObject: 'oA', transports: ['usb'] },
    },
    verified: {
      credentialId,
      publicKey: new Uint8Array(publicKey),
      algorithm: -7,
      signCount: 0,
      aaguid: '00000000-0000-0000-0000-000000000000',
      attestationFormat: 'packed',
      attestationTrusted: false,
      transports: ['usb'],
      backupEligible: false,
      backedUp: false,
      userVerified: true,
    },
  };
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return 'accepted';
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
}

/** The one suite that every identity provider passes, whatever its wire looks like. */
export function identityProviderCases(furnish: () => Promise<ProviderUnderTest>): void {
  const lifetime = { timeToLiveSeconds: 300 };

  const register = async (on: ProviderUnderTest, user: DirectoryUser, made = freshCredential()) => {
    const { handle } = await on.provider.begin(user, lifetime);
    const registration = { handle, user, ...made, label: 'Test key 1', deviceId: on.deviceId };
    return { registration, ...(await on.provider.complete(registration)) };
  };

  test('finds a person by the exact login, and nobody by anything else', async () => {
    const { provider, alice } = await furnish();
    expect(await provider.findUsers(alice.username)).toEqual([alice]);
    // Whether upper and lower case are one is the directory's to say.
    const others = [alice.username.slice(0, -1), `${alice.username}*`, '%', ''];
    for (const username of others) expect(await provider.findUsers(username)).toEqual([]);
  });

  test('tells who a reference is, that an account is disabled, and null for nobody', async () => {
    const { provider, alice, disabled, nobody } = await furnish();
    expect(await provider.getUser(alice.reference)).toEqual(alice);
    expect(await provider.getUser(disabled.reference)).toMatchObject({ enabled: false });
    expect(await provider.getUser(nobody)).toBeNull();
  });

  test('begins with fresh options that its own origin may use', async () => {
    const { provider, alice } = await furnish();
    const first = await provider.begin(alice, lifetime);
    const second = await provider.begin(alice, lifetime);
    const { options, origin } = first;
    expect(fromBase64Url(options.challenge).length).toBeGreaterThanOrEqual(16);
    expect(options.challenge).not.toBe(second.options.challenge);
    expect(first.handle).not.toBe(second.handle);
    const host = new URL(origin).hostname;
    expect(host === options.rp.id || host.endsWith(`.${options.rp.id}`)).toBe(true);
    expect(options.pubKeyCredParams.map(({ alg }) => alg)).toContain(-7);
    expect(first.expiresAt.getTime()).toBeGreaterThan(Date.now());
  });

  test('keeps one user handle a person, of at most 64 bytes, that says nothing of her', async () => {
    const { provider, alice, bob } = await furnish();
    const { options } = await provider.begin(alice, lifetime);
    const again = (await provider.begin(alice, lifetime)).options;
    const other = (await provider.begin(bob, lifetime)).options;
    expect(again.user.id).toBe(options.user.id);
    expect(other.user.id).not.toBe(options.user.id);
    const handle = fromBase64Url(options.user.id);
    expect(handle.length).toBeGreaterThan(0);
    expect(handle.length).toBeLessThanOrEqual(64);
    expect(Buffer.from(handle).toString('latin1')).not.toContain(alice.username);
  });

  test('registers a credential, lists it, and excludes it from then on', async () => {
    const on = await furnish();
    const { registration, remoteId } = await register(on, on.alice);
    const listed = await on.provider.listCredentials(on.alice.reference);
    const [credential] = listed;
    expect(listed).toHaveLength(1);
    expect(credential?.remoteId).toBe(remoteId);
    expect([registration.credential.id, null]).toContain(credential?.credentialId);
    expect(await on.provider.listCredentials(on.bob.reference)).toEqual([]);
    const { options } = await on.provider.begin(on.alice, lifetime);
    expect(options.excludeCredentials.map(({ id }) => id)).toEqual([registration.credential.id]);
    expect((await on.provider.begin(on.bob, lifetime)).options.excludeCredentials).toEqual([]);
  });

  test('is asked again after a lost answer and answers the same, once and at the same time', async () => {
    const on = await furnish();
    const { registration, remoteId } = await register(on, on.alice);
    expect(await on.provider.complete(registration)).toEqual({ remoteId });
    const other = freshCredential();
    const { handle } = await on.provider.begin(on.alice, lifetime);
    const twice = { ...registration, ...other, handle };
    const answers = await Promise.all([on.provider.complete(twice), on.provider.complete(twice)]);
    expect(answers[0]).toEqual(answers[1]);
    expect(await on.provider.listCredentials(on.alice.reference)).toHaveLength(2);
  });

  test('refuses a credential that is somebody else’s', async () => {
    const on = await furnish();
    const { registration } = await register(on, on.alice);
    const { handle } = await on.provider.begin(on.bob, lifetime);
    const stolen = on.provider.complete({ ...registration, user: on.bob, handle });
    expect(await codeOf(stolen)).toBe('credential-known');
    expect(await on.provider.listCredentials(on.bob.reference)).toEqual([]);
  });

  test('refuses another key under a known credential id', async () => {
    const on = await furnish();
    const { registration } = await register(on, on.alice);
    const publicKey = new Uint8Array(32).fill(7);
    const swapped = on.provider.complete({
      ...registration,
      verified: { ...registration.verified, publicKey },
    });
    expect(await codeOf(swapped)).toBe('credential-known');
  });

  test('does not finish for one person what was begun for another', async () => {
    const on = await furnish();
    const { handle } = await on.provider.begin(on.alice, lifetime);
    const attempt = on.provider.complete({
      ...freshCredential(),
      handle,
      user: on.bob,
      label: 'Test key',
      deviceId: on.deviceId,
    });
    expect(await codeOf(attempt)).toBe('identity-provider-refused');
  });

  test('gives nothing to an account that is disabled or gone', async () => {
    const on = await furnish();
    const { handle } = await on.provider.begin(on.disabled, lifetime);
    const attempt = on.provider.complete({
      ...freshCredential(),
      handle,
      user: on.disabled,
      label: 'Test key',
      deviceId: on.deviceId,
    });
    expect(await codeOf(attempt)).toBe('user-disabled');
  });

  test('removes a credential; gone already counts as removed; somebody else’s is refused', async () => {
    const on = await furnish();
    const { remoteId } = await register(on, on.alice);
    expect(await codeOf(on.provider.removeCredential(on.bob.reference, remoteId))).toBe(
      'identity-provider-refused',
    );
    await on.provider.removeCredential(on.alice.reference, remoteId);
    expect(await on.provider.listCredentials(on.alice.reference)).toEqual([]);
    await on.provider.removeCredential(on.alice.reference, remoteId);
    await on.provider.removeCredential(on.alice.reference, 'never-was');
    const { options } = await on.provider.begin(on.alice, lifetime);
    expect(options.excludeCredentials).toEqual([]);
  });

  test('does not bring a removed credential back', async () => {
    const on = await furnish();
    const { registration, remoteId } = await register(on, on.alice);
    await on.provider.removeCredential(on.alice.reference, remoteId);
    expect(await codeOf(on.provider.complete(registration))).not.toBe('accepted');
    expect(await on.provider.listCredentials(on.alice.reference)).toEqual([]);
  });

  test('abandons what was begun, twice if need be', async () => {
    const on = await furnish();
    const { handle } = await on.provider.begin(on.alice, lifetime);
    await on.provider.abandon(handle);
    await on.provider.abandon(handle);
    expect(await on.provider.listCredentials(on.alice.reference)).toEqual([]);
  });
}
