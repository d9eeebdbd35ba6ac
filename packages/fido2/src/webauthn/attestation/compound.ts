import { type AttestationFormat, type AttestationInput, type AttestationOutcome, demand } from './format.ts';

const clause = 'WebAuthn L3 §8.9';
const identifier = 'compound';
const mostStatements = 8;

/**
 * Every statement must verify: one that does not is a sign of tampering, whatever the others say. All of them sign the
 * same authenticator data, so what one proves is proven.
 */
export function compound(
  verifyStatement: (input: AttestationInput) => AttestationOutcome,
): AttestationFormat {
  return {
    identifier,
    clause,
    verify: (input) => {
      const refusal = { code: 'attestation-statement-malformed', clause } as const;
      const { statement } = input;
      demand(Array.isArray(statement) && statement.length >= 2 && statement.length <= mostStatements, {
        ...refusal,
        rule: `the statement is an array of 2 to ${mostStatements}`,
      });
      const outcomes = statement.map((part: unknown) => {
        demand(part instanceof Map, { ...refusal, rule: 'each part is a map' });
        const format: unknown = part.get('fmt');
        demand(typeof format === 'string' && format !== identifier, {
          ...refusal,
          rule: 'each part names a format that is not compound',
        });
        return verifyStatement({ ...input, format, statement: part.get('attStmt') });
      });
      return {
        type: 'compound',
        trusted: outcomes.some(({ trusted }) => trusted),
        aaguidProven: outcomes.some(({ aaguidProven }) => aaguidProven),
        attachment: firstOf(outcomes, ({ attachment }) => attachment),
        enterpriseSerialNumber: firstOf(outcomes, ({ enterpriseSerialNumber }) => enterpriseSerialNumber),
      };
    },
  };
}

function firstOf<Value>(
  outcomes: readonly AttestationOutcome[],
  read: (outcome: AttestationOutcome) => Value | null,
): Value | null {
  for (const outcome of outcomes) {
    const value = read(outcome);
    if (value !== null) return value;
  }
  return null;
}
