import {
  ChangeDocument,
  FlowPreview,
  PageQuery,
  PreviewRequest,
  ReviewedWorkflow,
  StoredWorkflow,
  ValidateDocument,
  VersionPage,
  WorkflowReview,
} from '@keywarden/api';
import {
  changeWorkflow,
  getWorkflow,
  getWorkflowVersion,
  listWorkflowVersions,
  permissions,
  previewFlow,
  validateWorkflow,
} from '@keywarden/domain';
import { Type } from 'typebox';
import { flowView } from '../http/flow-view.ts';
import { type Route, route } from '../http/route.ts';
import { pageRequest, pageView } from './views.ts';

const VersionParams = Type.Object({ version: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) });

/** Which factors there are, and what may be enrolled upon which. */
export const workflowRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/:tenant/api/v1/workflow',
    door: 'management',
    access: permissions['workflow.read'],
    summary: 'The newest version of the workflow',
    schema: { response: { 200: ReviewedWorkflow } },
    handle: async ({ ports, actor, tenantId }) => ({
      status: 200,
      body: await getWorkflow(ports, actor, { tenantId }),
    }),
  }),
  route({
    method: 'PUT',
    path: '/:tenant/api/v1/workflow',
    door: 'management',
    access: permissions['workflow.write'],
    summary: 'Stores the next version of the workflow; every fault is told at its place',
    schema: { body: ChangeDocument, response: { 200: ReviewedWorkflow } },
    handle: async ({ ports, actor, tenantId, body }) => ({
      status: 200,
      body: await changeWorkflow(ports, actor, { tenantId, ...body }),
    }),
  }),
  route({
    method: 'GET',
    path: '/:tenant/api/v1/workflow/versions',
    door: 'management',
    access: permissions['workflow.read'],
    summary: 'Who stored which version, the newest first',
    schema: { query: PageQuery, response: { 200: VersionPage } },
    handle: async ({ ports, actor, tenantId, query }) => {
      const page = await listWorkflowVersions(ports, actor, { tenantId, page: pageRequest(query) });
      return { status: 200, body: pageView(page, (head) => head) };
    },
  }),
  route({
    method: 'GET',
    path: '/:tenant/api/v1/workflow/versions/:version',
    door: 'management',
    access: permissions['workflow.read'],
    summary: 'One version of the workflow',
    schema: { params: VersionParams, response: { 200: StoredWorkflow } },
    handle: async ({ ports, actor, tenantId, params }) => ({
      status: 200,
      body: await getWorkflowVersion(ports, actor, { tenantId, version: params.version }),
    }),
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/workflow/validate',
    door: 'management',
    access: permissions['workflow.read'],
    summary: 'Every fault and warning of a workflow, which is not stored',
    schema: { body: ValidateDocument, response: { 200: WorkflowReview } },
    handle: async ({ ports, actor, tenantId, body }) => ({
      status: 200,
      body: await validateWorkflow(ports, actor, { tenantId, document: body.document }),
    }),
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/workflow/preview',
    door: 'management',
    access: permissions['workflow.read'],
    summary: 'What a user would be offered, and why; changes nothing',
    schema: { body: PreviewRequest, response: { 200: FlowPreview } },
    handle: async ({ ports, actor, tenantId, body }) => {
      const preview = await previewFlow(ports, actor, { tenantId, ...body });
      return { status: 200, body: { ...preview, flow: flowView(preview.flow) } };
    },
  }),
];
