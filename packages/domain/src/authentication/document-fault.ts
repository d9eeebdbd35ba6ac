import type { FaultAt } from '../errors.ts';

/**
 * What can be wrong with a document that an administrator wrote. Closed list; the console says each in its reader's
 * language, `what` says it in English.
 */
export const documentRules = {
  missing: () => 'is missing',
  unknown: () => 'is not known here',
  'not-text': () => 'is not text',
  'not-number': () => 'is not a whole number',
  'not-boolean': () => 'is neither true nor false',
  'not-list': () => 'is not a list',
  'not-object': () => 'is not an object',
  'not-one-of': ({ allowed }) => `is none of ${allowed}`,
  empty: () => 'is empty',
  'too-long': ({ maximum }) => `is longer than ${maximum} characters`,
  'too-many': ({ maximum }) => `has more than ${maximum} entries`,
  'out-of-range': ({ minimum, maximum }) => `is not between ${minimum} and ${maximum}`,
  malformed: ({ expected }) => `is not ${expected}`,
  prefix: ({ prefix }) => `does not begin with ${prefix}`,
  duplicate: () => 'is there twice',
  'no-first-factor': () => 'nobody could sign in without one',
  'auth-type-taken': () => 'is the authType of another factor: calls name factors by it',
  'no-such-access-criteria': () => 'is no access criteria of this workflow',
  'no-such-enroll-action': () => 'is no enroll action of this workflow',
  'no-such-factor': () => 'is no factor of this workflow',
  'no-such-auth-type': () => 'is the authType of no factor',
  'no-such-theme': () => 'is no theme of this tenant',
  'no-such-image': () => 'is no image that was uploaded',
  'enroll-action-elsewhere': ({ authType }) => `registers for ${authType}, which is no passkey factor`,
  'step-up-without-second': () => 'asks for a second factor and there is none',
  'relying-party-incomplete': () => 'rpId and origins are given both or neither',
  'origin-malformed': () => 'is no origin: scheme, host and port alone',
  'origin-foreign': ({ rpId }) => `is no page of ${rpId}`,
  'no-algorithm': () => 'no credential could be made without one',
  'nobody-could-enroll': () => 'nobody could enroll: there is neither upon nor a protection factor',
  'protects-nothing': () => 'protects nothing: it names neither an authType nor a pending device',
  'roots-missing': () => 'are needed to trust an attestation',
  'trust-without-attestation': () => 'asks for no attestation, and then none can be trusted',
  'model-unproven': () => 'needs a trusted attestation: a model that nobody proved is a claim',
  'certification-without-metadata': () => 'needs trust by metadata: certification levels stand there',
  'allowed-and-denied': () => 'is both allowed and denied',
  'not-a-certificate': () => 'is no certificate: DER, base64url',
  'certificate-refused': ({ reason }) => `is a certificate by which no passkey could be believed: ${reason}`,
  // Warnings.
  'unproven-enrollment': () => 'lets whoever knows a username enroll the first passkey in its place',
  'never-disabled': () => 'lets a password be guessed for ever: no threshold disables it',
  'offered-nowhere': () => 'is offered by no factor',
  'root-ended': ({ date }) => `ended on ${date}: no passkey is believed by it any more`,
  contrast: ({ ratio, needed }) => `has a contrast of ${ratio}:1; ${needed}:1 is needed to be read (WCAG AA)`,
} as const satisfies Record<string, (values: FaultValues) => string>;

export type DocumentRule = keyof typeof documentRules;
export type FaultValues = FaultAt['values'];

/** `what`: "is missing", "is not text". */
export interface DocumentFault extends FaultAt {
  readonly rule: DocumentRule;
}

export type Report = (at: string, rule: DocumentRule, values?: FaultValues) => void;

/** More than anybody mends at once; a hostile document is not answered with a larger one. */
const most = 200;

/** Runs checks and returns what they report, in the order of the document where the checks keep it. */
export function collectFaults(check: (report: Report) => void): readonly DocumentFault[] {
  const faults: DocumentFault[] = [];
  check((at, rule, values = {}) => {
    if (faults.length >= most) return;
    faults.push({ at, rule, values, what: documentRules[rule](values) });
  });
  return faults;
}

/** RFC 6901 §3. */
export function memberOf(at: string, name: string): string {
  return `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
