import { encodeAuthenticatorData } from '../authenticator-data/index.ts';
import { concatBytes } from '../bytes/index.ts';
import { tokenPermission } from '../ctap2/client-pin.ts';
import type { CborMap } from '../ctap2/fields.ts';
import { CredentialKey } from './credential-key.ts';
import { findCredential, rpIdHash, type VirtualCredential } from './credentials.ts';
import { readAssertionExtensions } from './extensions.ts';
import { isProtected, isUvConfigured, type VirtualCommand, type VirtualKey } from './key.ts';
import { readDescriptors, refuseSelectionByPin } from './make-credential.ts';
import type { Waiting } from './person.ts';
import { virtualLimits } from './profile.ts';
import { Refusal, refuseIf } from './refusal.ts';
import type { TokenInUse } from './tokens.ts';
import { type Proof, performBuiltInUv, readProof, requireToken } from './user-verification.ts';

interface AssertionRequest {
  readonly rpId: string;
  readonly clientDataHash: Uint8Array;
  readonly up: boolean;
  readonly uv: boolean;
  readonly proof: Proof | null;
}

/** CTAP 2.1 §6.2.2. */
export const getAssertion: VirtualCommand = async (key, request, waiting) => {
  await refuseSelectionByPin(key, request, waiting, 0x06);
  const proof = readProof(key, request, [0x06, 0x07]);
  const options = request.optionalNested(0x05);
  refuseIf(options?.map.has('rk') === true, 'CTAP2_ERR_UNSUPPORTED_OPTION');
  const asked: AssertionRequest = {
    rpId: request.required(0x01, 'text'),
    clientDataHash: request.required(0x02, 'bytes'),
    up: options?.optional('up', 'boolean') ?? true,
    uv: proof === null && (options?.optional('uv', 'boolean') ?? false),
    proof,
  };
  refuseIf(asked.clientDataHash.length !== 32, 'CTAP1_ERR_INVALID_LENGTH');
  refuseIf(asked.uv && !isUvConfigured(key), 'CTAP2_ERR_INVALID_OPTION');
  // An empty list is none: some platforms send it.
  const allowed = request.list(0x03, 'map').length > 0 ? readDescriptors(key, request, 0x03) : null;
  const extensions = readAssertionExtensions(key, request.optionalNested(0x04), asked.up);
  const { userVerified, token } = await verifyUser(key, asked, waiting);

  const found = applicable(key, { rpId: asked.rpId, allowed, userVerified });
  const [first, ...rest] = found;
  if (first === undefined) throw new Refusal('CTAP2_ERR_NO_CREDENTIALS');
  if (asked.up && (token === null || !key.session.tokens.isUserPresent(token)))
    await key.person.touch(waiting);
  if (token !== null && asked.up) key.session.tokens.spend(token, tokenPermission.largeBlobWrite);

  const sign = (credential: VirtualCredential): CborMap => {
    key.state.signCount += 1;
    const authenticatorData = encodeAuthenticatorData({
      rpIdHash: rpIdHash(asked.rpId),
      flags: { userPresent: asked.up, userVerified, backupEligible: false, backedUp: false },
      signCount: key.state.signCount,
      attestedCredential: null,
      extensions: extensions.outputs(credential, userVerified),
    });
    const keyPair = new CredentialKey(credential.algorithm, credential.privateKey);
    const response = new Map<number, unknown>([
      [0x01, { id: credential.credentialId, type: 'public-key' }],
      [0x02, authenticatorData],
      [0x03, keyPair.sign(concatBytes(authenticatorData, asked.clientDataHash))],
    ]);
    const user = userOf(credential, userVerified && found.length > 1);
    if (user !== null) response.set(0x04, user);
    if (extensions.largeBlobKey && credential.largeBlobKey !== null)
      response.set(0x07, credential.largeBlobKey);
    return response;
  };
  const response = new Map(sign(first));
  if (allowed === null && rest.length > 0) {
    response.set(0x05, found.length);
    key.session.assertions = { rest, sign, until: key.clock.now() + virtualLimits.nextAssertion };
  }
  await key.save();
  return response;
};

/** CTAP 2.1 §6.2.2 step 13: names only where the person must choose and has proven who she is. */
const userOf = (credential: VirtualCredential, withNames: boolean): CborMap | null => {
  if (credential.user === null) return null;
  const user = new Map<string, unknown>([['id', credential.user.id]]);
  if (withNames) {
    const { name, displayName } = credential.user;
    if (name !== null) user.set('name', name);
    if (displayName !== null) user.set('displayName', displayName);
  }
  return user;
};

const verifyUser = async (
  key: VirtualKey,
  asked: AssertionRequest,
  waiting: Waiting,
): Promise<{ readonly userVerified: boolean; readonly token: TokenInUse | null }> => {
  let { uv } = asked;
  // CTAP 2.1 §6.2.2 step 5: alwaysUv speaks of assertions with user presence; silent ones stay possible.
  if (key.state.alwaysUv && (asked.up || key.silentWantsPin) && asked.proof === null && !uv) {
    refuseIf(!isUvConfigured(key), 'CTAP2_ERR_PUAT_REQUIRED');
    uv = true;
  }
  if (asked.proof !== null && isProtected(key)) {
    const token = requireToken(key, asked.proof, {
      message: asked.clientDataHash,
      permission: tokenPermission.getAssertion,
      rpId: asked.rpId,
    });
    refuseIf(!token.userVerified, 'CTAP2_ERR_PIN_AUTH_INVALID');
    return { userVerified: true, token };
  }
  if (uv) await performBuiltInUv(key, waiting);
  return { userVerified: uv, token: null };
};

/** The credentials that may answer, newest first; with an allow list the first that this key has. */
const applicable = (
  key: VirtualKey,
  {
    rpId,
    allowed,
    userVerified,
  }: { rpId: string; allowed: readonly Uint8Array[] | null; userVerified: boolean },
): readonly VirtualCredential[] => {
  // CTAP 2.1 §12.1.1: level 2 wants verification or to be named, level 3 wants verification.
  const limit = userVerified ? 3 : allowed === null ? 1 : 2;
  if (allowed === null) {
    return key.state.credentials
      .filter((credential) => credential.rpId === rpId && credential.credProtect <= limit)
      .reverse();
  }
  for (const credentialId of allowed) {
    const credential = findCredential(key.state, rpId, credentialId);
    if (credential !== null && credential.credProtect <= limit) return [credential];
  }
  return [];
};

/** CTAP 2.1 §6.3. */
export const getNextAssertion: VirtualCommand = async (key) => {
  const { assertions } = key.session;
  if (assertions === null || key.clock.now() > assertions.until) {
    key.session.assertions = null;
    throw new Refusal('CTAP2_ERR_NOT_ALLOWED');
  }
  const next = assertions.rest.shift();
  if (next === undefined) throw new Refusal('CTAP2_ERR_NOT_ALLOWED');
  const response = assertions.sign(next);
  await key.save();
  return response;
};
