import { type AttestationFormat, demand } from './format.ts';
import { StatementReader } from './statement.ts';

const clause = 'WebAuthn L3 §8.7';

export const none: AttestationFormat = {
  identifier: 'none',
  clause,
  verify: ({ statement }) => {
    demand(new StatementReader(statement, clause).size === 0, {
      code: 'attestation-statement-malformed',
      clause,
      rule: 'the statement is an empty map',
    });
    return {
      type: 'none',
      trusted: false,
      aaguidProven: false,
      attachment: null,
      enterpriseSerialNumber: null,
    };
  },
};
