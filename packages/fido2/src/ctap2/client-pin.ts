import { createHash } from 'node:crypto';
import { concatBytes } from '../bytes/index.ts';
import { type CommandOptions, type Parameters, parameters, sendCommand } from './command.ts';
import { type CtapDevice, DeviceError } from './device.ts';
import type { CborFields } from './fields.ts';
import type { AuthenticatorInfo } from './info.ts';
import { agree, agreementCoseKey, generateAgreementKey } from './key-agreement.ts';
import type { PinUvAuthProtocol } from './pin-protocol.ts';
import { pinProtocolOne } from './pin-protocol-one.ts';
import { pinUvAuthProtocol } from './pin-protocols.ts';
import type { RandomBytes } from './surroundings.ts';

/** CTAP 2.1 §6.5.5. */
export const clientPinSubCommand = {
  getPINRetries: 0x01,
  getKeyAgreement: 0x02,
  setPIN: 0x03,
  changePIN: 0x04,
  getPinToken: 0x05,
  getPinUvAuthTokenUsingUvWithPermissions: 0x06,
  getUVRetries: 0x07,
  getPinUvAuthTokenUsingPinWithPermissions: 0x09,
} as const;

/** CTAP 2.1 §6.5.5.7, a bit field. */
export const tokenPermission = {
  makeCredential: 0x01,
  getAssertion: 0x02,
  credentialManagement: 0x04,
  bioEnrollment: 0x08,
  largeBlobWrite: 0x10,
  authenticatorConfiguration: 0x20,
  /** CTAP 2.2: persistent, read-only credential management. */
  persistentCredentialManagementReadOnly: 0x40,
} as const;

/** A pinUvAuthToken in hand. The token itself stays inside. */
export interface PinUvAuthToken {
  readonly protocol: 1 | 2;
  /** @returns a pinUvAuthParam */
  authenticate(message: Uint8Array): Uint8Array;
}

export interface TokenRequest {
  /** Bits of `tokenPermission`; ignored by keys that know no permissions. */
  readonly permissions: number;
  /** Needed for makeCredential and getAssertion. */
  readonly rpId?: string | undefined;
}

export interface ClientPinContext extends CommandOptions {
  readonly device: CtapDevice;
  readonly protocol: PinUvAuthProtocol;
  readonly random: RandomBytes;
}

/** The protocol both sides know that the key prefers; null where the key has neither PIN nor UV tokens. */
export const choosePinUvAuthProtocol = (info: AuthenticatorInfo): PinUvAuthProtocol | null => {
  for (const version of info.pinUvAuthProtocols) {
    const protocol = pinUvAuthProtocol(version);
    if (protocol !== null) return protocol;
  }
  // CTAP 2.0 keys may leave the member out; protocol one is then the only one there is.
  const silent = info.pinUvAuthProtocols.length === 0 && info.options['clientPin'] !== undefined;
  return silent ? pinProtocolOne : null;
};

const maximumPinBytes = 63;
const paddedPinLength = 64;

/** UTF-8 of the NFC form (CTAP 2.1 §6.5.1); null where the key could not take it, whatever its minimum. */
export const pinBytes = (pin: string): Uint8Array | null => {
  const bytes = new TextEncoder().encode(pin.normalize('NFC'));
  // The key finds the end of a new PIN by its zero padding.
  if (bytes.length === 0 || bytes.length > maximumPinBytes || bytes.includes(0)) return null;
  return bytes;
};

/** Unicode code points, as keys count. */
export const pinLength = (pin: string): number => [...pin.normalize('NFC')].length;

const requirePinBytes = (pin: string): Uint8Array => {
  const bytes = pinBytes(pin);
  if (bytes === null) throw new RangeError('a PIN has 1 to 63 bytes of UTF-8 and no zero byte');
  return bytes;
};

interface Agreement {
  readonly secret: Uint8Array;
  readonly platformKey: ReadonlyMap<number, unknown>;
}

/** authenticatorClientPIN (CTAP 2.1 §6.5). Every method throws CtapError and DeviceError. */
export class ClientPin {
  readonly #context: ClientPinContext;

  constructor(context: ClientPinContext) {
    this.#context = context;
  }

  async pinRetries(): Promise<{ readonly retries: number; readonly powerCycleRequired: boolean }> {
    const answer = await this.#send([0x02, clientPinSubCommand.getPINRetries]);
    return {
      retries: answer.required(0x03, 'integer'),
      powerCycleRequired: answer.optional(0x04, 'boolean') ?? false,
    };
  }

  async uvRetries(): Promise<number> {
    return (await this.#send([0x02, clientPinSubCommand.getUVRetries])).required(0x05, 'integer');
  }

  /** @throws RangeError where `pinBytes` gives null; never with the PIN in its message */
  async setPin(newPin: string): Promise<void> {
    const { protocol } = this.#context;
    const padded = this.#padded(newPin);
    const { secret, platformKey } = await this.#agree();
    const newPinEnc = this.#encrypt(secret, padded);
    await this.#send(
      [0x02, clientPinSubCommand.setPIN],
      [0x03, platformKey],
      [0x04, protocol.authenticate(secret, newPinEnc)],
      [0x05, newPinEnc],
    );
  }

  async changePin(currentPin: string, newPin: string): Promise<void> {
    const { protocol } = this.#context;
    const current = requirePinBytes(currentPin);
    const padded = this.#padded(newPin);
    const { secret, platformKey } = await this.#agree();
    const newPinEnc = this.#encrypt(secret, padded);
    const pinHashEnc = this.#encrypt(secret, pinHash(current));
    await this.#send(
      [0x02, clientPinSubCommand.changePIN],
      [0x03, platformKey],
      [0x04, protocol.authenticate(secret, concatBytes(newPinEnc, pinHashEnc))],
      [0x05, newPinEnc],
      [0x06, pinHashEnc],
    );
  }

  /** CTAP 2.0's way: a token for everything. */
  async pinToken(pin: string): Promise<PinUvAuthToken> {
    const current = requirePinBytes(pin);
    const { secret, platformKey } = await this.#agree();
    const answer = await this.#send(
      [0x02, clientPinSubCommand.getPinToken],
      [0x03, platformKey],
      [0x06, this.#encrypt(secret, pinHash(current))],
    );
    return this.#token(secret, answer);
  }

  async tokenUsingPin(pin: string, request: TokenRequest): Promise<PinUvAuthToken> {
    const current = requirePinBytes(pin);
    const { secret, platformKey } = await this.#agree();
    const answer = await this.#send(
      [0x02, clientPinSubCommand.getPinUvAuthTokenUsingPinWithPermissions],
      [0x03, platformKey],
      [0x06, this.#encrypt(secret, pinHash(current))],
      [0x09, request.permissions],
      [0x0a, request.rpId],
    );
    return this.#token(secret, answer);
  }

  /** By the key's own user verification: fingerprint, PIN pad. */
  async tokenUsingUv(request: TokenRequest): Promise<PinUvAuthToken> {
    const { secret, platformKey } = await this.#agree();
    const answer = await this.#send(
      [0x02, clientPinSubCommand.getPinUvAuthTokenUsingUvWithPermissions],
      [0x03, platformKey],
      [0x09, request.permissions],
      [0x0a, request.rpId],
    );
    return this.#token(secret, answer);
  }

  /** A shared secret of its own, as the hmac-secret extension needs one (CTAP 2.1 §12.5). */
  async agreement(): Promise<Agreement> {
    return this.#agree();
  }

  async #agree(): Promise<Agreement> {
    const { protocol, random } = this.#context;
    const answer = await this.#send([0x02, clientPinSubCommand.getKeyAgreement]);
    const platform = generateAgreementKey(random);
    const agreed = agree(platform, answer.nested(0x01));
    if (agreed === null)
      throw new DeviceError('response-malformed', 'clientPIN: the key agreement key is invalid');
    return { secret: protocol.sharedSecret(agreed), platformKey: agreementCoseKey(platform) };
  }

  #send(...members: readonly (readonly [number, unknown])[]): Promise<CborFields> {
    const { device, protocol } = this.#context;
    const sent: Parameters = parameters([0x01, protocol.version], ...members);
    return sendCommand(device, { command: 'clientPIN', sent }, this.#context);
  }

  #padded(pin: string): Uint8Array {
    const padded = new Uint8Array(paddedPinLength);
    padded.set(requirePinBytes(pin));
    return padded;
  }

  #encrypt(secret: Uint8Array, plaintext: Uint8Array): Uint8Array {
    return this.#context.protocol.encrypt(secret, plaintext, this.#context.random);
  }

  #token(secret: Uint8Array, answer: CborFields): PinUvAuthToken {
    const { protocol } = this.#context;
    const token = protocol.decrypt(secret, answer.required(0x02, 'bytes'));
    if (token === null || !protocol.tokenLengths.includes(token.length)) {
      throw new DeviceError('response-malformed', 'clientPIN: the token has an impossible length');
    }
    return {
      protocol: protocol.version,
      authenticate: (message) => protocol.authenticate(token, message),
    };
  }
}

/** The left half of the hash is all that the key ever sees of a PIN. */
const pinHash = (pin: Uint8Array): Uint8Array => createHash('sha256').update(pin).digest().subarray(0, 16);
