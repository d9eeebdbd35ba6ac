import { randomBytes } from 'node:crypto';
import { createFirstOperator, createTenant } from '@keywarden/domain';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { HttpAnswer, HttpServer } from '../lifecycle/server.ts';

export interface Options {
  readonly headers?: Record<string, string>;
  /** null: none is sent. */
  readonly token?: string | null;
  readonly type?: string;
}

/** What a reader of the audit log goes by; there is more in an event. */
const EventPage = Type.Object({
  items: Type.Array(
    Type.Object({
      type: Type.String(),
      actor: Type.Object({ name: Type.String() }),
      description: Type.String(),
      particulars: Type.Object({}),
    }),
  ),
});

/** A tenant with a provisioning token, as its administrator got it over HTTP. */
export interface ProvisionedTenant {
  readonly tenantId: string;
  /** The cookie of its owner. */
  readonly cookie: string;
  readonly token: string;
  /** `https://…/{tenant}/scim/v2` */
  readonly base: string;
  /** Paths below `/{tenant}/scim/v2`. */
  call(method: string, path: string, body?: unknown, options?: Options): Promise<HttpAnswer>;
  /** The resource that was made, or an error that says why not. */
  // biome-ignore lint/suspicious/noExplicitAny: a client that trusts the documented shapes
  make(path: string, body: unknown): Promise<any>;
  /** The events of a resource, oldest first. */
  events(
    targetId: string,
  ): Promise<readonly { type: string; actor: string; description: string; particulars: object }[]>;
}

export async function openProvisionedTenant(server: HttpServer, mark: string): Promise<ProvisionedTenant> {
  const tenantId = `${mark}-${randomBytes(3).toString('hex')}`;
  await createTenant(server.ports, { tenantId, name: `Tenant ${mark}` });
  await createFirstOperator(server.ports, { tenantId, name: `Owner ${mark}`, role: 'owner' });
  const cookie = await server.signIn(tenantId);
  const issued = await server.call('POST', `/${tenantId}/api/v1/provisioning-tokens`, {
    cookie,
    body: { name: `Directory ${mark}` },
  });
  if (issued.status !== 201) throw new Error(`no token: ${issued.status} ${issued.text}`);
  const { token } = issued.body;
  const call: ProvisionedTenant['call'] = (method, path, body, options = {}) => {
    const bearer = options.token === undefined ? token : options.token;
    return server.call(method, `/${tenantId}/scim/v2${path}`, {
      ...(body === undefined ? {} : { body }),
      headers: {
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { 'content-type': options.type ?? 'application/scim+json' }),
        ...options.headers,
      },
    });
  };
  return {
    tenantId,
    cookie,
    token,
    base: `${server.publicUrl}/${tenantId}/scim/v2`,
    call,
    async make(path, body) {
      const made = await call('POST', path, body);
      if (made.status !== 201) throw new Error(`POST ${path} answered ${made.status}: ${made.text}`);
      return made.body;
    },
    async events(targetId) {
      const { body } = await server.call('GET', `/${tenantId}/api/v1/events?targetId=${targetId}&limit=200`, {
        cookie,
      });
      const { items } = Value.Parse(EventPage, body);
      return items.toReversed().map(({ type, actor, description, particulars }) => ({
        type,
        actor: actor.name,
        description,
        particulars,
      }));
    },
  };
}
