import { createHash } from 'node:crypto';
import { concatBytes, equalBytes } from '../bytes/index.ts';
import { clientPinSubCommand, tokenPermission } from '../ctap2/client-pin.ts';
import type { CborFields, CborMap } from '../ctap2/fields.ts';
import { agree, agreementCoseKey } from '../ctap2/key-agreement.ts';
import type { PinUvAuthProtocol } from '../ctap2/pin-protocol.ts';
import { isUvConfigured, type VirtualCommand, type VirtualKey } from './key.ts';
import { virtualLimits } from './profile.ts';
import { Refusal, refuseIf } from './refusal.ts';
import { performBuiltInUv } from './user-verification.ts';

interface Agreed {
  readonly version: number;
  readonly protocol: PinUvAuthProtocol;
  readonly secret: Uint8Array;
}

const pinHashOf = (pin: Uint8Array): Uint8Array => createHash('sha256').update(pin).digest().subarray(0, 16);

const agreeWith = (key: VirtualKey, request: CborFields): Agreed => {
  const version = request.required(0x01, 'integer');
  const state = key.session.tokens.protocol(version);
  if (state === null) throw new Refusal('CTAP1_ERR_INVALID_PARAMETER');
  const agreed = agree(state.agreementKey, request.nested(0x03));
  if (agreed === null) throw new Refusal('CTAP1_ERR_INVALID_PARAMETER');
  return { version, protocol: state.protocol, secret: state.protocol.sharedSecret(agreed) };
};

/** Takes the padding off a new PIN and judges it (CTAP 2.1 §6.5.5.5). */
const readNewPin = (key: VirtualKey, { protocol, secret }: Agreed, newPinEnc: Uint8Array): Uint8Array => {
  const padded = protocol.decrypt(secret, newPinEnc);
  if (padded?.length !== 64) throw new Refusal('CTAP1_ERR_INVALID_PARAMETER');
  const end = padded.indexOf(0);
  refuseIf(end === -1, 'CTAP2_ERR_PIN_POLICY_VIOLATION');
  const pin = padded.slice(0, end);
  refuseIf(codePoints(pin) < key.state.minPINLength, 'CTAP2_ERR_PIN_POLICY_VIOLATION');
  return pin;
};

/** Every byte that is not a UTF-8 continuation begins a code point. */
const codePoints = (utf8: Uint8Array): number => utf8.filter((byte) => (byte & 0xc0) !== 0x80).length;

const storePin = (key: VirtualKey, pin: Uint8Array): void => {
  const { state, session } = key;
  state.pinHash = pinHashOf(pin);
  state.pinLength = codePoints(pin);
  state.pinRetries = virtualLimits.maxPinRetries;
  state.forcePINChange = false;
  session.pinFailures = 0;
  session.tokens.resetAll();
};

const refuseBlockedPin = ({ state, session }: VirtualKey): void => {
  refuseIf(state.pinRetries <= 0, 'CTAP2_ERR_PIN_BLOCKED');
  refuseIf(session.pinFailures >= virtualLimits.pinAttemptsPerPowerCycle, 'CTAP2_ERR_PIN_AUTH_BLOCKED');
};

/** Counts the try before it looks (a key pulled at the right moment must not give a free one), then compares. */
const checkPin = async (key: VirtualKey, agreed: Agreed, pinHashEnc: Uint8Array): Promise<void> => {
  const { state, session } = key;
  if (state.pinHash === null) throw new Refusal('CTAP2_ERR_PIN_NOT_SET');
  state.pinRetries -= 1;
  await key.save();
  const given = agreed.protocol.decrypt(agreed.secret, pinHashEnc);
  if (given !== null && equalBytes(given, state.pinHash)) {
    state.pinRetries = virtualLimits.maxPinRetries;
    session.pinFailures = 0;
    await key.save();
    return;
  }
  session.tokens.regenerate(agreed.version);
  session.pinFailures += 1;
  refuseBlockedPin(key);
  throw new Refusal('CTAP2_ERR_PIN_INVALID');
};

const getPinRetries: VirtualCommand = async ({ state, session, rules }) => {
  const answer = new Map<number, unknown>([[0x03, state.pinRetries]]);
  const exhausted = session.pinFailures >= virtualLimits.pinAttemptsPerPowerCycle;
  if (rules.permissionTokens && exhausted && state.pinRetries > 0) answer.set(0x04, true);
  return answer;
};

const getKeyAgreement: VirtualCommand = async (key, request) => {
  const protocol = key.session.tokens.protocol(request.required(0x01, 'integer'));
  if (protocol === null) throw new Refusal('CTAP1_ERR_INVALID_PARAMETER');
  return new Map<number, unknown>([[0x01, agreementCoseKey(protocol.agreementKey)]]);
};

const setPin: VirtualCommand = async (key, request) => {
  const agreed = agreeWith(key, request);
  const param = request.required(0x04, 'bytes');
  const newPinEnc = request.required(0x05, 'bytes');
  refuseIf(key.state.pinHash !== null, 'CTAP2_ERR_PIN_AUTH_INVALID');
  refuseIf(
    !equalBytes(agreed.protocol.authenticate(agreed.secret, newPinEnc), param),
    'CTAP2_ERR_PIN_AUTH_INVALID',
  );
  storePin(key, readNewPin(key, agreed, newPinEnc));
  await key.save();
  return null;
};

const changePin: VirtualCommand = async (key, request) => {
  const param = request.required(0x04, 'bytes');
  const newPinEnc = request.required(0x05, 'bytes');
  const pinHashEnc = request.required(0x06, 'bytes');
  refuseIf(key.state.pinHash === null, 'CTAP2_ERR_PIN_NOT_SET');
  refuseBlockedPin(key);
  const agreed = agreeWith(key, request);
  const expected = agreed.protocol.authenticate(agreed.secret, concatBytes(newPinEnc, pinHashEnc));
  refuseIf(!equalBytes(expected, param), 'CTAP2_ERR_PIN_AUTH_INVALID');
  await checkPin(key, agreed, pinHashEnc);
  const pin = readNewPin(key, agreed, newPinEnc);
  const unchanged = key.state.pinHash !== null && equalBytes(pinHashOf(pin), key.state.pinHash);
  refuseIf(key.state.forcePINChange && unchanged, 'CTAP2_ERR_PIN_POLICY_VIOLATION');
  storePin(key, pin);
  await key.save();
  return null;
};

const encryptToken = (key: VirtualKey, { protocol, secret }: Agreed, token: Uint8Array): CborMap =>
  new Map<number, unknown>([[0x02, protocol.encrypt(secret, token, key.random)]]);

const everyPermission = 0xff;

const getPinToken: VirtualCommand = async (key, request) => {
  const pinHashEnc = request.required(0x06, 'bytes');
  refuseIf(request.map.has(0x09) || request.map.has(0x0a), 'CTAP1_ERR_INVALID_PARAMETER');
  refuseIf(key.state.pinHash === null, 'CTAP2_ERR_PIN_NOT_SET');
  refuseBlockedPin(key);
  const agreed = agreeWith(key, request);
  await checkPin(key, agreed, pinHashEnc);
  refuseIf(key.state.forcePINChange, 'CTAP2_ERR_PIN_POLICY_VIOLATION');
  const unlimited = !key.rules.permissionTokens;
  const permissions = unlimited
    ? everyPermission
    : tokenPermission.makeCredential | tokenPermission.getAssertion;
  const token = key.session.tokens.begin(agreed.version, {
    permissions,
    rpId: null,
    userPresent: false,
    unlimited,
  });
  return encryptToken(key, agreed, token);
};

const readGrant = (key: VirtualKey, request: CborFields): { permissions: number; rpId: string | null } => {
  const permissions = request.required(0x09, 'integer');
  const rpId = request.optional(0x0a, 'text');
  refuseIf(permissions === 0, 'CTAP1_ERR_INVALID_PARAMETER');
  const { rules, person } = key;
  const grantable =
    tokenPermission.makeCredential |
    tokenPermission.getAssertion |
    (rules.credentialManagement === 'standard' ? tokenPermission.credentialManagement : 0) |
    (rules.bioEnrollment === 'standard' && person.canBeVerified ? tokenPermission.bioEnrollment : 0) |
    (rules.largeBlobs ? tokenPermission.largeBlobWrite : 0) |
    (rules.config ? tokenPermission.authenticatorConfiguration : 0);
  refuseIf((permissions & ~grantable) !== 0, 'CTAP2_ERR_UNAUTHORIZED_PERMISSION');
  const forOneRp = permissions & (tokenPermission.makeCredential | tokenPermission.getAssertion);
  refuseIf(forOneRp !== 0 && rpId === null, 'CTAP2_ERR_MISSING_PARAMETER');
  return { permissions, rpId };
};

const tokenUsingPin: VirtualCommand = async (key, request) => {
  refuseIf(!key.rules.permissionTokens, 'CTAP2_ERR_INVALID_SUBCOMMAND');
  const pinHashEnc = request.required(0x06, 'bytes');
  const grant = readGrant(key, request);
  refuseIf(key.state.pinHash === null, 'CTAP2_ERR_PIN_NOT_SET');
  refuseBlockedPin(key);
  const agreed = agreeWith(key, request);
  await checkPin(key, agreed, pinHashEnc);
  refuseIf(key.state.forcePINChange, 'CTAP2_ERR_PIN_POLICY_VIOLATION');
  const token = key.session.tokens.begin(agreed.version, { ...grant, userPresent: false, unlimited: false });
  return encryptToken(key, agreed, token);
};

const tokenUsingUv: VirtualCommand = async (key, request, waiting) => {
  refuseIf(!key.rules.permissionTokens, 'CTAP2_ERR_INVALID_SUBCOMMAND');
  const grant = readGrant(key, request);
  refuseIf(!isUvConfigured(key), 'CTAP2_ERR_NOT_ALLOWED');
  refuseIf(key.state.uvRetries <= 0, 'CTAP2_ERR_UV_BLOCKED');
  const agreed = agreeWith(key, request);
  await performBuiltInUv(key, waiting);
  const token = key.session.tokens.begin(agreed.version, { ...grant, userPresent: true, unlimited: false });
  return encryptToken(key, agreed, token);
};

const getUvRetries: VirtualCommand = async ({ state, person }) => {
  refuseIf(!person.canBeVerified, 'CTAP2_ERR_INVALID_SUBCOMMAND');
  return new Map<number, unknown>([[0x05, state.uvRetries]]);
};

const subCommands: ReadonlyMap<number, VirtualCommand> = new Map([
  [clientPinSubCommand.getPINRetries, getPinRetries],
  [clientPinSubCommand.getKeyAgreement, getKeyAgreement],
  [clientPinSubCommand.setPIN, setPin],
  [clientPinSubCommand.changePIN, changePin],
  [clientPinSubCommand.getPinToken, getPinToken],
  [clientPinSubCommand.getPinUvAuthTokenUsingUvWithPermissions, tokenUsingUv],
  [clientPinSubCommand.getUVRetries, getUvRetries],
  [clientPinSubCommand.getPinUvAuthTokenUsingPinWithPermissions, tokenUsingPin],
]);

/** CTAP 2.1 §6.5.5. */
export const clientPin: VirtualCommand = async (key, request, waiting) => {
  const subCommand = subCommands.get(request.required(0x02, 'integer'));
  if (subCommand === undefined) throw new Refusal('CTAP2_ERR_INVALID_SUBCOMMAND');
  return subCommand(key, request, waiting);
};
