import { PageQuery, Policy, PolicyInput, PolicyPage, PolicyUpdate } from '@keywarden/api';
import {
  createPolicy,
  deletePolicy,
  duplicatePolicy,
  getPolicy,
  listPolicies,
  type PolicyRules,
  permissions,
  updatePolicy,
} from '@keywarden/domain';
import { type Route, route } from '../http/route.ts';
import { PolicyParams } from './params.ts';
import { pageRequest, pageView, policyView } from './views.ts';

export const policyRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/:tenant/api/v1/policies',
    door: 'management',
    access: permissions['policies.read'],
    summary: 'All policies by name',
    schema: { query: PageQuery, response: { 200: PolicyPage } },
    handle: async ({ ports, actor, tenantId, query }) => ({
      status: 200,
      body: pageView(await listPolicies(ports, actor, { tenantId, page: pageRequest(query) }), policyView),
    }),
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/policies',
    door: 'management',
    access: permissions['policies.write'],
    summary: 'Creates a policy',
    schema: { body: PolicyInput, response: { 201: Policy } },
    handle: async ({ ports, actor, tenantId, body }) => ({
      status: 201,
      body: policyView(await createPolicy(ports, actor, { tenantId, name: body.name, rules: rulesOf(body) })),
    }),
  }),
  route({
    method: 'GET',
    path: '/:tenant/api/v1/policies/:policyId',
    door: 'management',
    access: permissions['policies.read'],
    summary: 'One policy',
    schema: { params: PolicyParams, response: { 200: Policy } },
    handle: async ({ ports, actor, tenantId, params }) => ({
      status: 200,
      body: policyView(await getPolicy(ports, actor, { tenantId, policyId: params.policyId })),
    }),
  }),
  route({
    method: 'PUT',
    path: '/:tenant/api/v1/policies/:policyId',
    door: 'management',
    access: permissions['policies.write'],
    summary: 'Changes a policy that no key carries',
    schema: { params: PolicyParams, body: PolicyUpdate, response: { 200: Policy } },
    handle: async ({ ports, actor, tenantId, params, body }) => ({
      status: 200,
      body: policyView(
        await updatePolicy(ports, actor, {
          tenantId,
          policyId: params.policyId,
          version: body.version,
          name: body.name,
          rules: rulesOf(body),
        }),
      ),
    }),
  }),
  route({
    method: 'DELETE',
    path: '/:tenant/api/v1/policies/:policyId',
    door: 'management',
    access: permissions['policies.write'],
    summary: 'Deletes a policy that no key carries',
    schema: { params: PolicyParams, response: {} },
    handle: async ({ ports, actor, tenantId, params }) => {
      await deletePolicy(ports, actor, { tenantId, policyId: params.policyId });
      return { status: 204 };
    },
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/policies/:policyId/duplicate',
    door: 'management',
    access: permissions['policies.write'],
    summary: 'A copy under a free name, to change what the original may not',
    schema: { params: PolicyParams, response: { 201: Policy } },
    handle: async ({ ports, actor, tenantId, params }) => ({
      status: 201,
      body: policyView(await duplicatePolicy(ports, actor, { tenantId, policyId: params.policyId })),
    }),
  }),
];

/** Clients are older than some rules. */
function rulesOf({ rules }: PolicyInput): PolicyRules {
  return { ...rules, minimumCertification: rules.minimumCertification ?? null };
}
