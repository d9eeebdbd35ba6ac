import { Session } from '@keywarden/api';
import { DomainError, permissions } from '@keywarden/domain';
import { type Answer, type Call, type Route, route } from '../http/route.ts';

/** Who is signed in, and what the page needs to start. */
async function describeSession({ ports, actor, session }: Call): Promise<Answer> {
  const { tenantId, expiresAt } = session ?? { tenantId: '', expiresAt: new Date(0) };
  const { tenant, operator } = await ports.store.transaction(tenantId, async (tables) => ({
    tenant: await tables.tenants.get(),
    operator: await tables.operators.get(actor.id),
  }));
  if (tenant === null || operator === null)
    throw new DomainError('operator-not-found', 'You are no longer known.');
  const { operatorId, name, email, role } = operator;
  return {
    status: 200,
    body: {
      operator: { operatorId, name, email, role },
      tenant: { tenantId, name: tenant.name },
      issuer: `${ports.surroundings.publicUrl}/${tenantId}`,
      workstationUrl: ports.surroundings.workstationUrl,
      expiresAt,
    },
  };
}

export const sessionRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/session',
    door: 'management',
    access: permissions['session.read'],
    summary: 'The signed-in operator and her tenant, where the address does not name one',
    schema: { response: { 200: Session } },
    handle: describeSession,
  }),
  route({
    method: 'GET',
    path: '/:tenant/api/v1/session',
    door: 'management',
    access: permissions['session.read'],
    summary: 'The signed-in operator',
    schema: { response: { 200: Session } },
    handle: describeSession,
  }),
];
