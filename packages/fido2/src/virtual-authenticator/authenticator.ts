import { concatBytes, FormatError } from '../bytes/index.ts';
import { decode, encode } from '../cbor/index.ts';
import { ctap2Command } from '../ctap2/command.ts';
import { CborFields } from '../ctap2/fields.ts';
import { ctapStatus } from '../ctap2/status.ts';
import { authenticatorConfig } from './authenticator-config.ts';
import { bioEnrollment } from './bio-enrollment.ts';
import { clientPin } from './client-pin.ts';
import { credentialManagement } from './credential-management.ts';
import { getAssertion, getNextAssertion } from './get-assertion.ts';
import { getInfo } from './get-info.ts';
import type { VirtualCommand, VirtualKey } from './key.ts';
import { largeBlobs } from './large-blobs.ts';
import { makeCredential } from './make-credential.ts';
import type { Waiting } from './person.ts';
import { reset, selection } from './presence.ts';
import type { ProfileRules } from './profile.ts';
import { Refusal } from './refusal.ts';

interface Row {
  readonly run: VirtualCommand;
  readonly known: (rules: ProfileRules) => boolean;
}
const always = (): boolean => true;

/** Every command, and which models know it. */
const commands = new Map<number, Row>([
  [ctap2Command.makeCredential, { run: makeCredential, known: always }],
  [ctap2Command.getAssertion, { run: getAssertion, known: always }],
  [ctap2Command.getNextAssertion, { run: getNextAssertion, known: always }],
  [ctap2Command.getInfo, { run: getInfo, known: always }],
  [ctap2Command.clientPIN, { run: clientPin, known: always }],
  [ctap2Command.reset, { run: reset, known: always }],
  [ctap2Command.selection, { run: selection, known: (rules) => rules.selection }],
  [
    ctap2Command.credentialManagement,
    { run: credentialManagement, known: (rules) => rules.credentialManagement === 'standard' },
  ],
  [
    ctap2Command.credentialManagementPreview,
    { run: credentialManagement, known: (rules) => rules.credentialManagement === 'preview' },
  ],
  [ctap2Command.bioEnrollment, { run: bioEnrollment, known: (rules) => rules.bioEnrollment === 'standard' }],
  [
    ctap2Command.bioEnrollmentPreview,
    { run: bioEnrollment, known: (rules) => rules.bioEnrollment === 'preview' },
  ],
  [ctap2Command.largeBlobs, { run: largeBlobs, known: (rules) => rules.largeBlobs }],
  [ctap2Command.authenticatorConfig, { run: authenticatorConfig, known: (rules) => rules.config }],
]);

const answerWith = (status: number): Uint8Array => Uint8Array.of(status);

/** One CTAP2 request in, one answer out: status byte and canonical CBOR. Never throws for what the request says. */
export const answerRequest = async (
  key: VirtualKey,
  request: Uint8Array,
  waiting: Waiting,
): Promise<Uint8Array> => {
  const row = commands.get(request[0] ?? 0);
  if (row === undefined || !row.known(key.rules)) return answerWith(ctapStatus.CTAP1_ERR_INVALID_COMMAND);
  if (request.length > key.rules.maxMsgSize) return answerWith(ctapStatus.CTAP2_ERR_REQUEST_TOO_LARGE);
  forgetInterrupted(key, request[0] ?? 0);
  try {
    const members = await row.run(key, readMembers(request.subarray(1)), waiting);
    if (members === null || members.size === 0) return answerWith(ctapStatus.CTAP2_OK);
    return concatBytes(answerWith(ctapStatus.CTAP2_OK), encode(members));
  } catch (error) {
    if (error instanceof Refusal) return answerWith(error.status);
    throw error;
  }
};

/** A sequence of commands is over as soon as another one comes between (CTAP 2.1 §6, stateful commands). */
const forgetInterrupted = ({ session }: VirtualKey, command: number): void => {
  if (command !== ctap2Command.getNextAssertion) session.assertions = null;
  const managing =
    command === ctap2Command.credentialManagement || command === ctap2Command.credentialManagementPreview;
  if (!managing) session.enumeration = null;
  const enrolling = command === ctap2Command.bioEnrollment || command === ctap2Command.bioEnrollmentPreview;
  if (!enrolling && command !== ctap2Command.clientPIN) session.fingerprintCapture = null;
  if (command !== ctap2Command.largeBlobs && command !== ctap2Command.clientPIN)
    session.largeBlobWrite = null;
};

const readMembers = (body: Uint8Array): CborFields => {
  let value: unknown = new Map();
  if (body.length > 0) {
    try {
      value = decode(body, { canonicalOrder: true });
    } catch (error) {
      if (error instanceof FormatError) throw new Refusal('CTAP2_ERR_INVALID_CBOR');
      throw error;
    }
  }
  if (!(value instanceof Map)) throw new Refusal('CTAP2_ERR_CBOR_UNEXPECTED_TYPE');
  return new CborFields(
    value,
    (problem) =>
      new Refusal(problem === 'missing' ? 'CTAP2_ERR_MISSING_PARAMETER' : 'CTAP2_ERR_CBOR_UNEXPECTED_TYPE'),
  );
};
