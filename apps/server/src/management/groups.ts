import {
  AddGroupMembers,
  GroupDetails,
  GroupInput,
  GroupPage,
  GroupQuery,
  UserPage,
  Uuid,
} from '@keywarden/api';
import * as domain from '@keywarden/domain';
import { Type } from 'typebox';
import { type Call, type Route, route } from '../http/route.ts';
import { entityTag, readIfMatch } from '../http/versions.ts';
import { pageRequest, pageView, userView } from './views.ts';

const { permissions } = domain;
const GroupParams = Type.Object({ groupId: Uuid });
const MemberParams = Type.Object({ groupId: Uuid, userId: Uuid });

/** Whom a workflow's access criteria tell apart, and what directories keep up to date. */
export const groupRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/:tenant/api/v1/groups',
    door: 'management',
    access: permissions['groups.read'],
    summary: 'Groups whose name begins so, by name',
    schema: { query: GroupQuery, response: { 200: GroupPage } },
    handle: async ({ ports, actor, tenantId, query }) => {
      const page = await domain.searchGroups(ports, actor, {
        tenantId,
        query: query.query ?? '',
        page: pageRequest(query),
      });
      return { status: 200, body: pageView(page, groupView) };
    },
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/groups',
    door: 'management',
    access: permissions['groups.write'],
    summary: 'Makes a group with nobody in it',
    schema: { body: GroupInput, response: { 201: GroupDetails } },
    handle: async ({ ports, actor, tenantId, body, reply }) =>
      told(reply, await domain.createGroup(ports, actor, { tenantId, ...body }), 201),
  }),
  route({
    method: 'GET',
    path: '/:tenant/api/v1/groups/:groupId',
    door: 'management',
    access: permissions['groups.read'],
    summary: 'One group, and which access criteria of the workflow name it',
    schema: { params: GroupParams, versioned: true, response: { 200: GroupDetails } },
    handle: async ({ ports, actor, tenantId, params, reply }) =>
      told(reply, await domain.getGroup(ports, actor, { tenantId, ...params })),
  }),
  route({
    method: 'PUT',
    path: '/:tenant/api/v1/groups/:groupId',
    door: 'management',
    access: permissions['groups.write'],
    summary: 'Another name; access criteria that name it by the old one admit nobody by it any more',
    schema: { params: GroupParams, body: GroupInput, versioned: true, response: { 200: GroupDetails } },
    handle: async ({ ports, actor, tenantId, params, body, request, reply }) => {
      const expected = readIfMatch(request.headers['if-match']);
      const { groupId } = params;
      const group = await domain.renameGroup(ports, actor, { tenantId, groupId, expected, ...body });
      return told(reply, group);
    },
  }),
  route({
    method: 'DELETE',
    path: '/:tenant/api/v1/groups/:groupId',
    door: 'management',
    access: permissions['groups.write'],
    summary: 'Deletes a group and every membership; its members stay',
    schema: { params: GroupParams, versioned: true, response: {} },
    handle: async ({ ports, actor, tenantId, params, request }) => {
      const expected = readIfMatch(request.headers['if-match']);
      await domain.deleteGroup(ports, actor, { tenantId, groupId: params.groupId, expected });
      return { status: 204 };
    },
  }),
  route({
    method: 'GET',
    path: '/:tenant/api/v1/groups/:groupId/members',
    door: 'management',
    access: permissions['groups.read'],
    summary: 'Members whose name, login or e-mail begins so, by login',
    schema: { params: GroupParams, query: GroupQuery, response: { 200: UserPage } },
    handle: async ({ ports, actor, tenantId, params, query }) => {
      const page = await domain.searchGroupMembers(ports, actor, {
        tenantId,
        groupId: params.groupId,
        query: query.query ?? '',
        page: pageRequest(query),
      });
      return { status: 200, body: pageView(page, userView) };
    },
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/groups/:groupId/members',
    door: 'management',
    access: permissions['groups.write'],
    summary: 'Puts people into a group; who is in it stays in it',
    schema: { params: GroupParams, body: AddGroupMembers, response: { 200: GroupDetails } },
    handle: async ({ ports, actor, tenantId, params, body, reply }) =>
      told(reply, await domain.addGroupMembers(ports, actor, { tenantId, ...params, ...body })),
  }),
  route({
    method: 'DELETE',
    path: '/:tenant/api/v1/groups/:groupId/members/:userId',
    door: 'management',
    access: permissions['groups.write'],
    summary: 'Takes a person out of a group; again is harmless',
    schema: { params: MemberParams, response: { 200: GroupDetails } },
    handle: async ({ ports, actor, tenantId, params, reply }) =>
      told(reply, await domain.removeGroupMember(ports, actor, { tenantId, ...params })),
  }),
];

function told(reply: Call['reply'], group: domain.GroupDetails, status = 200) {
  const { version, memberCount, accessCriteria } = group;
  reply.header('etag', entityTag(version, [String(memberCount), ...accessCriteria]));
  return { status, body: { ...groupView(group), accessCriteria: group.accessCriteria } };
}

function groupView(group: domain.GroupWithSize) {
  const { groupId, displayName, externalId, memberCount, version, createdAt, updatedAt } = group;
  return {
    groupId,
    displayName,
    externalId,
    memberCount,
    version,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
