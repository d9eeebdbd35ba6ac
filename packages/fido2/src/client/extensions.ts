import { toBase64Url } from '../bytes/index.ts';
import { isField } from '../ctap2/fields.ts';
import { requireBytes } from './client-data.ts';
import { ClientError } from './errors.ts';
import { type HmacSalts, hmacExchange, saltsOfPrf } from './hmac-secret.ts';
import type { KeySession } from './session.ts';

type Inputs = Readonly<Record<string, unknown>>;
type Outputs = Record<string, unknown>;

export interface MappedExtensions {
  /** For the key. */
  readonly inputs: ReadonlyMap<string, unknown>;
  /** For the relying party, from what the key signed and what else it told. */
  readonly outputs: (signed: ReadonlyMap<string, unknown>, told: KeyTold) => Outputs;
}
export interface KeyTold {
  readonly discoverable?: boolean;
  readonly largeBlobKey?: Uint8Array | null;
}

const record = (value: unknown): Inputs =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** WebAuthn L3 §10.2 and CTAP 2.1 §12.1: the policy's names and the key's numbers. */
const protectionLevels: Readonly<Record<string, number>> = {
  userVerificationOptional: 1,
  userVerificationOptionalWithCredentialIDList: 2,
  userVerificationRequired: 3,
};

const credProtect = (session: KeySession, asked: Inputs): number | null => {
  const policy = text(asked['credentialProtectionPolicy']);
  if (policy === undefined) return null;
  const level = protectionLevels[policy];
  if (level === undefined) {
    throw new ClientError('options-invalid', 'unknown credential protection policy', {
      field: 'extensions.credentialProtectionPolicy',
    });
  }
  if (session.info.extensions.includes('credProtect')) return level;
  if (asked['enforceCredentialProtectionPolicy'] === true && level > 1) {
    throw new ClientError('unsupported', 'the key cannot protect credentials', { field: 'credProtect' });
  }
  return null;
};

/** Extensions of a creation (WebAuthn L3 §10, CTAP 2.1 §12); what neither client nor key knows is ignored. */
export const creationExtensions = (
  session: KeySession,
  asked: Inputs,
  { discoverable }: { readonly discoverable: boolean },
): MappedExtensions => {
  const knows = (name: string): boolean => session.info.extensions.includes(name);
  const inputs = new Map<string, unknown>();
  const level = credProtect(session, asked);
  if (level !== null) inputs.set('credProtect', level);
  if (asked['minPinLength'] === true && knows('minPinLength')) inputs.set('minPinLength', true);
  const blob = text(asked['credBlob']);
  if (blob !== undefined && knows('credBlob'))
    inputs.set('credBlob', requireBytes(blob, 'extensions.credBlob'));
  const wantsPrf = asked['prf'] !== undefined;
  const wantsHmac = asked['hmacCreateSecret'] === true;
  if ((wantsPrf || wantsHmac) && knows('hmac-secret')) inputs.set('hmac-secret', true);
  const largeBlob = text(record(asked['largeBlob'])['support']);
  const canLargeBlob = discoverable && knows('largeBlobKey') && session.info.options['largeBlobs'] === true;
  if (largeBlob === 'required' && !canLargeBlob) {
    throw new ClientError('unsupported', 'the key cannot keep large blobs', { field: 'largeBlob' });
  }
  if (largeBlob !== undefined && canLargeBlob) inputs.set('largeBlobKey', true);
  return {
    inputs,
    outputs: (signed, told) => {
      const outputs: Outputs = {};
      if (asked['credProps'] === true) outputs['credProps'] = { rk: told.discoverable ?? false };
      if (blob !== undefined) outputs['credBlob'] = signed.get('credBlob') === true;
      if (wantsPrf) outputs['prf'] = { enabled: signed.get('hmac-secret') === true };
      if (wantsHmac) outputs['hmacCreateSecret'] = signed.get('hmac-secret') === true;
      if (largeBlob !== undefined) outputs['largeBlob'] = { supported: isField(told.largeBlobKey, 'bytes') };
      return outputs;
    },
  };
};

const saltsOf = (asked: Inputs, credentialId: string | undefined): HmacSalts | null => {
  const prf = record(asked['prf']);
  const byCredential = record(record(prf['evalByCredential'])[credentialId ?? '']);
  const chosen = text(byCredential['first']) === undefined ? record(prf['eval']) : byCredential;
  const first = text(chosen['first']);
  if (first !== undefined) return saltsOfPrf({ first, second: text(chosen['second']) });
  const hmac = record(asked['hmacGetSecret']);
  const salt1 = text(hmac['salt1']);
  if (salt1 === undefined) return null;
  const salt2 = text(hmac['salt2']);
  const salts = {
    first: requireBytes(salt1, 'extensions.hmacGetSecret'),
    second: salt2 === undefined ? null : requireBytes(salt2, 'extensions.hmacGetSecret'),
  };
  if (salts.first.length !== 32 || (salts.second !== null && salts.second.length !== 32)) {
    throw new ClientError('options-invalid', 'salts have 32 bytes', { field: 'extensions.hmacGetSecret' });
  }
  return salts;
};

/**
 * Extensions of an assertion. Secrets of hmac-secret are agreed with the key anew, so this speaks with it.
 * @param credentialId base64url of the only credential that can answer, for `evalByCredential`
 */
export const assertionExtensions = async (
  session: KeySession,
  asked: Inputs,
  credentialId: string | undefined,
): Promise<MappedExtensions> => {
  const knows = (name: string): boolean => session.info.extensions.includes(name);
  const inputs = new Map<string, unknown>();
  const wantsBlob = asked['getCredBlob'] === true && knows('credBlob');
  if (wantsBlob) inputs.set('credBlob', true);
  const salts = knows('hmac-secret') ? saltsOf(asked, credentialId) : null;
  const hmac = salts === null ? null : await hmacExchange(session, salts);
  if (hmac !== null) inputs.set('hmac-secret', hmac.input);
  return {
    inputs,
    outputs: (signed) => {
      const outputs: Outputs = {};
      const blob = signed.get('credBlob');
      if (wantsBlob && blob instanceof Uint8Array) outputs['getCredBlob'] = toBase64Url(blob);
      const secrets = hmac?.read(signed.get('hmac-secret')) ?? null;
      if (secrets === null) return outputs;
      if (asked['prf'] === undefined) {
        outputs['hmacGetSecret'] = { output1: secrets.first, output2: secrets.second };
      } else {
        outputs['prf'] = { results: secrets };
      }
      return outputs;
    },
  };
};
