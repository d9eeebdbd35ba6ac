import { concatBytes } from '../bytes/index.ts';
import { encode } from '../cbor/index.ts';
import { u2fStatus } from '../ctap2/u2f.ts';
import { CredentialKey } from './credential-key.ts';
import { openSealedCredential, sealUnder } from './credentials.ts';
import type { VirtualKey } from './key.ts';

const es256 = -7;
const minimumHeader = 4;

const statusWord = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff);

/** The data of a short or extended command APDU; null where its length lies. */
const commandData = (apdu: Uint8Array): Uint8Array | null => {
  if (apdu.length <= minimumHeader + 1) return new Uint8Array();
  const extended = apdu[4] === 0;
  if (extended && apdu.length === 7) return new Uint8Array();
  const start = extended ? 7 : 5;
  const length = extended ? ((apdu[5] ?? 0) << 8) | (apdu[6] ?? 0) : (apdu[4] ?? 0);
  const rest = apdu.length - start - length;
  return rest < 0 || rest > 2 ? null : apdu.subarray(start, start + length);
};

/** U2F Raw Message Formats §3: one request in, its answer with the status word out. */
export const answerU2f = async (key: VirtualKey, apdu: Uint8Array): Promise<Uint8Array> => {
  const [cla, ins, p1 = 0] = apdu;
  const data = commandData(apdu);
  if (cla !== 0) return statusWord(u2fStatus.classNotSupported);
  if (data === null) return statusWord(u2fStatus.wrongLength);
  // CTAP 2.1 §7.2.4: CTAP1 knows no verification, so alwaysUv forbids it.
  if (key.state.alwaysUv) return statusWord(u2fStatus.commandNotAllowed);
  if (ins === 0x01) return register(key, data);
  if (ins === 0x02) return authenticate(key, p1, data);
  if (ins === 0x03) {
    if (data.length > 0) return statusWord(u2fStatus.wrongLength);
    return concatBytes(new TextEncoder().encode('U2F_V2'), statusWord(u2fStatus.noError));
  }
  return statusWord(u2fStatus.instructionNotSupported);
};

const register = async (key: VirtualKey, data: Uint8Array): Promise<Uint8Array> => {
  const { attestation, person, random, state } = key;
  if (data.length !== 64) return statusWord(u2fStatus.wrongLength);
  if (attestation === 'self' || attestation === 'none') return statusWord(u2fStatus.instructionNotSupported);
  if (!person.takeTouch()) return statusWord(u2fStatus.conditionsNotSatisfied);
  const challenge = data.subarray(0, 32);
  const application = data.subarray(32);
  const { privateKey, coseKey } = CredentialKey.generate(es256, random);
  const keyHandle = sealUnder(application, encode({ a: es256, k: privateKey, p: 1 }), {
    masterKey: state.masterKey,
    random,
  });
  const point = concatBytes(Uint8Array.of(4), coordinate(coseKey, -2), coordinate(coseKey, -3));
  const signature = new CredentialKey(es256, attestation.privateKey).sign(
    concatBytes(Uint8Array.of(0), application, challenge, keyHandle, point),
  );
  return concatBytes(
    Uint8Array.of(0x05),
    point,
    Uint8Array.of(keyHandle.length),
    keyHandle,
    attestation.u2fCertificate,
    signature,
    statusWord(u2fStatus.noError),
  );
};

const coordinate = (coseKey: ReadonlyMap<number, unknown>, label: number): Uint8Array => {
  const value = coseKey.get(label);
  return value instanceof Uint8Array ? value : new Uint8Array();
};

const authenticate = async (key: VirtualKey, control: number, data: Uint8Array): Promise<Uint8Array> => {
  const { person, state } = key;
  const keyHandle = data.subarray(65);
  if (data.length < 66 || data[64] !== keyHandle.length) return statusWord(u2fStatus.wrongLength);
  const application = data.subarray(32, 64);
  const credential = openSealedCredential(state.masterKey, application, keyHandle);
  if (credential === null || credential.algorithm !== es256 || credential.credProtect !== 1) {
    return statusWord(u2fStatus.wrongData);
  }
  // 0x07 only checks, 0x08 signs without a touch, 0x03 wants one.
  const silent = control === 0x08;
  if (control === 0x07) return statusWord(u2fStatus.conditionsNotSatisfied);
  if (!silent && control !== 0x03) return statusWord(u2fStatus.wrongData);
  if (!silent && !person.takeTouch()) return statusWord(u2fStatus.conditionsNotSatisfied);
  state.signCount += 1;
  await key.save();
  const presence = Uint8Array.of(silent ? 0 : 1);
  const counter = new Uint8Array(4);
  new DataView(counter.buffer).setUint32(0, state.signCount);
  const signed = concatBytes(application, presence, counter, data.subarray(0, 32));
  const signature = new CredentialKey(es256, credential.privateKey).sign(signed);
  return concatBytes(presence, counter, signature, statusWord(u2fStatus.noError));
};
