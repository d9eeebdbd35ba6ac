import {
  Device,
  DevicePage,
  DeviceQuery,
  LinkPolicy,
  ReceiptBody,
  Recognised,
  RecogniseRequest,
  ResetDevice,
  ResetOrderIssued,
  RetireDevice,
  RevokeDevice,
} from '@keywarden/api';
import {
  getDevice,
  linkPolicy,
  listDevices,
  orderReset,
  permissions,
  recogniseDevices,
  recordReset,
  retireDevice,
  revokeDevice,
} from '@keywarden/domain';
import { type Route, route } from '../http/route.ts';
import { DeviceParams } from './params.ts';
import { deviceView, pageRequest, pageView } from './views.ts';

export const deviceRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/:tenant/api/v1/devices/recognise',
    door: 'management',
    access: permissions['keys.see'],
    summary: 'Which of the plugged-in keys are known, from the receipt of a session order',
    schema: { body: RecogniseRequest, response: { 200: Recognised } },
    handle: async ({ ports, actor, tenantId, body }) => {
      const keys = await recogniseDevices(ports, actor, { tenantId, receipt: body.receipt });
      return {
        status: 200,
        body: {
          devices: keys.map(({ connectionId, details, proven, openEnrollmentId }) => ({
            connectionId,
            device: details === null ? null : deviceView(details),
            proven,
            openEnrollmentId,
          })),
        },
      };
    },
  }),
  route({
    method: 'GET',
    path: '/:tenant/api/v1/devices',
    door: 'management',
    access: permissions['devices.read'],
    summary: 'The inventory, newest first',
    schema: { query: DeviceQuery, response: { 200: DevicePage } },
    handle: async ({ ports, actor, tenantId, query }) => {
      const page = await listDevices(ports, actor, {
        tenantId,
        state: query.status,
        query: query.query,
        page: pageRequest(query),
      });
      return { status: 200, body: pageView(page, deviceView) };
    },
  }),
  route({
    method: 'GET',
    path: '/:tenant/api/v1/devices/:deviceId',
    door: 'management',
    access: permissions['devices.read'],
    summary: 'One key of the inventory',
    schema: { params: DeviceParams, response: { 200: Device } },
    handle: async ({ ports, actor, tenantId, params }) => ({
      status: 200,
      body: deviceView(await getDevice(ports, actor, { tenantId, ...params })),
    }),
  }),
  route({
    method: 'PUT',
    path: '/:tenant/api/v1/devices/:deviceId/policy',
    door: 'management',
    access: permissions['devices.link-policy'],
    summary: 'Gives a key its policy before anybody has it in the hand, or takes it away',
    schema: { params: DeviceParams, body: LinkPolicy, response: { 200: Device } },
    handle: async ({ ports, actor, tenantId, params, body }) => ({
      status: 200,
      body: deviceView(
        await linkPolicy(ports, actor, { tenantId, deviceId: params.deviceId, policyId: body.policyId }),
      ),
    }),
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/devices/:deviceId/revoke',
    door: 'management',
    access: permissions['devices.revoke'],
    summary: 'Removes the credential at the identity provider; the key may be lost',
    schema: { params: DeviceParams, body: RevokeDevice, response: { 200: Device } },
    handle: async ({ ports, actor, tenantId, params, body }) => ({
      status: 200,
      body: deviceView(
        await revokeDevice(ports, actor, { tenantId, deviceId: params.deviceId, reason: body.reason }),
      ),
    }),
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/devices/:deviceId/retire',
    door: 'management',
    access: permissions['devices.retire'],
    summary: 'Takes a key out of use for good: lost, stolen, damaged, disposed of',
    schema: { params: DeviceParams, body: RetireDevice, response: { 200: Device } },
    handle: async ({ ports, actor, tenantId, params, body }) => ({
      status: 200,
      body: deviceView(
        await retireDevice(ports, actor, { tenantId, deviceId: params.deviceId, reason: body.reason }),
      ),
    }),
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/devices/:deviceId/reset',
    door: 'management',
    access: permissions['devices.reset'],
    summary: 'A signed order to erase a plugged-in key; its owner loses it at the identity provider first',
    schema: { params: DeviceParams, body: ResetDevice, response: { 201: ResetOrderIssued } },
    handle: async ({ ports, actor, tenantId, params, body }) => ({
      status: 201,
      body: await orderReset(ports, actor, {
        tenantId,
        deviceId: params.deviceId,
        workstationId: body.workstationId,
        connectionId: body.connectionId,
      }),
    }),
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/devices/:deviceId/reset/done',
    door: 'management',
    access: permissions['devices.reset'],
    summary: 'The receipt of a reset order: the key is Not Configured again',
    schema: { params: DeviceParams, body: ReceiptBody, response: { 200: Device } },
    handle: async ({ ports, actor, tenantId, params, body }) => ({
      status: 200,
      body: deviceView(
        await recordReset(ports, actor, { tenantId, deviceId: params.deviceId, receipt: body.receipt }),
      ),
    }),
  }),
];
