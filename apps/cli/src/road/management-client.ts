import {
  Assignment,
  AuthenticateOrderIssued,
  type AuthenticateOrderRequest,
  type CancelEnrollment,
  type ContinueEnrollment,
  Device,
  DevicePage,
  Enrollment,
  EnrollmentStep,
  IdentityProviderList,
  PairingCode,
  PolicyPage,
  Problem,
  Recognised,
  Session,
  SignedOrder,
  type StartEnrollment,
} from '@keywarden/api';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { CliError, sentenceOf } from '../errors.ts';
import { parseJson, readAnswer } from './answers.ts';
import { ServerRefusal } from './refusals.ts';

export type AnswerAt = 'configured' | 'complete' | 'cleaned';

/** The management API of one tenant, as a signed-in operator's page calls it. */
export interface ManagementClient {
  readonly baseUrl: string;
  readonly tenant: string;
  /** The operator's session, for callers that make requests of their own (a browser, a test). */
  readonly cookie: string;
  session(): Promise<Session>;
  assignment(username: string): Promise<Assignment>;
  policies(): Promise<Static<typeof PolicyPage>>;
  identityProviders(): Promise<Static<typeof IdentityProviderList>>;
  devices(): Promise<Static<typeof DevicePage>>;
  device(deviceId: string): Promise<Device>;
  linkPolicy(deviceId: string, policyId: string | null): Promise<Device>;
  revokeDevice(deviceId: string, reason: string): Promise<Device>;
  orderSession(workstationId: string): Promise<SignedOrder>;
  orderAuthentication(request: AuthenticateOrderRequest): Promise<Static<typeof AuthenticateOrderIssued>>;
  recognise(receipt: string): Promise<Recognised>;
  startEnrollment(request: StartEnrollment, idempotencyKey: string): Promise<EnrollmentStep>;
  enrollment(enrollmentId: string): Promise<Static<typeof Enrollment>>;
  answerEnrollment(enrollmentId: string, at: AnswerAt, receipt: string): Promise<EnrollmentStep>;
  continueEnrollment(enrollmentId: string, where?: ContinueEnrollment): Promise<EnrollmentStep>;
  cancelEnrollment(enrollmentId: string, reason: CancelEnrollment): Promise<EnrollmentStep>;
  pairingCode(): Promise<PairingCode>;
}

/** Longer than the slowest outside call that the server makes on a page's behalf. */
const requestTimeLimit = 30_000;

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { signal: AbortSignal.timeout(requestTimeLimit), ...init });
  } catch (error) {
    const origin = new URL(url).origin;
    throw new CliError(
      'server-unreachable',
      `The server at ${origin} does not answer: ${sentenceOf(error)}.`,
      {
        cause: error,
      },
    );
  }
}

async function readResponse<S extends TSchema>(
  response: Response,
  schema: S,
  from: string,
): Promise<Static<S>> {
  const body = parseJson(await response.text());
  if (response.ok) return readAnswer(schema, body, from);
  if (Value.Check(Problem, body)) throw new ServerRefusal(body);
  throw new CliError('answer-unexpected', `${from} answered ${response.status} without saying why.`);
}

/** Follows a sign-in link as a browser would and keeps the session it gives. */
export async function signInOperator(options: {
  baseUrl: string;
  tenant: string;
  signInUrl: string;
}): Promise<ManagementClient> {
  const response = await reach(options.signInUrl, { redirect: 'manual' });
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0] ?? '')
    .filter((pair) => !pair.endsWith('='))
    .join('; ');
  if (response.status !== 303 || cookie === '') {
    throw new CliError(
      'server-refused',
      'The sign-in link of the operator was not accepted: it has expired or was used before.',
    );
  }
  return managementClient({ baseUrl: options.baseUrl, tenant: options.tenant, cookie });
}

export function managementClient(options: {
  baseUrl: string;
  tenant: string;
  cookie: string;
}): ManagementClient {
  const { baseUrl, tenant, cookie } = options;
  const root = `${baseUrl}/${tenant}/api/v1`;

  async function ask<S extends TSchema>(path: string, schema: S): Promise<Static<S>> {
    const response = await reach(`${root}${path}`, { headers: { cookie, accept: 'application/json' } });
    return readResponse(response, schema, `GET ${path}`);
  }

  async function tell<S extends TSchema>(
    target: { method: 'POST' | 'PUT'; path: string; headers?: Record<string, string> },
    body: unknown,
    schema: S,
  ): Promise<Static<S>> {
    const response = await reach(`${root}${target.path}`, {
      method: target.method,
      headers: {
        cookie,
        accept: 'application/json',
        // What a browser would say; the server refuses a foreign one.
        origin: baseUrl,
        'content-type': 'application/json',
        ...target.headers,
      },
      body: JSON.stringify(body ?? {}),
    });
    return readResponse(response, schema, `${target.method} ${target.path}`);
  }

  const post = <S extends TSchema>(path: string, body: unknown, schema: S): Promise<Static<S>> =>
    tell({ method: 'POST', path }, body, schema);
  const enrollmentPath = (enrollmentId: string) => `/enrollments/${encodeURIComponent(enrollmentId)}`;
  const devicePath = (deviceId: string) => `/devices/${encodeURIComponent(deviceId)}`;

  return {
    baseUrl,
    tenant,
    cookie,
    session: () => ask('/session', Session),
    assignment: (username) => ask(`/assignments/${encodeURIComponent(username)}`, Assignment),
    policies: () => ask('/policies', PolicyPage),
    identityProviders: () => ask('/identity-providers', IdentityProviderList),
    devices: () => ask('/devices', DevicePage),
    device: (deviceId) => ask(devicePath(deviceId), Device),
    linkPolicy: (deviceId, policyId) =>
      tell({ method: 'PUT', path: `${devicePath(deviceId)}/policy` }, { policyId }, Device),
    revokeDevice: (deviceId, reason) => post(`${devicePath(deviceId)}/revoke`, { reason }, Device),
    orderSession: (workstationId) => post('/orders/session', { workstationId }, SignedOrder),
    orderAuthentication: (request) => post('/orders/authenticate', request, AuthenticateOrderIssued),
    recognise: (receipt) => post('/devices/recognise', { receipt }, Recognised),
    startEnrollment: (request, idempotencyKey) =>
      tell(
        { method: 'POST', path: '/enrollments', headers: { 'idempotency-key': idempotencyKey } },
        request,
        EnrollmentStep,
      ),
    enrollment: (enrollmentId) => ask(enrollmentPath(enrollmentId), Enrollment),
    answerEnrollment: (enrollmentId, at, receipt) =>
      post(`${enrollmentPath(enrollmentId)}/${at}`, { receipt }, EnrollmentStep),
    continueEnrollment: (enrollmentId, where = {}) =>
      post(`${enrollmentPath(enrollmentId)}/continue`, where, EnrollmentStep),
    cancelEnrollment: (enrollmentId, reason) =>
      post(`${enrollmentPath(enrollmentId)}/cancel`, reason, EnrollmentStep),
    pairingCode: () => post('/workstations/pairing-codes', {}, PairingCode),
  };
}
