import { concatBytes, equalBytes } from '../bytes/index.ts';
import { encode } from '../cbor/index.ts';
import {
  fingerprintSampleStatuses,
  bioEnrollmentSubCommand as subCommands,
} from '../ctap2/bio-enrollment.ts';
import { tokenPermission } from '../ctap2/client-pin.ts';
import type { CborFields, CborMap } from '../ctap2/fields.ts';
import { isProtected, type VirtualCommand, type VirtualKey } from './key.ts';
import type { Waiting } from './person.ts';
import { virtualLimits } from './profile.ts';
import { Refusal, refuseIf } from './refusal.ts';
import type { Fingerprint } from './state.ts';
import { readProof, requireToken } from './user-verification.ts';

const fingerprintModality = 0x01;
const touchSensor = 0x01;

/** CTAP 2.1 §6.7; the preview of CTAP 2.0's time has the same members. */
export const bioEnrollment: VirtualCommand = async (key, request, waiting) => {
  refuseIf(!key.person.canBeVerified, 'CTAP1_ERR_INVALID_COMMAND');
  if (request.optional(0x06, 'boolean') === true)
    return new Map<number, unknown>([[0x01, fingerprintModality]]);
  refuseIf(request.required(0x01, 'integer') !== fingerprintModality, 'CTAP2_ERR_UNSUPPORTED_OPTION');
  const subCommand = request.required(0x02, 'integer');
  if (subCommand === subCommands.getFingerprintSensorInfo) return sensor();
  if (subCommand === subCommands.cancelCurrentEnrollment) {
    key.session.fingerprintCapture = null;
    return null;
  }
  const sub = request.optionalNested(0x03);
  authorize(key, request, { subCommand, sub });
  switch (subCommand) {
    case subCommands.enrollBegin:
      refuseIf(key.state.fingerprints.length >= virtualLimits.fingerprints, 'CTAP2_ERR_FP_DATABASE_FULL');
      key.session.fingerprintCapture = {
        templateId: key.random(4),
        remaining: virtualLimits.samplesPerFingerprint,
      };
      return capture(key, waiting, true);
    case subCommands.enrollCaptureNextSample:
      requireCapture(key, required(sub));
      return capture(key, waiting, false);
    case subCommands.enumerateEnrollments:
      return enumerate(key);
    case subCommands.setFriendlyName:
      await rename(key, required(sub));
      return null;
    case subCommands.removeEnrollment:
      await remove(key, required(sub));
      return null;
    default:
      throw new Refusal('CTAP2_ERR_INVALID_SUBCOMMAND');
  }
};

const required = (sub: CborFields | null): CborFields => {
  if (sub === null) throw new Refusal('CTAP2_ERR_MISSING_PARAMETER');
  return sub;
};

const sensor = (): CborMap =>
  new Map<number, unknown>([
    [0x01, fingerprintModality],
    [0x02, touchSensor],
    [0x03, virtualLimits.samplesPerFingerprint],
    [0x08, virtualLimits.friendlyNameBytes],
  ]);

const authorize = (
  key: VirtualKey,
  request: CborFields,
  { subCommand, sub }: { readonly subCommand: number; readonly sub: CborFields | null },
): void => {
  refuseIf(!isProtected(key), 'CTAP2_ERR_PUAT_REQUIRED');
  const proof = readProof(key, request, [0x05, 0x04]);
  if (proof === null) throw new Refusal('CTAP2_ERR_PUAT_REQUIRED');
  const message = concatBytes(
    Uint8Array.of(fingerprintModality, subCommand),
    sub === null ? new Uint8Array() : encode(sub.map),
  );
  requireToken(key, proof, { message, permission: tokenPermission.bioEnrollment });
};

const requireCapture = ({ session }: VirtualKey, sub: CborFields): void => {
  const templateId = sub.required(0x01, 'bytes');
  const capturing = session.fingerprintCapture;
  refuseIf(capturing === null || !equalBytes(capturing.templateId, templateId), 'CTAP2_ERR_INVALID_OPTION');
};

/** The person lays her finger on; a sensor that knows no finger yet takes any touch for a sample. */
const capture = async (key: VirtualKey, waiting: Waiting, first: boolean): Promise<CborMap> => {
  const capturing = key.session.fingerprintCapture;
  if (capturing === null) throw new Refusal('CTAP2_ERR_INVALID_OPTION');
  let status = fingerprintSampleStatuses.indexOf('good');
  try {
    await key.person.touch(waiting);
    capturing.remaining -= 1;
  } catch (error) {
    // Nobody came: the sample is missing, the enrollment goes on. A cancel ends it.
    if (!(error instanceof Refusal) || waiting.signal.aborted) throw error;
    status = fingerprintSampleStatuses.indexOf('no-user-activity');
  }
  if (capturing.remaining === 0) {
    key.session.fingerprintCapture = null;
    key.state.fingerprints.push({ templateId: capturing.templateId, friendlyName: null });
    await key.save();
  }
  const answer = new Map<number, unknown>([
    [0x05, status],
    [0x06, capturing.remaining],
  ]);
  return first ? answer.set(0x04, capturing.templateId) : answer;
};

const enumerate = ({ state }: VirtualKey): CborMap => {
  refuseIf(state.fingerprints.length === 0, 'CTAP2_ERR_INVALID_OPTION');
  const infos = state.fingerprints.map(
    ({ templateId, friendlyName }) =>
      new Map<number, unknown>([
        [0x01, templateId],
        ...(friendlyName === null ? [] : [[0x02, friendlyName] as const]),
      ]),
  );
  return new Map<number, unknown>([[0x07, infos]]);
};

const find = ({ state }: VirtualKey, sub: CborFields): Fingerprint => {
  const templateId = sub.required(0x01, 'bytes');
  const found = state.fingerprints.find((candidate) => equalBytes(candidate.templateId, templateId));
  if (found === undefined) throw new Refusal('CTAP2_ERR_INVALID_OPTION');
  return found;
};

const rename = async (key: VirtualKey, sub: CborFields): Promise<void> => {
  const friendlyName = sub.required(0x02, 'text');
  const tooLong = new TextEncoder().encode(friendlyName).length > virtualLimits.friendlyNameBytes;
  refuseIf(tooLong, 'CTAP1_ERR_INVALID_LENGTH');
  find(key, sub).friendlyName = friendlyName;
  await key.save();
};

const remove = async (key: VirtualKey, sub: CborFields): Promise<void> => {
  const gone = find(key, sub);
  key.state.fingerprints = key.state.fingerprints.filter((other) => other !== gone);
  await key.save();
};
