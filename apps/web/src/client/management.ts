import {
  Assignment,
  type CancelEnrollment,
  type ContinueEnrollment,
  Device,
  DevicePage,
  Enrollment,
  EnrollmentStep,
  EventPage,
  IdentityProviderList,
  PairingCode,
  Policy,
  type PolicyInput,
  PolicyPage,
  Recognised,
  Session,
  SignedOrder,
  type StartEnrollment,
  UserPage,
} from '@keywarden/api';
import { type Static, Type } from 'typebox';
import { type Http, send } from './request.ts';

const Nothing = Type.Union([Type.Null(), Type.Unknown()]);

export interface ListRequest {
  readonly query?: string | undefined;
  readonly status?: string | undefined;
  readonly limit?: number;
  readonly after?: string | undefined;
  readonly signal?: AbortSignal;
}

export type AnswerAt = NonNullable<Static<typeof EnrollmentStep>['next']>['answerAt'];

/** Who is signed in; without a tenant, the one that the cookie belongs to. */
export function readSession(http: Http, tenant: string | null, signal?: AbortSignal): Promise<Session> {
  const path = tenant === null ? '/api/v1/session' : `/${encodeURIComponent(tenant)}/api/v1/session`;
  return send(http, { path, answer: Session, signal });
}

/** The management API of one tenant; every answer is checked against the wire's schema. */
export function createManagement(http: Http, tenant: string) {
  const base = `/${encodeURIComponent(tenant)}/api/v1`;
  const at = (...parts: string[]) => [base, ...parts.map(encodeURIComponent)].join('/');
  const post = (path: string, body: unknown, headers?: Record<string, string>) => ({
    method: 'POST' as const,
    path,
    body,
    ...(headers === undefined ? {} : { headers }),
  });

  return {
    assignment: (username: string, signal?: AbortSignal) =>
      send(http, { path: at('assignments', username), answer: Assignment, signal }),
    sessionOrder: (workstationId: string) =>
      send(http, { ...post(at('orders', 'session'), { workstationId }), answer: SignedOrder }),
    recognise: (receipt: string) =>
      send(http, { ...post(at('devices', 'recognise'), { receipt }), answer: Recognised }),

    devices: (list: ListRequest) =>
      send(http, { path: `${at('devices')}${queryOf(list)}`, answer: DevicePage, signal: list.signal }),
    linkPolicy: (deviceId: string, policyId: string | null) =>
      send(http, {
        method: 'PUT',
        path: at('devices', deviceId, 'policy'),
        body: { policyId },
        answer: Device,
      }),
    revoke: (deviceId: string, reason: string) =>
      send(http, { ...post(at('devices', deviceId, 'revoke'), { reason }), answer: Device }),
    retire: (deviceId: string, reason: string) =>
      send(http, { ...post(at('devices', deviceId, 'retire'), { reason }), answer: Device }),

    policies: (list: ListRequest) =>
      send(http, { path: `${at('policies')}${queryOf(list)}`, answer: PolicyPage, signal: list.signal }),
    policy: (policyId: string, signal?: AbortSignal) =>
      send(http, { path: at('policies', policyId), answer: Policy, signal }),
    createPolicy: (input: PolicyInput) => send(http, { ...post(at('policies'), input), answer: Policy }),
    updatePolicy: (policyId: string, update: PolicyInput & { version: number }) =>
      send(http, { method: 'PUT', path: at('policies', policyId), body: update, answer: Policy }),
    duplicatePolicy: (policyId: string) =>
      send(http, { ...post(at('policies', policyId, 'duplicate'), {}), answer: Policy }),
    deletePolicy: (policyId: string) =>
      send(http, { method: 'DELETE', path: at('policies', policyId), answer: Nothing }),

    enrollment: (enrollmentId: string) =>
      send(http, { path: at('enrollments', enrollmentId), answer: Enrollment }),
    startEnrollment: (start: StartEnrollment, idempotencyKey: string) =>
      send(http, {
        ...post(at('enrollments'), start, { 'idempotency-key': idempotencyKey }),
        answer: EnrollmentStep,
      }),
    answerEnrollment: (enrollmentId: string, answer: { at: AnswerAt; receipt: string }) =>
      send(http, {
        ...post(at('enrollments', enrollmentId, answer.at), { receipt: answer.receipt }),
        answer: EnrollmentStep,
      }),
    continueEnrollment: (enrollmentId: string, where: ContinueEnrollment) =>
      send(http, { ...post(at('enrollments', enrollmentId, 'continue'), where), answer: EnrollmentStep }),
    cancelEnrollment: (enrollmentId: string, why: CancelEnrollment) =>
      send(http, { ...post(at('enrollments', enrollmentId, 'cancel'), why), answer: EnrollmentStep }),

    users: (list: ListRequest) =>
      send(http, { path: `${at('users')}${queryOf(list)}`, answer: UserPage, signal: list.signal }),
    identityProviders: (signal?: AbortSignal) =>
      send(http, { path: at('identity-providers'), answer: IdentityProviderList, signal }),
    events: (list: ListRequest) =>
      send(http, { path: `${at('events')}${queryOf(list)}`, answer: EventPage, signal: list.signal }),
    pairingCode: () => send(http, { ...post(at('workstations', 'pairing-codes'), {}), answer: PairingCode }),
  };
}
export type Management = ReturnType<typeof createManagement>;

export function queryOf({ query, status, limit, after }: ListRequest): string {
  const parameters = new URLSearchParams();
  if (query !== undefined && query !== '') parameters.set('query', query);
  if (status !== undefined && status !== '') parameters.set('status', status);
  if (limit !== undefined) parameters.set('limit', String(limit));
  if (after !== undefined) parameters.set('after', after);
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
