import { createHmac } from 'node:crypto';
import { concatBytes, equalBytes } from '../bytes/index.ts';
import type { CborFields } from '../ctap2/fields.ts';
import { agree } from '../ctap2/key-agreement.ts';
import { hmacSecretOf, type VirtualCredential } from './credentials.ts';
import type { VirtualKey } from './key.ts';
import { virtualLimits } from './profile.ts';
import { Refusal, refuseIf } from './refusal.ts';

/** What the extensions of a creation ask to be kept with the credential, and what they answer. */
export interface CredentialExtensions {
  readonly credProtect: number;
  readonly credBlob: Uint8Array | null;
  readonly largeBlobKey: Uint8Array | null;
  readonly outputs: (key: VirtualKey, rpId: string) => ReadonlyMap<string, unknown> | null;
}

/** CTAP 2.1 §12: extensions that the key doesn't know are ignored. */
export const readCredentialExtensions = (
  key: VirtualKey,
  inputs: CborFields | null,
  rk: boolean,
): CredentialExtensions => {
  const asked = (name: string): boolean =>
    key.rules.extensions.includes(name) && inputs?.map.has(name) === true;
  const level = asked('credProtect') ? (inputs?.required('credProtect', 'integer') ?? 0) : null;
  refuseIf(level !== null && (level < 1 || level > 3), 'CTAP2_ERR_INVALID_OPTION');
  const blob = asked('credBlob') ? (inputs?.required('credBlob', 'bytes') ?? null) : null;
  // CTAP 2.1 §12.2: kept only where it fits and the credential is discoverable; the answer says which.
  const keepsBlob = blob !== null && rk && blob.length <= virtualLimits.maxCredBlobLength;
  let largeBlobKey: Uint8Array | null = null;
  if (asked('largeBlobKey')) {
    // CTAP 2.1 §12.3: false is not a valid value, and only discoverable credentials have the key.
    refuseIf(inputs?.required('largeBlobKey', 'boolean') !== true || !rk, 'CTAP2_ERR_INVALID_OPTION');
    largeBlobKey = key.random(32);
  }
  const hmacSecret = asked('hmac-secret') && inputs?.required('hmac-secret', 'boolean') === true;
  const minPinLength = asked('minPinLength') && inputs?.required('minPinLength', 'boolean') === true;
  return {
    credProtect: level ?? 1,
    credBlob: keepsBlob ? blob : null,
    largeBlobKey,
    outputs: ({ state }, rpId) => {
      const outputs = new Map<string, unknown>();
      if (level !== null) outputs.set('credProtect', level);
      if (blob !== null) outputs.set('credBlob', keepsBlob);
      if (hmacSecret) outputs.set('hmac-secret', true);
      if (minPinLength && state.minPINLengthRpIds.includes(rpId))
        outputs.set('minPinLength', state.minPINLength);
      return outputs.size === 0 ? null : outputs;
    },
  };
};

export interface AssertionExtensions {
  readonly largeBlobKey: boolean;
  readonly outputs: (
    credential: VirtualCredential,
    userVerified: boolean,
  ) => ReadonlyMap<string, unknown> | null;
}

export const readAssertionExtensions = (
  key: VirtualKey,
  inputs: CborFields | null,
  userPresent: boolean,
): AssertionExtensions => {
  const asked = (name: string): boolean =>
    key.rules.extensions.includes(name) && inputs?.map.has(name) === true;
  const wantsBlob = asked('credBlob') && inputs?.required('credBlob', 'boolean') === true;
  const largeBlobKey = asked('largeBlobKey');
  refuseIf(largeBlobKey && inputs?.required('largeBlobKey', 'boolean') !== true, 'CTAP2_ERR_INVALID_OPTION');
  const hmac = asked('hmac-secret') && inputs !== null ? readSalts(key, inputs.nested('hmac-secret')) : null;
  refuseIf(hmac !== null && !userPresent, 'CTAP2_ERR_UNSUPPORTED_OPTION');
  return {
    largeBlobKey,
    outputs: (credential, userVerified) => {
      const outputs = new Map<string, unknown>();
      if (wantsBlob) outputs.set('credBlob', credential.credBlob ?? new Uint8Array());
      if (hmac !== null) {
        const secret = hmacSecretOf(key.state, credential.credentialId, userVerified);
        outputs.set('hmac-secret', hmac(secret));
      }
      return outputs.size === 0 ? null : outputs;
    },
  };
};

const saltLength = 32;

/** CTAP 2.1 §12.5: decrypts and checks the salts; answers how a credential's secret turns them into the output. */
const readSalts = (key: VirtualKey, input: CborFields): ((secret: Uint8Array) => Uint8Array) => {
  const platformKey = input.nested(0x01);
  const saltEnc = input.required(0x02, 'bytes');
  const saltAuth = input.required(0x03, 'bytes');
  const agreement = key.session.tokens.protocol(input.optional(0x04, 'integer') ?? 1);
  if (agreement === null) throw new Refusal('CTAP1_ERR_INVALID_PARAMETER');
  const { protocol, agreementKey } = agreement;
  const agreed = agree(agreementKey, platformKey);
  if (agreed === null) throw new Refusal('CTAP1_ERR_INVALID_PARAMETER');
  const shared = protocol.sharedSecret(agreed);
  refuseIf(!equalBytes(protocol.authenticate(shared, saltEnc), saltAuth), 'CTAP2_ERR_PIN_AUTH_INVALID');
  const salts = protocol.decrypt(shared, saltEnc);
  if (salts === null || (salts.length !== saltLength && salts.length !== 2 * saltLength)) {
    throw new Refusal('CTAP1_ERR_INVALID_LENGTH');
  }
  return (secret) => {
    const outputs: Uint8Array[] = [];
    for (let offset = 0; offset < salts.length; offset += saltLength) {
      outputs.push(
        createHmac('sha256', secret)
          .update(salts.subarray(offset, offset + saltLength))
          .digest(),
      );
    }
    return protocol.encrypt(shared, concatBytes(...outputs), key.random);
  };
};
