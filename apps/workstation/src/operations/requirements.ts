import { type KeyConfiguration, type UnmetSetting, unmetSettings } from '@keywarden/fido2/client';
import type { AuthenticatorInfo } from '@keywarden/fido2/ctap2';
import { WorkstationFailure } from '../failure.ts';

/** The policy's own name for what the client calls otherwise. */
const policyField: Partial<Readonly<Record<UnmetSetting['field'], string>>> = { pin: 'pinMode' };

/** Before the key is touched. @throws WorkstationFailure POLICY_UNMET naming the policy's field */
export function requireSettings(info: AuthenticatorInfo, configuration: KeyConfiguration): void {
  const [first] = unmetSettings(info, configuration);
  if (first !== undefined) throw unmet(policyField[first.field] ?? first.field, first.reason);
}

export function unmet(field: string, reason: string): WorkstationFailure {
  return new WorkstationFailure('POLICY_UNMET', {
    field,
    message: `This key cannot do what the policy asks: ${reason} Nothing was changed; use another key or policy.`,
  });
}
