import { Pairing, PairingCode, PairWorkstation, WorkstationList } from '@keywarden/api';
import {
  issuePairingCode,
  listWorkstations,
  pairWorkstation,
  permissions,
  unpairWorkstation,
} from '@keywarden/domain';
import { Type } from 'typebox';
import { type Route, route } from '../http/route.ts';
import { WorkstationParams } from './params.ts';
import { workstationView } from './views.ts';

export const workstationRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/:tenant/api/v1/workstations/pairing-codes',
    door: 'management',
    access: permissions['workstations.pair'],
    summary: 'A single-use code that pairs one workstation within ten minutes; shown once',
    schema: { response: { 201: PairingCode } },
    handle: async ({ ports, actor, tenantId }) => {
      const { code, expiresAt } = await issuePairingCode(ports, actor, { tenantId });
      return { status: 201, body: { code, expiresAt: expiresAt.toISOString() } };
    },
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/workstations',
    door: 'management',
    // The workstation has no operator's session: the single-use code is what it shows.
    access: 'anyone',
    summary: 'Pairs a workstation by its public key and a pairing code',
    perMinute: 20,
    schema: { body: PairWorkstation, response: { 201: Pairing } },
    handle: async ({ ports, actor, tenantId, body }) => ({
      status: 201,
      body: await pairWorkstation(ports, actor, {
        tenantId,
        code: body.code,
        name: body.name,
        publicKey: body.publicKey,
      }),
    }),
  }),
  route({
    method: 'GET',
    path: '/:tenant/api/v1/workstations',
    door: 'management',
    access: permissions['workstations.read'],
    summary: 'The paired workstations by name',
    schema: { response: { 200: WorkstationList } },
    handle: async ({ ports, actor, tenantId }) => ({
      status: 200,
      body: { items: (await listWorkstations(ports, actor, { tenantId })).map(workstationView) },
    }),
  }),
  route({
    method: 'DELETE',
    path: '/:tenant/api/v1/workstations/:workstationId',
    door: 'management',
    access: permissions['workstations.pair'],
    summary: 'Unpairs a workstation: nothing is taken from it or given to it until it is paired again',
    schema: { params: WorkstationParams, response: { 204: Type.Null() } },
    handle: async ({ ports, actor, tenantId, params }) => {
      await unpairWorkstation(ports, actor, { tenantId, ...params });
      return { status: 204 };
    },
  }),
];
