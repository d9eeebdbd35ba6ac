import type { FlowAnswer, OfferedEnrollAction, OfferedFactor } from '@keywarden/api';
import {
  type OfferedEnrollAction as DomainEnrollAction,
  type OfferedFactor as DomainFactor,
  type Flow,
  oneTimeCodeDigits,
} from '@keywarden/domain';

/** What is told of a flow: to the client whose user signs in, and to the administrator who asks what she would be told. */
export function flowView(flow: Flow): FlowAnswer {
  return {
    ...(flow.loginHint !== null && { loginHint: flow.loginHint }),
    accessCriteria: flow.accessCriteria.map(({ accessCriteriaId, authenticators }) => ({
      accessCriteriaId,
      authenticators: { ...authenticators },
    })),
    firstFactors: flow.firstFactors.map(factorView),
    secondFactors: flow.secondFactors.map(factorView),
    enrollActions: flow.enrollActions.map(enrollActionView),
  };
}

/** Thresholds and origins stay inside: they help nobody but an attacker. */
export function factorView(factor: DomainFactor): OfferedFactor {
  const { factorId, type, code, acr, retry, stepUp, enrollmentRequired, accessCriteriaId } = factor;
  return {
    factorId,
    type,
    code,
    acr,
    ...(factor.type === 'FIDO' && { userVerification: factor.userVerification, rpId: factor.rpId }),
    ...(factor.type === 'OTP' && { method: factor.method, digits: oneTimeCodeDigits[factor.method] }),
    retry,
    stepUp,
    enrollmentRequired,
    enrollActions: [...factor.enrollActions],
    accessCriteriaId,
  };
}

function enrollActionView(action: DomainEnrollAction): OfferedEnrollAction {
  const { protectionFactor } = action;
  return {
    enrollId: action.enrollId,
    type: action.type,
    code: action.code,
    deviceType: action.deviceType,
    attestationVerification: action.attestationVerification,
    userVerification: action.userVerification,
    rpId: action.rpId,
    upon: [...action.upon],
    ...(protectionFactor !== null && {
      protectionFactor: {
        ...(protectionFactor.authType !== null && { authType: protectionFactor.authType }),
        pendingDevice: protectionFactor.pendingDevice,
      },
    }),
    accessCriteriaId: action.accessCriteriaId,
  };
}
