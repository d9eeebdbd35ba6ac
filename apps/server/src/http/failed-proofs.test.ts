import { once } from 'node:events';
import { connect } from 'node:net';
import { DomainError } from '@keywarden/domain';
import { type FastifyInstance, fastify } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { type FailedProofCounts, limitFailedProofs } from './failed-proofs.ts';
import { registerOutcome } from './outcome.ts';
import { Throttle, usualLimits } from './throttle.ts';

/** On a machine that has much else to do. */
const patiently = { timeout: 20_000 };

/** A fake database: what all processes counted, in the minute that is asked for. */
class Counted implements FailedProofCounts {
  readonly failures = new Map<string, number>();
  readonly asked: string[] = [];
  broken = false;

  async add(tenantId: string, { address, client, minute }: Parameters<FailedProofCounts['add']>[1]) {
    if (this.broken) throw new Error('no database');
    const one = (key: string) => {
      const failures = (this.failures.get(key) ?? 0) + 1;
      this.failures.set(key, failures);
      return failures;
    };
    const at = `${tenantId} ${minute.toISOString()}`;
    const clientId = client === null ? null : await this.clientOf(tenantId, client);
    return {
      address: one(`${at} ${address}`),
      client: clientId === null ? null : { clientId, failures: one(`${at} ${clientId}`) },
    };
  }

  async clientOf(_tenantId: string, clue: Parameters<FailedProofCounts['clientOf']>[1]) {
    this.asked.push(JSON.stringify(clue));
    if ('clientId' in clue) return clue.clientId;
    return clue.requestUri.startsWith('urn:of:') ? clue.requestUri.slice(7) : null;
  }
}

const opened: FastifyInstance[] = [];
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close();
});

/** A process: `/code` judges the password in the body, `/list` the bearer token, `/view` nothing. */
async function open({ counts = new Counted(), failures = 3, clientFailures = 5 } = {}) {
  const time = { now: 0 };
  const limits = { ...usualLimits, failures, clientFailures };
  const throttle = new Throttle(limits, () => time.now);
  const waiting: (() => void)[] = [];
  const app = fastify({ trustProxy: true });
  opened.push(app);
  app.decorate('throttle', throttle);
  registerOutcome(app, {});
  limitFailedProofs(app, { counts, now: () => time.now });
  app.post<{ Body: { password: string } }>('/:tenant/authn/code', async (request, reply) => {
    const { password } = request.body;
    if (password === 'slow') await new Promise<void>((resolve) => waiting.push(resolve));
    if (password === 'right') return { proven: true };
    request.remark = { refused: password === 'malformed' ? 'invalid_request' : 'invalid_grant' };
    return reply.code(400).send({});
  });
  app.get('/:tenant/list', async (request, reply) =>
    request.headers.authorization === 'Bearer right' ? [] : reply.code(401).send({}),
  );
  app.post('/:tenant/api/v1/workstations', async () => {
    throw new DomainError('pairing-code-invalid', 'No such code.');
  });
  app.get('/:tenant/view', async (_request, reply) => reply.code(401).send({}));
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const call = async (path: string, from: string, init: RequestInit = {}) => {
    const headers = { ...init.headers, 'x-forwarded-for': from };
    const response = await fetch(`${address}${path}`, { ...init, headers });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const guess = (from: string, password = 'wrong', client = 'portal', tenant = 'demo') =>
    call(`/${tenant}/authn/code`, from, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ request_uri: `urn:of:${client}`, password }),
    });
  const statuses = async (times: number, ...of: Parameters<typeof guess>) => {
    const told: number[] = [];
    for (let time = 0; time < times; time += 1) told.push((await guess(...of)).status);
    return told;
  };
  return { time, throttle, counts, waiting, address, call, guess, statuses };
}

test(
  'an address that was wrong too often is told when to come again, and others are not bothered',
  patiently,
  async () => {
    const { time, guess, statuses, call } = await open();
    time.now = 75_000;
    expect(await statuses(5, '192.0.2.1')).toEqual([400, 400, 400, 429, 429]);
    const refused = await guess('192.0.2.1', 'right');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '45']);
    expect(refused.text).toContain('temporarily_unavailable');
    expect(refused.headers.get('server-csrf-token')).toMatch(/^[\w-]{43}$/);
    // Nothing is proven there.
    expect((await call('/demo/view', '192.0.2.1')).status).toBe(401);
    expect((await guess('192.0.2.2', 'right')).status).toBe(200);
    expect((await guess('192.0.2.1', 'right', 'portal', 'other')).status).toBe(200);
    time.now = 120_000;
    expect((await guess('192.0.2.1', 'right')).status).toBe(200);
  },
);

test(
  'only what is wrong counts: not what is right, nor what is malformed, nor what proves nothing',
  patiently,
  async () => {
    const { statuses, counts, call } = await open();
    expect(new Set(await statuses(10, '192.0.2.1', 'right'))).toEqual(new Set([200]));
    expect(new Set(await statuses(10, '192.0.2.1', 'malformed'))).toEqual(new Set([400]));
    for (let time = 0; time < 10; time += 1) await call('/demo/view', '192.0.2.1');
    expect(counts.failures.size).toBe(0);
    expect(counts.asked).toEqual([]);
  },
);

test('bearer tokens, secrets and pairing codes count alike', patiently, async () => {
  const { call, guess } = await open();
  const bearer = (token: string) =>
    call('/demo/list', '192.0.2.1', { headers: { authorization: `Bearer ${token}` } });
  expect((await bearer('wrong')).status).toBe(401);
  expect((await call('/demo/api/v1/workstations', '192.0.2.1', { method: 'POST' })).status).toBe(400);
  expect((await guess('192.0.2.1')).status).toBe(400);
  expect((await bearer('right')).status).toBe(429);
});

test('a process hears of the others with the first wrong proof that it sees itself', patiently, async () => {
  const counts = new Counted();
  const [one, other] = [await open({ counts }), await open({ counts })];
  expect(await one.statuses(4, '192.0.2.1')).toEqual([400, 400, 400, 429]);
  expect(await other.statuses(3, '192.0.2.1')).toEqual([400, 429, 429]);
});

test(
  'as many at once as there may be wrong ones: the next is to wait until it is known how they come out',
  patiently,
  async () => {
    const { waiting, guess } = await open();
    const under = Array.from({ length: 3 }, () => guess('192.0.2.1', 'slow'));
    await expect.poll(() => waiting.length, patiently).toBe(3);
    const refused = await guess('192.0.2.1', 'right');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    for (const go of waiting) go();
    await Promise.all(under);
    expect((await guess('192.0.2.1')).status).toBe(429);
  },
);

test('whoever leaves before the answer was wrong', patiently, async () => {
  const { waiting, address, counts, statuses } = await open();
  const { hostname, port } = new URL(address);
  const body = JSON.stringify({ request_uri: 'urn:of:portal', password: 'slow' });
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST /demo/authn/code HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await expect.poll(() => waiting.length, patiently).toBe(1);
  socket.destroy();
  await once(socket, 'close');
  await expect.poll(() => [...counts.failures.values()], patiently).toEqual([1, 1]);
  for (const go of waiting) go();
  expect(await statuses(3, '192.0.2.1')).toEqual([400, 400, 429]);
});

test(
  'one client is counted over all addresses, and its own back end apart from strangers',
  patiently,
  async () => {
    const { throttle, guess, statuses, counts, call } = await open();
    throttle.clientProven('198.51.100.1');
    for (const from of ['192.0.2.1', '192.0.2.2']) await statuses(2, from);
    expect(await statuses(2, '192.0.2.3')).toEqual([400, 429]);
    const asked = counts.asked.length;
    expect((await guess('192.0.2.4', 'right')).status).toBe(429);
    expect((await guess('192.0.2.4', 'right', 'another')).status).toBe(200);
    const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });
    expect((await call('/demo/list', '192.0.2.4', { headers: basic('portal:guess') })).status).toBe(429);
    expect((await guess('198.51.100.1', 'right')).status).toBe(200);
    expect(counts.asked.length).toBe(asked + 3);
    // It has the limit of a client for itself.
    expect(await statuses(6, '198.51.100.1')).toEqual([400, 400, 400, 400, 400, 429]);
  },
);

test('where the database does not answer, each process counts for itself', patiently, async () => {
  const { counts, statuses } = await open();
  counts.broken = true;
  expect(await statuses(4, '192.0.2.1')).toEqual([400, 400, 400, 429]);
});

test('any number, where an administrator says so', patiently, async () => {
  const { statuses } = await open({ failures: 0, clientFailures: 0 });
  expect(new Set(await statuses(20, '192.0.2.1'))).toEqual(new Set([400]));
});
