import type { Factor, PasswordFactor } from './workflow.ts';

/**
 * The authType of the step in which a temporary password is replaced. It is told as any second factor is, so that whoever
 * knows step-up and nothing of temporary passwords can ask for it. No factor of a workflow has it.
 */
export const newPasswordAuthType = 'AT_NEW_PASSWORD';

/** Passwords that may not be set, until the transaction ends. */
export const newPasswordTries = 10;

/** @param temporary the factor whose temporary password is to be replaced */
export function newPasswordFactor({ acr, accessCriteriaId, validity }: Factor): PasswordFactor {
  return {
    type: 'LOGIN',
    factorId: 'factor.new_password',
    code: newPasswordAuthType,
    acr,
    retry: newPasswordTries,
    stepUp: 'notRequired',
    enrollmentRequired: true,
    enrollActions: [],
    accessCriteriaId,
    disableThreshold: null,
    disabledTimeReset: 0,
    validity,
  };
}
