import { reading } from '../check.ts';
import { WebAuthnError } from '../errors.ts';
import type { AttestationTrust } from '../types.ts';
import { androidKey } from './android-key.ts';
import { androidSafetyNet } from './android-safetynet.ts';
import { apple } from './apple.ts';
import { compound } from './compound.ts';
import { fidoU2f } from './fido-u2f.ts';
import type { AttestationFormat, AttestationInput, AttestationOutcome } from './format.ts';
import { none } from './none.ts';
import { packed } from './packed.ts';
import { tpm } from './tpm.ts';

export type { AttestationInput, AttestationOutcome } from './format.ts';
export { parseAttestationObject } from './object.ts';

/** IANA "WebAuthn Attestation Statement Format Identifiers". */
const formats: readonly AttestationFormat[] = [
  none,
  packed,
  tpm,
  androidKey,
  androidSafetyNet,
  fidoU2f,
  apple,
  compound((input) => verifyAttestation(input)),
];

/** Recognised, but accepted only where the caller names them. */
const refusedByDefault: readonly string[] = [androidSafetyNet.identifier];

/** WebAuthn L3 §7.1 steps 21 to 23. @throws WebAuthnError */
export function verifyAttestation(input: AttestationInput): AttestationOutcome {
  const clause = 'WebAuthn L3 §7.1 step 21';
  const format = formats.find(({ identifier }) => identifier === input.format);
  if (format === undefined) {
    const name = JSON.stringify(input.format.slice(0, 32));
    throw new WebAuthnError('attestation-format-unknown', `attestation format ${name}`, { clause });
  }
  if (!isAccepted(input.format, input.trust)) {
    throw new WebAuthnError('attestation-format-refused', `attestation format ${input.format}`, { clause });
  }
  return reading({ code: 'attestation-statement-malformed', clause: format.clause }, () =>
    format.verify(input),
  );
}

function isAccepted(format: string, trust: AttestationTrust): boolean {
  return trust.formats === undefined ? !refusedByDefault.includes(format) : trust.formats.includes(format);
}
