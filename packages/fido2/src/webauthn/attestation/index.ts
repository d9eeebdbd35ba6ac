import type { Blame } from '../check.ts';
import { reading } from '../check.ts';
import { WebAuthnError } from '../errors.ts';
import type { AttestationTrust } from '../types.ts';
import type { AttestationFormat, AttestationInput, AttestationOutcome } from './format.ts';
import { none } from './none.ts';
import { packed } from './packed.ts';

export type { AttestationInput, AttestationOutcome } from './format.ts';
export { parseAttestationObject } from './object.ts';

/** IANA "WebAuthn Attestation Statement Format Identifiers". */
const formats: readonly AttestationFormat[] = [none, packed];

/** Deprecated by its makers: recognised, but accepted only where named. */
const refusedByDefault: readonly string[] = ['android-safetynet'];

/** WebAuthn L3 §7.1 steps 21 to 23. @throws WebAuthnError */
export function verifyAttestation(input: AttestationInput): AttestationOutcome {
  const format = formats.find(({ identifier }) => identifier === input.format);
  if (format === undefined) {
    throw new WebAuthnError(
      'attestation-format-unknown',
      `attestation format ${JSON.stringify(input.format.slice(0, 32))}`,
      {
        clause: 'WebAuthn L3 §7.1 step 21',
      },
    );
  }
  if (!isAccepted(input.format, input.trust)) {
    throw new WebAuthnError('attestation-format-refused', `attestation format ${input.format}`, {
      clause: 'WebAuthn L3 §7.1 step 21',
    });
  }
  const blame: Blame = { code: 'attestation-statement-malformed', clause: format.clause };
  return reading(blame, () => format.verify(input));
}

function isAccepted(format: string, trust: AttestationTrust): boolean {
  return trust.formats === undefined ? !refusedByDefault.includes(format) : trust.formats.includes(format);
}
