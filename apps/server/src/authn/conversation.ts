import { hash } from 'node:crypto';
import { type AuthnError, type AuthnErrorCode, csrfHeader, hidFailureReasons } from '@keywarden/api';
import {
  type Answered,
  type AuthenticationCall,
  decoyToken,
  foldUsername,
  type Refusal,
  type RefusalKind,
  refuseMalformed,
} from '@keywarden/domain';
import type { Answer, Call } from '../http/route.ts';
import { callLanguages } from './languages.ts';
import { ParameterFault, Parameters } from './parameters.ts';
import { factorView, sharingView } from './views.ts';

const outcomes: Readonly<Record<RefusalKind, readonly [number, AuthnErrorCode]>> = {
  'invalid-request': [400, 'invalid_request'],
  'invalid-grant': [400, 'invalid_grant'],
  'access-denied': [403, 'access_denied'],
  'step-up-required': [400, 'step_up_required'],
  'consent-required': [400, 'consent_required'],
  'unmet-authentication-requirements': [400, 'unmet_authentication_requirements'],
};

const tokenShape = /^[\w-]{43}$/;

/** How a door asks the domain: reads its parameters, makes one call, and shows what comes of it. */
export interface Exchange<T> {
  /** Throws ParameterFault where a parameter is missing or malformed. */
  readonly ask: (call: AuthenticationCall, parameters: Parameters) => Promise<Answered<T>>;
  readonly show: (body: T) => Answer;
}

/**
 * One call of a transaction from end to end. Whatever happens, the answer has a token: the transaction's newest where the
 * caller may know it, else one that opens nothing.
 */
export async function exchange<T>(door: Call, source: unknown, { ask, show }: Exchange<T>): Promise<Answer> {
  const { ports, reply, request } = door;
  const presented = headerText(request.headers[csrfHeader]);
  reply.header('cache-control', 'no-store');
  // Unless something better comes: an error that nobody foresaw leaves the caller with the token that she has.
  reply.header(csrfHeader, tokenShape.test(presented ?? '') ? presented : decoyToken(ports));
  const parameters = new Parameters(source);
  let requestUri: string;
  try {
    requestUri = parameters.text('request_uri');
  } catch (error) {
    return malformedWithoutTransaction(error);
  }
  const named = parameters.given('username');
  if (named !== null) request.server.throttle.admitUser(door.tenantId, foldUsername(named));
  const call: AuthenticationCall = {
    ports,
    tenantId: door.tenantId,
    actor: door.actor,
    requestUri,
    presentedToken: presented,
    digest: digestOf([request.method, request.routeOptions.url, presented, parameters]),
    receivedAt: ports.clock.now(),
    languages: callLanguages({
      chosen: parameters.given('ui_locales'),
      header: request.headers['accept-language'],
    }),
  };
  const answered = await askOrRefuse(call, parameters, ask);
  reply.header(csrfHeader, answered.token);
  const { answer } = answered;
  return answer.kind === 'done' ? show(answer.body) : refusalAnswer(answer.refusal, request, parameters);
}

async function askOrRefuse<T>(
  call: AuthenticationCall,
  parameters: Parameters,
  ask: Exchange<T>['ask'],
): Promise<Answered<T>> {
  try {
    return await ask(call, parameters);
  } catch (error) {
    if (error instanceof ParameterFault) return refuseMalformed(call, error.message);
    throw error;
  }
}

function malformedWithoutTransaction(error: unknown): Answer {
  if (!(error instanceof ParameterFault)) throw error;
  return errorAnswer(400, {
    error: 'invalid_request',
    error_description: `Invalid request : ${error.message}`,
  });
}

function refusalAnswer(refusal: Refusal, request: Call['request'], parameters: Parameters): Answer {
  const [status, error] = outcomes[refusal.kind];
  const { failure, particulars } = refusal;
  // What ended the whole transaction is told of whichever factor the call names.
  const authType = failure?.authType ?? parameters.given('authType');
  request.remark = { refused: error, reason: failure?.reason, detail: refusal.detail };
  return errorAnswer(status, {
    error,
    error_description: refusal.description,
    ...(failure !== null && {
      hid_failure: {
        reason: hidFailureReasons[failure.reason],
        ...(authType !== null && { authType }),
      },
    }),
    ...(particulars.secondFactors && { secondFactors: particulars.secondFactors.map(factorView) }),
    ...(particulars.newPassword && {
      newPassword: {
        minimumLength: particulars.newPassword.minimumLength,
        ...(particulars.newPassword.reason !== null && { reason: particulars.newPassword.reason }),
      },
    }),
    ...(particulars.consents && { sharings: particulars.consents.map(sharingView) }),
  });
}

function errorAnswer(status: number, body: AuthnError): Answer {
  return { status, body };
}

function headerText(value: string | readonly string[] | undefined): string | null {
  if (value === undefined || value === '') return null;
  // A header that came twice is no header that we ever set.
  return typeof value === 'string' ? value : value.join();
}

function digestOf(parts: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url');
}
