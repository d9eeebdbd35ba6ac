import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import type {
  ConnectedKey,
  CreationOptions,
  KeyFacts,
  OrderAction,
  RegistrationCredential,
} from '@keywarden/domain';
import { concatBytes, fromBase64Url, toBase64Url } from '@keywarden/fido2/bytes';
import { encode } from '@keywarden/fido2/cbor';

/** What a key did, seen from the workstation service. */
export interface TestKey {
  readonly model: string;
  readonly serial: string | null;
  readonly facts: () => Promise<KeyFacts>;
  readonly configure: (order: Of<'configure'>) => Promise<RegistrationCredential | null>;
  readonly enroll: (order: Of<'enroll'>) => Promise<RegistrationCredential>;
  readonly remove: (order: Of<'remove-credential'>) => Promise<number>;
  readonly identify: (identify: NonNullable<Of<'session'>['identify']>) => Promise<ConnectedKey['tag']>;
  readonly reset: () => Promise<void>;
  /** Credential ids on it for that RP ID. */
  readonly held: (rpId: string) => Promise<readonly string[]>;
}
type Of<A extends OrderAction['action']> = Extract<OrderAction, { action: A }>;

interface SoftCredential {
  readonly rpId: string;
  readonly userHandle: string;
  readonly credentialId: string;
  readonly privateKey: KeyObject;
  signCount: number;
}

export interface SoftKey extends TestKey {
  /** What the next operations do wrong. */
  readonly faults: {
    /** The key does not keep what was written. */
    forgets?: 'minPINLength' | 'alwaysUv' | 'pin' | 'forcePINChange' | 'assetTag';
    /** The registration answers another challenge, origin or RP ID, without user verification, with a broken signature. */
    registration?:
      | 'challenge'
      | 'origin'
      | 'rp-id'
      | 'no-uv'
      | 'signature'
      | 'aaguid'
      | 'no-attestation'
      | 'algorithm';
  };
  readonly credentials: SoftCredential[];
  /** The credentials of another key, its counters included: a copy. */
  cloneFrom(other: SoftKey): void;
}

export const softAaguid = '6b657977-6172-4465-8e2d-746573746b65';

/**
 * A software key at the level of WebAuthn, for what a real one would not do on demand: it can be told to misbehave.
 * ES256 and packed self attestation, or none.
 */
export function softKey(options: { serial?: string | null; facts?: Partial<KeyFacts> } = {}): SoftKey {
  const credentials: SoftCredential[] = [];
  const faults: SoftKey['faults'] = {};
  let state = {
    pin: false,
    minPINLength: 4,
    alwaysUv: false,
    forcePINChange: false,
  };

  const facts = async (): Promise<KeyFacts> => ({
    aaguid: softAaguid,
    versions: ['FIDO_2_0', 'FIDO_2_1'],
    extensions: ['minPinLength'],
    transports: ['usb'],
    firmware: '1.0.0',
    minPINLength: state.minPINLength,
    forcePINChange: state.forcePINChange,
    remainingDiscoverableCredentials: 25 - credentials.length,
    algorithms: [-7],
    clientPinSet: state.pin,
    pinRetries: 8,
    ...options.facts,
    options: {
      rk: true,
      clientPin: state.pin,
      alwaysUv: state.alwaysUv,
      authnrCfg: true,
      setMinPINLength: true,
      credMgmt: true,
      ...options.facts?.options,
    },
  });

  /** CTAP 2.1 §6.1.2: same RP ID and user handle overwrites. */
  const make = (of: { rpId: string; userHandle: string }): SoftCredential & { x: string; y: string } => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    // Copied: Node.js 20 can hang where a key's JWK is asked for while the job that made it is collected as garbage.
    const copy = publicKey.export({ format: 'der', type: 'spki' });
    const { x = '', y = '' } = createPublicKey({ format: 'der', type: 'spki', key: copy }).export({
      format: 'jwk',
    });
    const made = { ...of, credentialId: toBase64Url(randomBytes(32)), privateKey, signCount: 0 };
    const old = credentials.findIndex((one) => one.rpId === of.rpId && one.userHandle === of.userHandle);
    if (old >= 0) credentials.splice(old, 1);
    credentials.push(made);
    return { ...made, x, y };
  };

  const register = (of: {
    rpId: string;
    userHandle: string;
    challenge: string;
    origin: string;
    attest: boolean;
  }): RegistrationCredential => {
    const fault = faults.registration;
    const made = make(of);
    const clientData = Buffer.from(
      JSON.stringify({
        type: 'webauthn.create',
        challenge: fault === 'challenge' ? toBase64Url(randomBytes(32)) : of.challenge,
        origin: fault === 'origin' ? 'https://evil.example' : of.origin,
      }),
    );
    const publicKey = encode(
      new Map<number, number | Uint8Array>([
        [1, 2],
        [3, fault === 'algorithm' ? -47 : -7],
        [-1, 1],
        [-2, fromBase64Url(made.x)],
        [-3, fromBase64Url(made.y)],
      ]),
    );
    const aaguid = fault === 'aaguid' ? '00112233-4455-6677-8899-aabbccddeeff' : softAaguid;
    const authData = concatBytes(
      sha256(fault === 'rp-id' ? 'evil.example' : of.rpId),
      // UP, UV and AT.
      Uint8Array.of(fault === 'no-uv' ? 0x41 : 0x45),
      counter(0),
      Buffer.from(aaguid.replaceAll('-', ''), 'hex'),
      Uint8Array.of(0, 32),
      fromBase64Url(made.credentialId),
      publicKey,
    );
    const signed = concatBytes(authData, sha256(clientData));
    const sig = sign('sha256', fault === 'signature' ? authData : signed, made.privateKey);
    const attest = of.attest && fault !== 'no-attestation';
    return {
      id: made.credentialId,
      rawId: made.credentialId,
      type: 'public-key',
      response: {
        clientDataJSON: toBase64Url(clientData),
        attestationObject: toBase64Url(
          encode({
            fmt: attest ? 'packed' : 'none',
            attStmt: attest ? { alg: -7, sig: new Uint8Array(sig) } : {},
            authData,
          }),
        ),
        transports: ['usb'],
      },
    };
  };

  return {
    model: 'Software test key',
    serial: options.serial === undefined ? 'SOFT-1' : options.serial,
    faults,
    credentials,
    facts,
    async configure(order) {
      const keeps = (what: string) => faults.forgets !== what;
      state = {
        ...state,
        pin: state.pin || (order.pin.mode === 'typed' && keeps('pin')),
        minPINLength: keeps('minPINLength')
          ? Math.max(state.minPINLength, order.minPINLength ?? 0)
          : state.minPINLength,
        alwaysUv: keeps('alwaysUv') ? (order.alwaysUv ?? state.alwaysUv) : state.alwaysUv,
      };
      const tag = order.assetTag;
      if (tag === null || !keeps('assetTag')) return null;
      return register({ ...tag, origin: 'keywarden:asset-tag', attest: false });
    },
    async enroll(order) {
      const made = register({ ...ceremony(order.options), origin: order.origin });
      if (order.forcePINChange && faults.forgets !== 'forcePINChange') state.forcePINChange = true;
      return made;
    },
    async remove(order) {
      const gone = credentials.filter(
        (one) =>
          one.rpId === order.rpId &&
          (order.credentialId === null || one.credentialId === order.credentialId) &&
          (order.userHandle === null || one.userHandle === order.userHandle) &&
          !order.keepCredentialIds.includes(one.credentialId),
      );
      for (const one of gone) credentials.splice(credentials.indexOf(one), 1);
      return gone.length;
    },
    async identify({ rpId, challenge }) {
      const tag = credentials.find((one) => one.rpId === rpId);
      if (tag === undefined) return null;
      tag.signCount += 1;
      const clientData = Buffer.from(
        JSON.stringify({ type: 'webauthn.get', challenge, origin: 'keywarden:asset-tag' }),
      );
      const authenticatorData = concatBytes(sha256(rpId), Uint8Array.of(0), counter(tag.signCount));
      return {
        credentialId: tag.credentialId,
        authenticatorData: toBase64Url(authenticatorData),
        clientDataJSON: toBase64Url(clientData),
        signature: toBase64Url(
          sign('sha256', concatBytes(authenticatorData, sha256(clientData)), tag.privateKey),
        ),
        userHandle: tag.userHandle,
      };
    },
    async reset() {
      credentials.length = 0;
      state = { pin: false, minPINLength: 4, alwaysUv: false, forcePINChange: false };
    },
    held: async (rpId) => credentials.filter((one) => one.rpId === rpId).map((one) => one.credentialId),
    cloneFrom(other) {
      credentials.splice(0, credentials.length, ...other.credentials.map((one) => ({ ...one })));
    },
  };
}

function ceremony(options: CreationOptions) {
  return {
    rpId: options.rp.id,
    userHandle: options.user.id,
    challenge: options.challenge,
    attest: options.attestation !== 'none',
  };
}

function sha256(data: string | Uint8Array): Uint8Array {
  return createHash('sha256').update(data).digest();
}

function counter(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
