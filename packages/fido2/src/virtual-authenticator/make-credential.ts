import { encodeAuthenticatorData } from '../authenticator-data/index.ts';
import { concatBytes } from '../bytes/index.ts';
import { tokenPermission } from '../ctap2/client-pin.ts';
import type { CborFields, CborMap } from '../ctap2/fields.ts';
import { CredentialKey, virtualAlgorithms } from './credential-key.ts';
import { findCredential, rpIdHash, sealCredential } from './credentials.ts';
import { type CredentialExtensions, readCredentialExtensions } from './extensions.ts';
import { isProtected, isUvConfigured, type VirtualCommand, type VirtualKey } from './key.ts';
import type { Waiting } from './person.ts';
import { virtualLimits } from './profile.ts';
import { Refusal, refuseIf } from './refusal.ts';
import type { TokenInUse } from './tokens.ts';
import { type Proof, performBuiltInUv, readProof, requireToken } from './user-verification.ts';

interface CreationRequest {
  readonly clientDataHash: Uint8Array;
  readonly rpId: string;
  readonly user: {
    readonly id: Uint8Array;
    readonly name: string | null;
    readonly displayName: string | null;
  };
  readonly algorithm: number;
  readonly excluded: readonly Uint8Array[];
  readonly rk: boolean;
  readonly uv: boolean;
  readonly proof: Proof | null;
  readonly enterprise: boolean;
  readonly extensions: CredentialExtensions;
}

/** CTAP 2.1 §6.1.2. */
export const makeCredential: VirtualCommand = async (key, request, waiting) => {
  await refuseSelectionByPin(key, request, waiting);
  const asked = readRequest(key, request);
  const { userVerified, token } = await verifyUser(key, asked, waiting);
  await refuseExcluded(key, asked, { userVerified, waiting });
  if (token === null || !key.session.tokens.isUserPresent(token)) await key.person.touch(waiting);
  if (token !== null) key.session.tokens.spend(token, tokenPermission.largeBlobWrite);
  const { state, random } = key;
  const keyPair = CredentialKey.generate(asked.algorithm, random);
  const { privateKey } = keyPair;
  const { credProtect, credBlob, largeBlobKey } = asked.extensions;
  const credential = { algorithm: asked.algorithm, privateKey, credProtect };
  const credentialId = asked.rk
    ? random(32)
    : sealCredential(credential, { masterKey: state.masterKey, rpId: asked.rpId, random });
  if (asked.rk) {
    // CTAP 2.1 §6.1.2 step 16: one discoverable credential for an RP and user; the new one overwrites.
    const others = state.credentials.filter(
      (other) => other.rpId !== asked.rpId || !sameUser(other.user.id, asked.user.id),
    );
    refuseIf(others.length >= virtualLimits.discoverableCredentials, 'CTAP2_ERR_KEY_STORE_FULL');
    state.credentials = [
      ...others,
      { ...credential, credentialId, rpId: asked.rpId, user: asked.user, credBlob, largeBlobKey },
    ];
  }
  state.signCount += 1;
  await key.save();
  const authenticatorData = encodeAuthenticatorData({
    rpIdHash: rpIdHash(asked.rpId),
    flags: { userPresent: true, userVerified, backupEligible: false, backedUp: false },
    signCount: state.signCount,
    attestedCredential: { aaguid: key.rules.aaguid, credentialId, publicKey: keyPair.encodedCoseKey },
    extensions: asked.extensions.outputs(key, asked.rpId),
  });
  return attest(key, { authenticatorData, asked, keyPair });
};

const sameUser = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

/** CTAP 2.1 §6.1.2 step 1: an empty pinUvAuthParam asks for a touch alone, to tell one of several keys. */
export const refuseSelectionByPin = async (
  key: VirtualKey,
  request: CborFields,
  waiting: Waiting,
  paramKey = 0x08,
): Promise<void> => {
  if (request.optional(paramKey, 'bytes')?.length !== 0) return;
  await key.person.touch(waiting);
  throw new Refusal(key.state.pinHash === null ? 'CTAP2_ERR_PIN_NOT_SET' : 'CTAP2_ERR_PIN_INVALID');
};

const readRequest = (key: VirtualKey, request: CborFields): CreationRequest => {
  const clientDataHash = request.required(0x01, 'bytes');
  const rpId = request.nested(0x02).required('id', 'text');
  const user = request.nested(0x03);
  const userId = user.required('id', 'bytes');
  refuseIf(clientDataHash.length !== 32 || userId.length > 64, 'CTAP1_ERR_INVALID_LENGTH');
  const proof = readProof(key, request, [0x08, 0x09]);
  request.required(0x04, 'array');
  const wanted = request.listOfMaps(0x04).map((item) => ({
    alg: item.required('alg', 'integer'),
    type: item.required('type', 'text'),
  }));
  const algorithm = wanted.find(
    ({ alg, type }) => type === 'public-key' && virtualAlgorithms.includes(alg),
  )?.alg;
  if (algorithm === undefined) throw new Refusal('CTAP2_ERR_UNSUPPORTED_ALGORITHM');
  const options = request.optionalNested(0x07);
  const uv = proof === null && (options?.optional('uv', 'boolean') ?? false);
  refuseIf(uv && !isUvConfigured(key), 'CTAP2_ERR_INVALID_OPTION');
  refuseIf(options?.optional('up', 'boolean') === false, 'CTAP2_ERR_INVALID_OPTION');
  const rk = options?.optional('rk', 'boolean') ?? false;
  return {
    clientDataHash,
    rpId,
    user: {
      id: userId,
      name: user.optional('name', 'text'),
      displayName: user.optional('displayName', 'text'),
    },
    algorithm,
    excluded: readDescriptors(key, request, 0x05),
    rk,
    uv,
    proof,
    enterprise: wantsEnterprise(key, request.optional(0x0a, 'integer')),
    extensions: readCredentialExtensions(key, request.optionalNested(0x06), rk),
  };
};

export const readDescriptors = (
  key: VirtualKey,
  request: CborFields,
  member: number,
): readonly Uint8Array[] => {
  const descriptors = request.listOfMaps(member);
  refuseIf(descriptors.length > key.rules.maxCredentialCountInList, 'CTAP2_ERR_LIMIT_EXCEEDED');
  return descriptors
    .filter((descriptor) => descriptor.required('type', 'text') === 'public-key')
    .map((descriptor) => descriptor.required('id', 'bytes'));
};

const wantsEnterprise = (key: VirtualKey, enterpriseAttestation: number | null): boolean => {
  if (enterpriseAttestation === null) return false;
  const able = key.attestation !== 'self' && key.attestation !== 'none' && key.state.enterpriseAttestation;
  refuseIf(!able, 'CTAP1_ERR_INVALID_PARAMETER');
  refuseIf(enterpriseAttestation !== 1 && enterpriseAttestation !== 2, 'CTAP2_ERR_INVALID_OPTION');
  // Vendor-facilitated attestation (1) is for RP IDs that the maker wrote into the key: this one has none.
  return enterpriseAttestation === 2;
};

const verifyUser = async (
  key: VirtualKey,
  asked: CreationRequest,
  waiting: Waiting,
): Promise<{ readonly userVerified: boolean; readonly token: TokenInUse | null }> => {
  const { state, rules } = key;
  const proven = asked.proof !== null || asked.uv;
  let { uv } = asked;
  if (state.alwaysUv) {
    refuseIf(!isProtected(key), 'CTAP2_ERR_PUAT_REQUIRED');
    if (!proven) {
      refuseIf(!isUvConfigured(key), 'CTAP2_ERR_PUAT_REQUIRED');
      uv = true;
    }
  } else if (isProtected(key) && !proven) {
    // makeCredUvNotRqd, where the key has it, leaves out only credentials that nobody can discover.
    refuseIf(!rules.permissionTokens || asked.rk, 'CTAP2_ERR_PUAT_REQUIRED');
  }
  if (asked.proof !== null && isProtected(key)) {
    const token = requireToken(key, asked.proof, {
      message: asked.clientDataHash,
      permission: tokenPermission.makeCredential,
      rpId: asked.rpId,
    });
    refuseIf(!token.userVerified, 'CTAP2_ERR_PIN_AUTH_INVALID');
    return { userVerified: true, token };
  }
  if (uv) await performBuiltInUv(key, waiting);
  return { userVerified: uv, token: null };
};

const refuseExcluded = async (
  key: VirtualKey,
  asked: CreationRequest,
  { userVerified, waiting }: { readonly userVerified: boolean; readonly waiting: Waiting },
): Promise<void> => {
  for (const credentialId of asked.excluded) {
    const known = findCredential(key.state, asked.rpId, credentialId);
    // CTAP 2.1 §12.1.1: a credential that needs user verification is not even betrayed without it.
    if (known === null || (known.credProtect === 3 && !userVerified)) continue;
    // The touch comes first, so that no page can list credentials without the person.
    await key.person.touch(waiting).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
    });
    throw new Refusal(
      waiting.signal.aborted ? 'CTAP2_ERR_KEEPALIVE_CANCEL' : 'CTAP2_ERR_CREDENTIAL_EXCLUDED',
    );
  }
};

const attest = (
  key: VirtualKey,
  made: {
    readonly authenticatorData: Uint8Array;
    readonly asked: CreationRequest;
    readonly keyPair: CredentialKey;
  },
): CborMap => {
  const { authenticatorData, asked, keyPair } = made;
  const signed = concatBytes(authenticatorData, asked.clientDataHash);
  const response = new Map<number, unknown>([[0x02, authenticatorData]]);
  if (key.attestation === 'none') {
    response.set(0x01, 'none').set(0x03, new Map());
  } else if (key.attestation === 'self') {
    const statement = { alg: keyPair.algorithm, sig: keyPair.sign(signed) };
    response.set(0x01, 'packed').set(0x03, statement);
  } else {
    const { privateKey, certificate, enterpriseCertificate } = key.attestation;
    const sig = new CredentialKey(-7, privateKey).sign(signed);
    const x5c = [asked.enterprise ? enterpriseCertificate : certificate];
    response.set(0x01, 'packed').set(0x03, { alg: -7, sig, x5c });
    if (asked.enterprise) response.set(0x04, true);
  }
  if (asked.extensions.largeBlobKey !== null) response.set(0x05, asked.extensions.largeBlobKey);
  return response;
};
