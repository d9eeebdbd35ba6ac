import { EventPage, EventQuery } from '@keywarden/api';
import { listEvents, permissions } from '@keywarden/domain';
import { type Route, route } from '../http/route.ts';
import { eventView, pageRequest, pageView } from './views.ts';

export const eventRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/:tenant/api/v1/events',
    door: 'management',
    access: permissions['events.read'],
    summary: 'The audit log, newest first',
    schema: { query: EventQuery, response: { 200: EventPage } },
    handle: async ({ ports, actor, tenantId, query }) => {
      const page = await listEvents(ports, actor, {
        tenantId,
        targetId: query.targetId,
        type: query.type,
        page: pageRequest(query),
      });
      return { status: 200, body: pageView(page, eventView) };
    },
  }),
];
