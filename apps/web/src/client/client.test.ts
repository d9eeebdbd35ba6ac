import { describe, expect, test } from 'vitest';
import { ApiError } from './error.ts';
import { createManagement, readSession } from './management.ts';
import type { Http } from './request.ts';

interface Sent {
  readonly path: string;
  readonly init: RequestInit;
}

/** A fake fetch that answers one thing and keeps what it was sent. */
function answering(answer: () => Response | Promise<Response>): { http: Http; sent: Sent[] } {
  const sent: Sent[] = [];
  const http: Http = {
    timeoutMilliseconds: 50,
    fetch: async (path, init) => {
      sent.push({ path: String(path), init: init ?? {} });
      const { signal } = init ?? {};
      return Promise.race([
        answer(),
        new Promise<Response>((_, reject) =>
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true }),
        ),
      ]);
    },
  };
  return { http, sent };
}
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });

async function failureOf(work: Promise<unknown>): Promise<ApiError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error(`no ApiError but ${String(error)}`);
  return error;
}

const at = '2026-01-02T03:04:05.000Z';
const id = '018f0000-0000-7000-8000-000000000001';
const session = {
  operator: { operatorId: id, name: 'Olivia', email: null, role: 'owner' },
  tenant: { tenantId: 'demo', name: 'Demo' },
  issuer: 'http://localhost:8080/demo',
  workstationUrl: 'ws://127.0.0.1:9333',
  expiresAt: at,
};

describe('an answer of the server', () => {
  test('is what the schema says, or it does not come in', async () => {
    expect(await readSession(answering(() => json(session)).http, 'demo')).toEqual(session);
    const error = await failureOf(readSession(answering(() => json({ ...session, issuer: 7 })).http, 'demo'));
    expect(error).toMatchObject({ code: 'answer-malformed', reason: 'answer-malformed', passing: false });
  });

  test('a problem (RFC 9457) becomes an error with its code, particulars and reference', async () => {
    const problem = {
      type: 'urn:keywarden:error:user-not-found',
      title: 'Nobody of this name.',
      status: 404,
      code: 'user-not-found',
      instance: 'r1',
    };
    const { http } = answering(() => json(problem, 404));
    const error = await failureOf(createManagement(http, 'demo').assignment('alice'));
    expect(error).toMatchObject({ code: 'problem', reason: 'user-not-found', status: 404, passing: false });
    expect(error.problem?.instance).toBe('r1');
  });

  test('that is no problem document is malformed, and passes where its status says so', async () => {
    const proxy = answering(() => new Response('<html>', { status: 502 }));
    expect(await failureOf(readSession(proxy.http, null))).toMatchObject({
      code: 'answer-malformed',
      passing: true,
    });
  });

  test('401 means signed out, whatever its code', async () => {
    const problem = { type: 'x', title: 'x', status: 401, code: 'sign-in-required' };
    const error = await failureOf(readSession(answering(() => json(problem, 401)).http, null));
    expect(error.signedOut).toBe(true);
  });

  test('none at all: unreachable; none in time: timed out; both pass', async () => {
    const down = answering(() => Promise.reject(new TypeError('failed')));
    expect(await failureOf(readSession(down.http, null))).toMatchObject({
      code: 'server-unreachable',
      passing: true,
    });
    const silent = answering(() => new Promise(() => {}));
    expect(await failureOf(readSession(silent.http, null))).toMatchObject({
      code: 'server-timeout',
      passing: true,
    });
  });

  test('a request that its page gave up is no error of the server', async () => {
    const giveUp = new AbortController();
    const silent = answering(() => new Promise(() => {}));
    const waiting = readSession(silent.http, null, giveUp.signal);
    giveUp.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a request', () => {
  test('names tenant and person percent-encoded, each as one segment', async () => {
    const { http, sent } = answering(() => json({}, 404));
    await failureOf(createManagement(http, 'de/mo').assignment('a/b c%41'));
    expect(sent[0]?.path).toBe('/de%2Fmo/api/v1/assignments/a%2Fb%20c%2541');
  });

  test('without a tenant asks for the one of the session', async () => {
    const { http, sent } = answering(() => json(session));
    await readSession(http, null);
    expect(sent[0]?.path).toBe('/api/v1/session');
  });

  test('the start of an enrollment carries its Idempotency-Key', async () => {
    const { http, sent } = answering(() => json({}, 500));
    const start = { username: 'a', workstationId: 'w', connectionId: 'c', deviceId: null, policyId: null };
    await failureOf(createManagement(http, 'demo').startEnrollment(start, 'key-1'));
    expect(sent[0]?.init.headers).toMatchObject({ 'idempotency-key': 'key-1' });
    expect(sent[0]?.init).toMatchObject({ method: 'POST', credentials: 'same-origin', redirect: 'error' });
  });

  test('a list leaves out what is not asked for', async () => {
    const { http, sent } = answering(() => json({ items: [], next: null, total: 0 }));
    await createManagement(http, 'demo').devices({ query: '', status: 'READY', limit: 50 });
    expect(sent[0]?.path).toBe('/demo/api/v1/devices?status=READY&limit=50');
  });
});
