import {
  CancelEnrollment,
  ContinueEnrollment,
  Enrollment,
  EnrollmentPage,
  EnrollmentQuery,
  EnrollmentStep,
  ReceiptBody,
  StartEnrollment,
} from '@keywarden/api';
import {
  cancelEnrollment,
  completeEnrollment,
  continueEnrollment,
  DomainError,
  getEnrollment,
  listEnrollments,
  permissions,
  recordCleaned,
  recordConfigured,
  startEnrollment,
} from '@keywarden/domain';
import { type Route, route } from '../http/route.ts';
import { EnrollmentParams } from './params.ts';
import { enrollmentView, pageRequest, pageView, stepView } from './views.ts';

/** Each kind of receipt has its own path, so that a page can't confuse them unseen. */
const answers = [
  ['configured', recordConfigured, 'The receipt of a configure order: the policy is on the key'],
  ['complete', completeEnrollment, 'The receipt of an enroll order: verified here, then registered'],
  ['cleaned', recordCleaned, 'The receipt of a remove-credential order: nothing is left on the key'],
] as const;

export const enrollmentRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/:tenant/api/v1/enrollments',
    door: 'management',
    access: permissions['devices.assign'],
    summary: 'Assigns a plugged-in key to a person; repeat it with the same Idempotency-Key without harm',
    schema: { body: StartEnrollment, response: { 201: EnrollmentStep } },
    handle: async ({ ports, actor, tenantId, body, request }) => {
      const { username, workstationId, connectionId, deviceId, policyId } = body;
      const step = await startEnrollment(ports, actor, {
        tenantId,
        username,
        workstationId,
        connectionId,
        deviceId,
        policyId,
        idempotencyKey: idempotencyKeyOf(request.headers['idempotency-key']),
      });
      return { status: 201, body: stepView(step) };
    },
  }),
  route({
    method: 'GET',
    path: '/:tenant/api/v1/enrollments',
    door: 'management',
    access: permissions['enrollments.read'],
    summary: 'Enrollments, newest first',
    schema: { query: EnrollmentQuery, response: { 200: EnrollmentPage } },
    handle: async ({ ports, actor, tenantId, query }) => {
      const page = await listEnrollments(ports, actor, {
        tenantId,
        deviceId: query.deviceId,
        page: pageRequest(query),
      });
      return { status: 200, body: pageView(page, enrollmentView) };
    },
  }),
  route({
    method: 'GET',
    path: '/:tenant/api/v1/enrollments/:enrollmentId',
    door: 'management',
    access: permissions['enrollments.read'],
    summary: 'Where one enrollment stands',
    schema: { params: EnrollmentParams, response: { 200: Enrollment } },
    handle: async ({ ports, actor, tenantId, params }) => ({
      status: 200,
      body: enrollmentView(
        await getEnrollment(ports, actor, { tenantId, enrollmentId: params.enrollmentId }),
      ),
    }),
  }),
  ...answers.map(([name, command, summary]) =>
    route({
      method: 'POST',
      path: `/:tenant/api/v1/enrollments/:enrollmentId/${name}`,
      door: 'management',
      access: permissions['devices.assign'],
      summary,
      schema: { params: EnrollmentParams, body: ReceiptBody, response: { 200: EnrollmentStep } },
      handle: async ({ ports, actor, tenantId, params, body }) => ({
        status: 200,
        body: stepView(
          await command(ports, actor, {
            tenantId,
            enrollmentId: params.enrollmentId,
            receipt: body.receipt,
          }),
        ),
      }),
    }),
  ),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/enrollments/:enrollmentId/continue',
    door: 'management',
    access: permissions['devices.assign'],
    summary: 'A new order for where it stands: after a reload, a crash, or a key that was pulled out',
    schema: { params: EnrollmentParams, body: ContinueEnrollment, response: { 200: EnrollmentStep } },
    handle: async ({ ports, actor, tenantId, params, body }) => ({
      status: 200,
      body: stepView(
        await continueEnrollment(ports, actor, {
          tenantId,
          enrollmentId: params.enrollmentId,
          connection: connectionOf(body),
        }),
      ),
    }),
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/enrollments/:enrollmentId/cancel',
    door: 'management',
    access: permissions['devices.assign'],
    summary: 'Gives up, or tells what the workstation answered; may order a leftover off the key',
    schema: { params: EnrollmentParams, body: CancelEnrollment, response: { 200: EnrollmentStep } },
    handle: async ({ ports, actor, tenantId, params, body }) => ({
      status: 200,
      body: stepView(
        await cancelEnrollment(ports, actor, {
          tenantId,
          enrollmentId: params.enrollmentId,
          code: body.code,
          message: body.message,
        }),
      ),
    }),
  }),
];

function idempotencyKeyOf(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  if (typeof header === 'string' && /^[\x21-\x7e]{1,128}$/.test(header)) return header;
  throw new DomainError('input-invalid', 'Idempotency-Key is 1 to 128 visible ASCII characters, sent once.', {
    particulars: { field: 'Idempotency-Key' },
  });
}

function connectionOf({ workstationId, connectionId }: ContinueEnrollment) {
  if (workstationId === undefined && connectionId === undefined) return null;
  if (workstationId !== undefined && connectionId !== undefined) return { workstationId, connectionId };
  throw new DomainError('input-invalid', 'workstationId and connectionId belong together.', {
    particulars: { field: workstationId === undefined ? 'workstationId' : 'connectionId' },
  });
}
