import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Actor,
  createFirstOperator,
  createPolicy,
  createTenant,
  createUser,
  ensureWorkflow,
  issueSignInLink,
  type OperatorRole,
  type Ports,
  registerClient,
} from '@keywarden/domain';
import { pino } from 'pino';
import { type CompositionOptions, compose } from '../../src/compose.ts';
import { freePort } from '../free-port.ts';
import { type FreshDatabase, freshDatabase } from '../postgres.ts';
import { standardRules } from './rig.ts';
import type { TestKey } from './soft-key.ts';
import { type TestWorkstation, testWorkstation } from './workstation.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a client that trusts the documented shapes
  readonly body: any;
  readonly headers: Headers;
}

export interface HttpServer {
  readonly ports: Ports;
  readonly fresh: FreshDatabase;
  readonly publicUrl: string;
  call(
    method: string,
    path: string,
    options?: {
      body?: unknown;
      form?: URLSearchParams;
      cookie?: string | null;
      headers?: Record<string, string>;
    },
  ): Promise<HttpAnswer>;
  /** The cookie of a signed-in operator of that role. */
  signIn(tenantId: string, role?: OperatorRole): Promise<string>;
  /** What goes on without a caller; nothing does before. */
  startJobs(): { stop(): Promise<void> };
  close(): Promise<void>;
}

/** The whole server as `compose` wires it, on a real PostgreSQL, listening on a port of its own. */
export async function openHttpServer(
  settings: Pick<CompositionOptions, 'mail' | 'breachedPasswordsUrl' | 'scimPath'> = {},
): Promise<HttpServer> {
  const fresh = await freshDatabase();
  const port = await freePort();
  const publicUrl = `http://localhost:${port}`;
  // Pages of no content: what they hold is the browser tests' business.
  const pageFolder = await mkdtemp(join(tmpdir(), 'keywarden-pages-'));
  for (const name of ['console.html', 'portal.html', 'account.html', 'theme-preview.html'])
    await writeFile(join(pageFolder, name), '<!doctype html>');
  const { ports, app, database, startJobs } = await compose({
    connection: fresh.connection,
    masterKey: new Uint8Array(randomBytes(32)),
    surroundings: { publicUrl, workstationUrl: 'ws://127.0.0.1:9333' },
    trustedProxies: [],
    ...settings,
    pageFolder,
    log: pino({ level: process.env['KEYWARDEN_TEST_LOG'] ?? 'silent' }),
    checkHealth: async () => {},
  });
  await app.listen({ host: '127.0.0.1', port });
  const call: HttpServer['call'] = async (method, path, options = {}) => {
    const { body, cookie = null, headers = {} } = options;
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(cookie === null ? {} : { cookie }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(options.form === undefined ? {} : { body: options.form.toString() }),
    });
    const text = await response.text();
    return { status: response.status, text, body: parse(text), headers: response.headers };
  };
  return {
    ports,
    fresh,
    publicUrl,
    call,
    startJobs,
    async signIn(tenantId, role = 'owner') {
      const operatorId = ports.random.uuid();
      await ports.store.transaction(tenantId, (tables) =>
        tables.operators.insert({
          operatorId,
          name: `${role} of ${tenantId}`,
          email: null,
          role,
          createdAt: ports.clock.now(),
        }),
      );
      const token = await issueSignInLink(ports, { tenantId, operatorId });
      const answer = await call('POST', '/sign-in', { body: { token } });
      const [cookie] = (answer.headers.getSetCookie()[0] ?? '').split(';');
      if (answer.status !== 204 || cookie === undefined || cookie === '') {
        throw new Error(`sign-in answered ${answer.status}`);
      }
      return cookie;
    },
    async close() {
      await app.close();
      await database.close();
      await fresh.drop();
      await rm(pageFolder, { recursive: true });
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A tenant that was made as its owner would: over HTTP wherever there is a route. */
export interface HttpTenant {
  readonly tenantId: string;
  readonly cookie: string;
  readonly username: string;
  readonly userId: string;
  readonly policyId: string;
  readonly identityProviderId: string;
  readonly workstation: TestWorkstation;
  readonly client: { readonly clientId: string; readonly secret: string; readonly redirectUri: string };
  /** Paths below `/{tenant}/api/v1`. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<HttpAnswer>;
  /** Plugs a key in, looks at it, and walks the road to the end. */
  assign(key: TestKey, username?: string): Promise<{ step: HttpAnswer; connectionId: string }>;
}

export async function openTenant(server: HttpServer, mark: string): Promise<HttpTenant> {
  const { ports } = server;
  const tenantId = `${mark}-${randomBytes(3).toString('hex')}`;
  await createTenant(ports, { tenantId, name: `Tenant ${mark}` });
  const operator = await createFirstOperator(ports, { tenantId, name: `Owner ${mark}`, role: 'owner' });
  if (operator === null) throw new Error('the tenant has an operator already');
  const actor: Actor = {
    kind: 'operator',
    id: operator.operatorId,
    name: operator.name,
    role: 'owner',
    requestId: null,
    clientIp: null,
  };
  const username = `user-${mark}`;
  const { userId } = await createUser(ports, actor, {
    tenantId,
    username,
    displayName: `Person ${mark}`,
    email: `${mark}@secret-${mark}.example`,
  });
  const { policyId } = await createPolicy(ports, actor, {
    tenantId,
    name: `Policy ${mark}`,
    rules: standardRules,
  });
  await ensureWorkflow(ports, actor, { tenantId, bootstrap: false });
  const client = await registerClient(ports, actor, {
    tenantId,
    name: `Client ${mark}`,
    redirectUris: [`https://client-${mark}.example/callback`],
  });
  const cookie = await server.signIn(tenantId);
  const call: HttpTenant['call'] = (method, path, body, headers = {}) =>
    server.call(method, `/${tenantId}/api/v1${path}`, {
      cookie,
      headers,
      ...(body === undefined ? {} : { body }),
    });

  const workstation = await testWorkstation();
  const { body: pairing } = await call('POST', '/workstations/pairing-codes');
  const paired = await server.call('POST', `/${tenantId}/api/v1/workstations`, {
    body: { code: pairing.code, name: `Workstation ${mark}`, publicKey: workstation.publicKey },
  });
  if (paired.status !== 201) throw new Error(`pairing answered ${paired.status}: ${paired.text}`);
  const providers = await call('GET', '/identity-providers');
  const { workstationId } = workstation;

  return {
    tenantId,
    cookie,
    username,
    userId,
    policyId,
    identityProviderId: providers.body.items[0].identityProviderId,
    workstation,
    client: {
      clientId: client.clientId,
      secret: client.secret,
      redirectUri: `https://client-${mark}.example/callback`,
    },
    call,
    async assign(key, of = username) {
      const connectionId = workstation.plugIn(key);
      const { body: session } = await call('POST', '/orders/session', { workstationId });
      const recognised = await call('POST', '/devices/recognise', {
        receipt: await workstation.run(session.order),
      });
      const { device } = recognised.body.devices.find(
        (one: { connectionId: string }) => one.connectionId === connectionId,
      );
      let step = await call('POST', '/enrollments', {
        username: of,
        workstationId,
        connectionId,
        deviceId: device?.deviceId ?? null,
        policyId,
      });
      while (step.status < 300 && step.body.next !== null) {
        const { order, answerAt } = step.body.next;
        const { enrollmentId } = step.body.enrollment;
        step = await call('POST', `/enrollments/${enrollmentId}/${answerAt}`, {
          receipt: await workstation.run(order),
        });
      }
      return { step, connectionId };
    },
  };
}
