import type { KeyFacts } from './key.ts';
import type { PolicyRules } from './policy.ts';

/** What a key can't do, or did not do: the policy's own name of the field, and a sentence for the operator. */
export interface Misfit {
  readonly field: string;
  readonly message: string;
}

interface Question {
  readonly rules: PolicyRules;
  readonly facts: KeyFacts;
}

type Check = readonly [field: string, fails: (question: Question) => boolean, message: string];

const protocols = ['FIDO_2_0', 'FIDO_2_1_PRE', 'FIDO_2_1', 'FIDO_2_2', 'FIDO_2_3'];

/** CTAP 2.1 §6.11: authenticatorConfig is there, and this subcommand of it. */
function canSetMinPINLength({ options }: KeyFacts): boolean {
  return options['authnrCfg'] === true && options['setMinPINLength'] === true;
}

/** Before the key is touched: each row refuses a key that could not obey. The first row that fails is told. */
const capabilityChecks: readonly Check[] = [
  [
    'allowedAaguids',
    ({ rules, facts }) => rules.allowedAaguids.length > 0 && !rules.allowedAaguids.includes(facts.aaguid),
    'The policy does not allow this model.',
  ],
  [
    'versions',
    ({ facts }) => !facts.versions.some((version) => protocols.includes(version)),
    'This key does not speak FIDO2.',
  ],
  [
    'residentKey',
    ({ facts }) => facts.options['rk'] !== true,
    'This key can not hold passkeys (discoverable credentials).',
  ],
  [
    'pinMode',
    // CTAP 2.1 §6.4: `clientPin` absent = no PIN support at all; false = none set yet.
    ({ rules, facts }) => rules.pinMode === 'typed' && facts.options['clientPin'] === undefined,
    'The policy wants a PIN and this key can not have one.',
  ],
  [
    'pinMode',
    ({ rules, facts }) =>
      rules.pinMode === 'none' && facts.options['clientPin'] !== true && facts.options['uv'] !== true,
    'The policy leaves this key without a PIN, and the key has no other way to verify its user.',
  ],
  [
    'minPINLength',
    ({ rules, facts }) =>
      rules.minPINLength !== null &&
      (facts.minPINLength ?? 4) < rules.minPINLength &&
      !canSetMinPINLength(facts),
    'This key can not be given a minimum PIN length.',
  ],
  [
    'pinMaximumLength',
    ({ rules, facts }) => rules.pinMode === 'typed' && (facts.minPINLength ?? 4) > rules.pinMaximumLength,
    // setMinPINLength only ever raises (CTAP 2.1 §6.11.4); a reset alone lowers it again.
    'This key already demands a longer PIN than the policy allows. Only a reset lowers that.',
  ],
  [
    'alwaysUv',
    ({ rules, facts }) =>
      rules.alwaysUv !== null &&
      (facts.options['alwaysUv'] ?? false) !== rules.alwaysUv &&
      (facts.options['alwaysUv'] === undefined || facts.options['authnrCfg'] !== true),
    'This key can not be told whether to always verify its user.',
  ],
  [
    'forcePINChange',
    ({ rules, facts }) => rules.forcePINChange && !canSetMinPINLength(facts),
    'This key can not be made to demand a new PIN.',
  ],
  [
    'assetTag',
    ({ rules, facts }) => rules.assetTag && (facts.remainingDiscoverableCredentials ?? 2) < 2,
    'This key has no room for an asset tag beside the passkey.',
  ],
  [
    'residentKey',
    ({ facts }) => (facts.remainingDiscoverableCredentials ?? 1) < 1,
    'This key is full: it has no room for another passkey.',
  ],
];

/** After the key was written and read back: each row is one thing that the policy asked for. */
const readBackChecks: readonly Check[] = [
  [
    'pinMode',
    ({ rules, facts }) => rules.pinMode === 'typed' && facts.options['clientPin'] !== true,
    'The key has no PIN.',
  ],
  [
    'minPINLength',
    ({ rules, facts }) => rules.minPINLength !== null && (facts.minPINLength ?? 0) < rules.minPINLength,
    'The key does not hold the minimum PIN length of the policy.',
  ],
  [
    'alwaysUv',
    ({ rules, facts }) => rules.alwaysUv !== null && (facts.options['alwaysUv'] ?? false) !== rules.alwaysUv,
    'The key does not say “always verify the user” as the policy does.',
  ],
];

function firstMisfit(checks: readonly Check[], question: Question): Misfit | null {
  const failed = checks.find(([, fails]) => fails(question));
  return failed === undefined ? null : { field: failed[0], message: failed[2] };
}

/** What this key could not obey, or null. */
export function policyMisfit(rules: PolicyRules, facts: KeyFacts): Misfit | null {
  return firstMisfit(capabilityChecks, { rules, facts });
}

/** What this key, read back, does not obey, or null. */
export function readBackMismatch(rules: PolicyRules, facts: KeyFacts): Misfit | null {
  return firstMisfit(readBackChecks, { rules, facts });
}
