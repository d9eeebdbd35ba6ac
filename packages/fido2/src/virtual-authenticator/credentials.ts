import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import { concatBytes, equalBytes, FormatError } from '../bytes/index.ts';
import { decode, encode } from '../cbor/index.ts';
import { CborFields } from '../ctap2/fields.ts';
import type { RandomBytes } from '../ctap2/surroundings.ts';
import type { VirtualState } from './state.ts';

/** A credential in use, wherever it is kept. */
export interface VirtualCredential {
  readonly credentialId: Uint8Array;
  readonly rpId: string;
  /** Null where the credential is not discoverable: nobody stored the user. */
  readonly user: {
    readonly id: Uint8Array;
    readonly name: string | null;
    readonly displayName: string | null;
  } | null;
  readonly algorithm: number;
  readonly privateKey: Uint8Array;
  readonly credProtect: number;
  readonly credBlob: Uint8Array | null;
  readonly largeBlobKey: Uint8Array | null;
}

export const rpIdHash = (rpId: string): Uint8Array =>
  new Uint8Array(createHash('sha256').update(rpId).digest());

const nonceLength = 12;
const tagLength = 16;

/** A non-discoverable credential is its own id: sealed under the key's master key and bound to the RP ID. */
export const sealCredential = (
  { algorithm, privateKey, credProtect }: Pick<VirtualCredential, 'algorithm' | 'privateKey' | 'credProtect'>,
  {
    masterKey,
    rpId,
    random,
  }: { readonly masterKey: Uint8Array; readonly rpId: string; readonly random: RandomBytes },
): Uint8Array =>
  sealUnder(rpIdHash(rpId), encode({ a: algorithm, k: privateKey, p: credProtect }), { masterKey, random });

export const sealUnder = (
  boundTo: Uint8Array,
  plaintext: Uint8Array,
  { masterKey, random }: { readonly masterKey: Uint8Array; readonly random: RandomBytes },
): Uint8Array => {
  const nonce = random(nonceLength);
  const cipher = createCipheriv('aes-256-gcm', masterKey, nonce).setAAD(boundTo);
  return concatBytes(nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
};

const open = (masterKey: Uint8Array, boundTo: Uint8Array, sealed: Uint8Array): Uint8Array | null => {
  if (sealed.length < nonceLength + tagLength) return null;
  const decipher = createDecipheriv('aes-256-gcm', masterKey, sealed.subarray(0, nonceLength), {
    authTagLength: tagLength,
  });
  decipher.setAAD(boundTo).setAuthTag(sealed.subarray(-tagLength));
  try {
    return concatBytes(decipher.update(sealed.subarray(nonceLength, -tagLength)), decipher.final());
  } catch {
    return null;
  }
};

/** What a sealed id holds; null where it is another key's, another RP's or from before a reset. */
export const openSealedCredential = (
  masterKey: Uint8Array,
  boundTo: Uint8Array,
  credentialId: Uint8Array,
): Pick<VirtualCredential, 'algorithm' | 'privateKey' | 'credProtect'> | null => {
  const plaintext = open(masterKey, boundTo, credentialId);
  if (plaintext === null) return null;
  try {
    const value = decode(plaintext);
    if (!(value instanceof Map)) return null;
    const fields = new CborFields(value, () => new FormatError('cbor-invalid', 'not a sealed credential'));
    return {
      algorithm: fields.required('a', 'integer'),
      privateKey: fields.required('k', 'bytes'),
      credProtect: fields.required('p', 'integer'),
    };
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
};

/** The credential of that id for that RP, if this key has it. */
export const findCredential = (
  state: VirtualState,
  rpId: string,
  credentialId: Uint8Array,
): VirtualCredential | null => {
  const stored = state.credentials.find(
    (candidate) => candidate.rpId === rpId && equalBytes(candidate.credentialId, credentialId),
  );
  if (stored !== undefined) return stored;
  const sealed = openSealedCredential(state.masterKey, rpIdHash(rpId), credentialId);
  if (sealed === null) return null;
  return { ...sealed, credentialId, rpId, user: null, credBlob: null, largeBlobKey: null };
};

/** CTAP 2.1 §12.5: two secrets per credential, one for each way of asking. */
export const hmacSecretOf = (
  state: VirtualState,
  credentialId: Uint8Array,
  userVerified: boolean,
): Uint8Array =>
  createHmac('sha256', state.masterKey)
    .update(userVerified ? 'hmac-secret with user verification' : 'hmac-secret without user verification')
    .update(credentialId)
    .digest();
