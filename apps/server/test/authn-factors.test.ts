import { randomUUID } from 'node:crypto';
import {
  type Actor,
  beginOneTimeCodeApp,
  confirmOneTimeCodeApp,
  deliverOutbox,
  type Factor,
  type OneTimeCodeFactor,
  removeOneTimeCodeApp,
  setTemporaryPassword,
  usualWorkflow,
  type Workflow,
} from '@keywarden/domain';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import { TOTP, URI } from 'otpauth';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { basic, form, formType, post, pushRequest, Transaction } from './authentication/back-end-client.ts';
import { openServer, type Room, type ServerRig } from './authentication/rig.ts';
import { assertion, fido, password, refusal, type Steps, stepsOf } from './authentication/steps.ts';
import { type MailServer, openMailServer } from './mail-server.ts';

const passwordFactor = usualWorkflow.firstFactors.find((factor) => factor.type === 'LOGIN');

function oneTimeCode(
  method: OneTimeCodeFactor['method'],
  overrides: Partial<OneTimeCodeFactor> = {},
): Factor {
  if (passwordFactor === undefined) throw new Error('the usual workflow has a password factor');
  return {
    ...passwordFactor,
    type: 'OTP',
    method,
    factorId: `factor.${method}`,
    code: method === 'totp' ? 'AT_TOTP' : 'AT_EMAILOTP',
    acr: `acr_${method}`,
    enrollActions: [],
    ...overrides,
  };
}

/** Passkey, app and mail as first factors; whoever begins with the password needs one more. */
const wide: Workflow = {
  ...usualWorkflow,
  firstFactors: [...usualWorkflow.firstFactors, oneTimeCode('totp'), oneTimeCode('email')],
};
const stepUp: Workflow = {
  ...usualWorkflow,
  firstFactors: usualWorkflow.firstFactors.map((factor) =>
    factor.type === 'LOGIN' ? { ...factor, stepUp: 'required' } : factor,
  ),
  secondFactors: [oneTimeCode('totp'), oneTimeCode('email')],
};

let mail: MailServer;
let rig: ServerRig;
let steps: Steps;
let superuser: pg.Client;

beforeAll(async () => {
  mail = await openMailServer();
  rig = await openServer({ mail: mail.configuration });
  steps = stepsOf(rig);
  superuser = new pg.Client(rig.fresh.superuser);
  await superuser.connect();
});
afterAll(async () => {
  await superuser.end();
  await rig.close();
  await mail.close();
});

const herself = (room: Room, username: string): Actor => ({
  kind: 'user',
  id: room.userIds[username] ?? '',
  name: username,
  role: null,
  requestId: null,
  clientIp: null,
});

/** What a phone does with an otpauth URI. */
function phone(uri: string): { code(offsetSteps?: number): string } {
  const totp = URI.parse(uri);
  if (!(totp instanceof TOTP)) throw new Error('not a TOTP');
  return {
    code: (offsetSteps = 0) =>
      totp.generate({ timestamp: rig.ports.clock.now().getTime() + offsetSteps * 30_000 }),
  };
}

/** An app in use; its clock stands two steps later, so that a fresh code is at hand. */
async function enrollApp(room: Room, username: string) {
  const owner = { tenantId: room.tenantId, userId: room.userIds[username] ?? '' };
  const actor = herself(room, username);
  const begun = await beginOneTimeCodeApp(rig.ports, actor, owner);
  const app = phone(begun.uri);
  const { appId } = begun.app;
  await confirmOneTimeCodeApp(rig.ports, actor, { ...owner, appId, code: app.code() });
  rig.advance(60_000);
  return { ...app, appId, owner, actor };
}

const deliver = ({ tenantId }: Room) => deliverOutbox(rig.ports, { tenantId, limit: 50 });
const totp = { grant_type: 'password', authType: 'AT_TOTP' };
const emailed = { grant_type: 'password', authType: 'AT_EMAILOTP' };
const sendCode = { grant_type: 'otp_challenge', authType: 'AT_EMAILOTP' };

/** The code of the newest mail. */
function mailedCode(): string {
  const code = /^ {4}(\d+)\r?$/m.exec(mail.received.at(-1)?.text ?? '')?.[1];
  if (code === undefined) throw new Error('the newest mail has no code');
  return code;
}

async function tokensOf(
  room: Room,
  transaction: Transaction,
  options: { username: string; authType: string; codeVerifier: string },
): Promise<JWTPayload> {
  const { username, authType, codeVerifier } = options;
  const issued = await transaction.call('/code', { grant_type: 'code_request', username, authType });
  expect(issued.status, JSON.stringify(issued.body)).toBe(200);
  const { client } = room;
  const tokens = await post(`${room.issuer}/authn/token`, {
    headers: { ...formType, authorization: basic(client) },
    body: form({
      grant_type: 'authorization_code',
      code: issued.body.code,
      redirect_uri: client.redirectUri,
      code_verifier: codeVerifier,
    }),
  });
  expect(tokens.status, JSON.stringify(tokens.body)).toBe(200);
  const keys = createRemoteJWKSet(new URL(`${room.issuer}/authn/jwks`));
  const { payload } = await jwtVerify(tokens.body.id_token, keys, {
    issuer: room.issuer,
    currentDate: rig.ports.clock.now(),
  });
  return payload;
}

async function begin(room: Room, extra: Record<string, string> = {}) {
  const pushed = await pushRequest(room.client, extra);
  return { ...pushed, transaction: new Transaction(room.issuer, pushed.requestUri) };
}

describe('the code of an authenticator app (RFC 6238)', () => {
  let room: Room;
  beforeAll(async () => {
    room = await rig.furnish({ workflow: wide });
  });

  test('is told by flow as a factor of its own, with its method and digits', async () => {
    const { transaction } = await begin(room);
    const flow = await transaction.call('/flow', { username: 'alice' }, { as: 'query' });
    expect(flow.status).toBe(200);
    expect(flow.body.firstFactors).toMatchObject([
      { type: 'FIDO' },
      { type: 'LOGIN' },
      { type: 'OTP', code: 'AT_TOTP', acr: 'acr_totp', method: 'totp', digits: 6 },
      { type: 'OTP', code: 'AT_EMAILOTP', acr: 'acr_email', method: 'email', digits: 8 },
    ]);
  });

  test('signs a user in who confirmed her app, and the ID token says so', async () => {
    const app = await enrollApp(room, 'alice');
    const { transaction, codeVerifier } = await begin(room);
    const username = 'alice';
    const proven = await transaction.call(
      '/code',
      { ...totp, username, password: app.code() },
      { as: 'form' },
    );
    expect(proven).toMatchObject({ status: 200, body: { expires_in: 5_184_000 } });
    const claims = await tokensOf(room, transaction, { username, authType: 'AT_TOTP', codeVerifier });
    expect(claims).toMatchObject({ sub: room.userIds['alice'], acr: 'acr_totp', amr: ['otp'] });
  });

  test('is good once: neither the same code nor an earlier one is taken again, not even at once', async () => {
    const app = await enrollApp(room, 'bob');
    const username = 'bob';
    const one = await begin(room);
    const other = await begin(room);
    const code = app.code();
    const answers = await Promise.all(
      [one, other].map(({ transaction }) => transaction.call('/code', { ...totp, username, password: code })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    const third = await begin(room);
    const earlier = await third.transaction.call('/code', { ...totp, username, password: app.code(-1) });
    expect(earlier).toMatchObject(refusal(400, 'invalid_grant', 17, 'AT_TOTP'));
    const again = await third.transaction.call('/code', { ...totp, username, password: code });
    expect(again).toMatchObject(refusal(400, 'invalid_grant', 17, 'AT_TOTP'));
    const next = await third.transaction.call('/code', { ...totp, username, password: app.code(1) });
    expect(next.status).toBe(200);
  });

  test('is taken one step early or late, and not two', async () => {
    const app = await enrollApp(room, 'carol');
    const username = 'carol';
    rig.advance(120_000);
    const { transaction } = await begin(room);
    for (const [offset, status] of [
      [-2, 400],
      [2, 400],
      [-1, 200],
      [1, 200],
    ] as const) {
      const answer = await transaction.call('/code', { ...totp, username, password: app.code(offset) });
      expect([offset, answer.status]).toEqual([offset, status]);
    }
  });

  test('ends the transaction after `retry` wrong ones, and rests the authenticator at the threshold', async () => {
    const strict = await rig.furnish({
      workflow: {
        ...wide,
        firstFactors: [oneTimeCode('totp', { disableThreshold: 4, disabledTimeReset: 60 })],
      },
    });
    const app = await enrollApp(strict, 'alice');
    const username = 'alice';
    const wrong = { ...totp, username, password: '000000' };
    const first = await begin(strict);
    for (let number = 0; number < 3; number += 1) {
      expect(await first.transaction.call('/code', { ...wrong, password: `00000${number}` })).toMatchObject(
        refusal(400, 'invalid_grant', 17, 'AT_TOTP'),
      );
    }
    const ended = await first.transaction.call('/code', { ...totp, username, password: app.code() });
    expect(ended.body.hid_failure.reason).toBe(113);
    const second = await begin(strict);
    await second.transaction.call('/code', wrong);
    const rests = await second.transaction.call('/code', { ...totp, username, password: app.code() });
    expect(rests).toMatchObject(refusal(400, 'invalid_grant', 109, 'AT_TOTP'));
    rig.advance(61_000);
    const later = await begin(strict);
    expect((await later.transaction.call('/code', { ...totp, username, password: app.code() })).status).toBe(
      200,
    );
  });

  test('of an app that was removed proves nothing, not even between the proof and the code', async () => {
    const apart = await rig.furnish({ workflow: wide });
    const app = await enrollApp(apart, 'alice');
    const { transaction } = await begin(apart);
    const username = 'alice';
    expect((await transaction.call('/code', { ...totp, username, password: app.code() })).status).toBe(200);
    await removeOneTimeCodeApp(rig.ports, app.actor, { ...app.owner, appId: app.appId });
    const code = await transaction.call('/code', {
      grant_type: 'code_request',
      username,
      authType: 'AT_TOTP',
    });
    expect(code.body.hid_failure.reason).toBe(112);
    const other = await begin(apart);
    const again = await other.transaction.call('/code', { ...totp, username, password: app.code(1) });
    expect(again).toMatchObject(refusal(400, 'invalid_grant', 17, 'AT_TOTP'));
  });

  test('of an app that an operator removes takes what was opened with it along; her own removal does not', async () => {
    const apart = await rig.furnish({ workflow: wide });
    const username = 'carol';
    const grants = async () => {
      const { rows } = await superuser.query<{ count: string }>(
        'SELECT count(*) FROM keywarden.openid_records WHERE tenant_id = $1 AND account_id = $2',
        [apart.tenantId, apart.userIds[username]],
      );
      return Number(rows[0]?.count);
    };
    for (const kind of ['user', 'operator'] as const) {
      const app = await enrollApp(apart, username);
      const { transaction, codeVerifier } = await begin(apart);
      await transaction.call('/code', { ...totp, username, password: app.code() });
      await tokensOf(apart, transaction, { username, authType: 'AT_TOTP', codeVerifier });
      expect(await grants()).toBeGreaterThan(0);
      const actor: Actor = { ...app.actor, kind, role: kind === 'operator' ? 'help-desk' : null };
      await removeOneTimeCodeApp(rig.ports, actor, { ...app.owner, appId: app.appId });
      expect((await grants()) > 0).toBe(kind === 'user');
    }
  });

  test('lies sealed: the database has neither the secret nor a code', async () => {
    const begun = await beginOneTimeCodeApp(rig.ports, herself(room, 'erin'), {
      tenantId: room.tenantId,
      userId: room.userIds['erin'] ?? '',
    });
    const { rows } = await superuser.query<{ text: string }>(
      `SELECT string_agg(row(a.*)::text, ' ') AS text FROM keywarden.one_time_code_apps a`,
    );
    const parsed = URI.parse(begun.uri);
    expect(rows[0]?.text).not.toContain(parsed.secret.hex.toLowerCase());
    expect(rows[0]?.text).not.toContain(begun.secret);
    expect(begun.uri).toContain('otpauth://totp/Test%20tenant:erin?issuer=Test%20tenant&secret=');
    expect(begun.uri).toContain('algorithm=SHA1&digits=6&period=30');
  });

  test('is not asked for before a first code confirmed the app; five wrong ones end it, and so does a quarter of an hour', async () => {
    const owner = { tenantId: room.tenantId, userId: room.userIds['erin'] ?? '' };
    const actor = herself(room, 'erin');
    const begun = await beginOneTimeCodeApp(rig.ports, actor, owner);
    const app = phone(begun.uri);
    const { appId } = begun.app;
    const { transaction } = await begin(room);
    const early = await transaction.call('/code', { ...totp, username: 'erin', password: app.code() });
    expect(early).toMatchObject(refusal(400, 'invalid_grant', 17, 'AT_TOTP'));
    const confirm = (code: string) => confirmOneTimeCodeApp(rig.ports, actor, { ...owner, appId, code });
    for (let number = 0; number < 5; number += 1) {
      await expect(confirm('123')).rejects.toMatchObject({ code: 'one-time-code-wrong' });
    }
    await expect(confirm(app.code())).rejects.toMatchObject({ code: 'one-time-code-app-not-found' });

    const second = await beginOneTimeCodeApp(rig.ports, actor, owner);
    rig.advance(15 * 60_000 + 1);
    const late = { ...owner, appId: second.app.appId, code: phone(second.uri).code() };
    await expect(confirmOneTimeCodeApp(rig.ports, actor, late)).rejects.toMatchObject({
      code: 'one-time-code-app-not-found',
    });
    await expect(confirmOneTimeCodeApp(rig.ports, herself(room, 'alice'), late)).rejects.toMatchObject({
      code: 'role-forbids',
    });
  });
});

describe('a code by mail', () => {
  let room: Room;
  beforeAll(async () => {
    room = await rig.furnish({ workflow: wide });
  });

  test('comes to her address, in her language, and signs her in once', async () => {
    const { transaction, codeVerifier } = await begin(room, { ui_locales: 'de-AT en' });
    const username = 'alice';
    const asked = await transaction.call('/code', { ...sendCode, username }, { as: 'form' });
    expect(asked).toMatchObject({ status: 200, body: { digits: 8 } });
    expect(asked.body.expires_in).toBeGreaterThan(290);
    const before = mail.received.length;
    expect(await deliver(room)).toMatchObject({ delivered: 1, failures: [] });
    expect(mail.received).toHaveLength(before + 1);
    const [message] = mail.received.slice(-1);
    expect(message).toMatchObject({ from: 'no-reply@keywarden.example', to: ['alice@test.example'] });
    expect(message?.headers.get('subject')).toBe('Ihr Anmeldecode für Test tenant');
    expect(message?.headers.get('content-language')).toBe('de');
    expect(message?.headers.get('auto-submitted')).toBe('auto-generated');
    expect(message?.html).toContain(`>${mailedCode()}<`);
    expect(mail.logins.at(-1)).toEqual({ user: 'sender', password: 'p@ss' });

    const code = mailedCode();
    expect(code).toMatch(/^\d{8}$/);
    const spaced = `${code.slice(0, 4)} ${code.slice(4)}`;
    const proven = await transaction.call('/code', { ...emailed, username, password: spaced });
    expect(proven.status, JSON.stringify(proven.body)).toBe(200);
    const again = await transaction.call('/code', { ...emailed, username, password: code });
    expect(again).toMatchObject(refusal(400, 'invalid_grant', 101, 'AT_EMAILOTP'));
    const claims = await tokensOf(room, transaction, { username, authType: 'AT_EMAILOTP', codeVerifier });
    expect(claims).toMatchObject({ acr: 'acr_email', amr: ['otp', 'mca'] });
  });

  test('is in the language that she chose; else as the application asks, as on record, as her browser says', async () => {
    const username = 'frank';
    const userId = randomUUID();
    await rig.within(room.tenantId, (tables) =>
      tables.users.insert({
        userId,
        username,
        displayName: 'Frank',
        email: 'frank@test.example',
        status: 'active',
        createdAt: rig.ports.clock.now(),
      }),
    );
    // As a directory provisions it.
    const onRecord = (attributes: Record<string, unknown>) =>
      rig.within(room.tenantId, async ({ directory }) => {
        const entry = await directory.get(userId);
        if (entry !== null) await directory.update({ ...entry, attributes });
      });
    const languageOf = async (
      wish: { chosen?: string; client?: string; browser?: string },
      attributes: Record<string, unknown> = {},
    ) => {
      await onRecord(attributes);
      const { transaction } = await begin(room, wish.client === undefined ? {} : { ui_locales: wish.client });
      const chosen = wish.chosen === undefined ? {} : { ui_locales: wish.chosen };
      const asked = { ...sendCode, username, ...chosen };
      const reply = await transaction.call('/code', asked, { acceptLanguage: wish.browser ?? '*' });
      expect(reply.status, JSON.stringify(reply.body)).toBe(200);
      await deliver(room);
      const proof = { ...emailed, username, password: mailedCode() };
      expect((await transaction.call('/code', proof)).status).toBe(200);
      return mail.received.at(-1)?.headers.get('content-language');
    };
    const everything = { chosen: 'es', client: 'fr', browser: 'en-GB' };
    const german = { preferredLanguage: 'nl, de-AT;q=0.8, en;q=0.1', locale: 'fr-CH' };
    expect(await languageOf(everything, german)).toBe('es');
    expect(await languageOf({ client: 'nl fr-CA', browser: 'en-GB' }, german)).toBe('fr');
    expect(await languageOf({ client: 'nl', browser: 'es' }, german)).toBe('de');
    expect(await languageOf({ browser: 'es' }, { locale: 'fr_CH' })).toBe('fr');
    expect(await languageOf({ browser: 'nl, es-MX;q=0.5' }, { preferredLanguage: 'nl' })).toBe('es');
    expect(await languageOf({ browser: 'nl' }, { preferredLanguage: { not: 'text' } })).toBe('en');
    expect(await languageOf({})).toBe('en');
  });

  test('is good for its ten minutes, though a request lives five, and keeps no transaction for ever', async () => {
    const username = 'erin';
    const minutes = (count: number) => rig.advance(count * 60_000);
    const idle = await begin(room);
    const { transaction } = await begin(room);
    minutes(4.5);
    const asked = await transaction.call('/code', { ...sendCode, username });
    expect(asked.body.expires_in).toBe(600);
    await deliver(room);
    expect(mail.received.at(-1)?.text).toContain('good for 10 minutes');
    const first = mailedCode();
    minutes(9.9);
    expect(await idle.transaction.call('/flow', { username })).toMatchObject(refusal(400, 'invalid_request'));
    expect((await transaction.call('/code', { ...emailed, username, password: first })).status).toBe(200);
    minutes(0.5);
    const codeRequest = { grant_type: 'code_request', username, authType: 'AT_EMAILOTP' };
    expect((await transaction.call('/code', codeRequest)).status).toBe(200);

    const slow = await begin(room);
    for (const [wait, expiresIn] of [
      [4, 600],
      [9, 120],
    ] as const) {
      minutes(wait);
      const again = await slow.transaction.call('/code', { ...sendCode, username });
      expect(again.body.expires_in).toBeGreaterThan(expiresIn - 10);
      expect(again.body.expires_in).toBeLessThanOrEqual(expiresIn);
    }
    await deliver(room);
    minutes(2.1);
    const late = await slow.transaction.call('/code', { ...emailed, username, password: mailedCode() });
    expect(late).toMatchObject(refusal(400, 'invalid_grant', 101, 'AT_EMAILOTP'));
    minutes(1);
    expect(await slow.transaction.call('/flow', { username })).toMatchObject(refusal(400, 'invalid_request'));
    minutes(-26.5);
  });

  test('that prolongs a transaction prolongs no protection: what was proven opens the enrollment for 300 seconds', async () => {
    const username = 'alice';
    const { transaction } = await begin(room);
    const proof = { ...password, username, password: room.passwords[username] };
    expect((await transaction.call('/enroll/code', proof)).status).toBe(200);
    expect((await transaction.call('/code', { ...sendCode, username })).status).toBe(200);
    await deliver(room);
    const options = { enroll_step: 'getcredentialoptions', ...fido, username };
    rig.advance(290_000);
    expect((await transaction.call('/enroll/fido', options)).status).toBe(200);
    rig.advance(20_000);
    expect(await transaction.call('/enroll/fido', options)).toMatchObject(refusal(403, 'access_denied'));
    expect((await transaction.call('/enroll/code', proof)).status).toBe(200);
    expect((await transaction.call('/enroll/fido', options)).status).toBe(200);
    rig.advance(-310_000);
  });

  test('that is sent again after a crash is the same message: mailboxes may drop it', async () => {
    const { transaction } = await begin(room);
    await transaction.call('/code', { ...sendCode, username: 'alice' });
    const { rows } = await superuser.query<{ row: object }>(
      'SELECT to_jsonb(o) AS row FROM keywarden.outbox o WHERE tenant_id = $1',
      [room.tenantId],
    );
    await deliver(room);
    // What a server leaves behind that was killed after the mail server had said 250.
    await superuser.query(
      'INSERT INTO keywarden.outbox SELECT * FROM jsonb_populate_record(null::keywarden.outbox, $1)',
      [rows[0]?.row],
    );
    expect(await deliver(room)).toMatchObject({ delivered: 1 });
    const [one, other] = mail.received.slice(-2);
    expect(one?.headers.get('message-id')).toMatch(/^<[0-9a-f-]{36}@localhost>$/);
    expect(other?.headers.get('message-id')).toBe(one?.headers.get('message-id'));
    expect(other?.text).toBe(one?.text);
  });

  test('is of its own transaction and user, and ends with the next code', async () => {
    const username = 'bob';
    const mine = await begin(room);
    const other = await begin(room);
    await mine.transaction.call('/code', { ...sendCode, username });
    await deliver(room);
    const first = mailedCode();
    const stolen = await other.transaction.call('/code', { ...emailed, username, password: first });
    expect(stolen.body.hid_failure.reason).toBe(101);
    const confused = await mine.transaction.call('/code', { ...emailed, username: 'carol', password: first });
    expect(confused).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    await mine.transaction.call('/code', { ...sendCode, username });
    await deliver(room);
    const second = mailedCode();
    const replaced = await mine.transaction.call('/code', { ...emailed, username, password: first });
    expect(replaced.body.hid_failure.reason).toBe(17);
    expect((await mine.transaction.call('/code', { ...emailed, username, password: second })).status).toBe(
      200,
    );
  });

  test('is sent three times in a transaction and five times in a row, whoever asks', async () => {
    for (const username of ['carol', 'nobody-of-that-name']) {
      const answers: number[] = [];
      for (let number = 0; number < 2; number += 1) {
        const { transaction } = await begin(room);
        for (let send = 0; send < 4; send += 1) {
          const reply = await transaction.call('/code', { ...sendCode, username });
          answers.push(reply.status === 200 ? 200 : reply.body.hid_failure.reason);
        }
      }
      expect(answers).toEqual([200, 200, 200, 115, 200, 200, 115, 115]);
    }
    rig.advance(15 * 60_000 + 1);
    const { transaction } = await begin(room);
    expect((await transaction.call('/code', { ...sendCode, username: 'carol' })).status).toBe(200);
  });

  test('goes to nobody where there is nobody, or nobody active, by the same statements', async () => {
    await deliver(room);
    const shapes: unknown[] = [];
    const before = mail.received.length;
    for (const username of ['erin', 'dora', 'unknown-1']) {
      const { transaction } = await begin(room);
      const reply = await transaction.call('/code', { ...sendCode, username });
      shapes.push([reply.status, Object.keys(reply.body), reply.body.digits]);
      const { rows } = await superuser.query<{ kind: string; members: string[] }>(
        `SELECT kind, ARRAY(SELECT jsonb_object_keys(payload)) AS members FROM keywarden.outbox WHERE tenant_id = $1`,
        [room.tenantId],
      );
      expect(rows).toEqual([{ kind: 'mail.send', members: ['sealed'] }]);
      await deliver(room);
      const wrong = await transaction.call('/code', { ...emailed, username, password: '00000000' });
      expect(wrong).toMatchObject(refusal(400, 'invalid_grant', 17, 'AT_EMAILOTP'));
    }
    expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);
    expect(mail.received.slice(before).map(({ to }) => to)).toEqual([['erin@test.example']]);
  });

  test('is not written in the database, nor in what the log could show', async () => {
    const { transaction } = await begin(room);
    await transaction.call('/code', { ...sendCode, username: 'alice' });
    const dump = await superuser.query<{ text: string }>(
      `SELECT (SELECT string_agg(row(o.*)::text, ' ') FROM keywarden.outbox o) ||
              (SELECT string_agg(row(t.*)::text, ' ') FROM keywarden.authentication_transactions t) ||
              (SELECT string_agg(row(e.*)::text, ' ') FROM keywarden.events e) AS text`,
    );
    await deliver(room);
    expect(dump.rows[0]?.text).not.toContain(mailedCode());
  });

  test('is asked for as a code of a mail factor alone', async () => {
    const { transaction } = await begin(room);
    for (const authType of ['AT_TOTP', 'AT_EMPPWD', 'AT_FIDO', 'AT_NOTHING']) {
      expect(await transaction.call('/code', { ...sendCode, authType, username: 'alice' })).toMatchObject(
        refusal(400, 'invalid_request'),
      );
    }
    expect(await transaction.call('/code', sendCode)).toMatchObject(refusal(400, 'invalid_request'));
  });

  test('is neither offered nor sent where the installation has no mail server', async () => {
    const mute = await openServer();
    try {
      const silent = await mute.furnish({ workflow: wide });
      const pushed = await pushRequest(silent.client);
      const transaction = new Transaction(silent.issuer, pushed.requestUri);
      const flow = await transaction.call('/flow', { username: 'alice' });
      const codes = flow.body.firstFactors.map((factor: { code: string }) => factor.code);
      expect(codes).toEqual(['AT_FIDO', 'AT_EMPPWD', 'AT_TOTP']);
      expect(await transaction.call('/code', { ...sendCode, username: 'alice' })).toMatchObject(
        refusal(400, 'invalid_request'),
      );
    } finally {
      await mute.close();
    }
  });
});

describe('a second factor', () => {
  let room: Room;
  beforeAll(async () => {
    room = await rig.furnish({ workflow: stepUp });
  });

  test('is asked for after the first, and either kind of one-time code satisfies it', async () => {
    const app = await enrollApp(room, 'alice');
    const username = 'alice';
    const secret = room.passwords['alice'];
    const { transaction, codeVerifier } = await begin(room);
    const early = await transaction.call('/code', { ...totp, username, password: app.code() });
    expect(early.body.hid_failure.reason).toBe(112);
    const unsent = await transaction.call('/code', { ...sendCode, username });
    expect(unsent.body.hid_failure.reason).toBe(112);
    const first = await transaction.call('/code', { ...password, username, password: secret });
    expect(first).toMatchObject({
      status: 400,
      body: { error: 'step_up_required', secondFactors: [{ code: 'AT_TOTP' }, { code: 'AT_EMAILOTP' }] },
    });
    const refused = await transaction.call('/code', {
      grant_type: 'code_request',
      username,
      authType: 'AT_EMPPWD',
    });
    expect(refused.body.error).toBe('step_up_required');
    const proven = await transaction.call('/code', { ...totp, username, password: app.code() });
    expect(proven.status, JSON.stringify(proven.body)).toBe(200);
    const claims = await tokensOf(room, transaction, { username, authType: 'AT_TOTP', codeVerifier });
    expect(claims).toMatchObject({ acr: 'acr_totp', amr: ['pwd', 'otp', 'mfa'] });

    const byMail = await begin(room);
    await byMail.transaction.call('/code', { ...password, username, password: secret });
    // Who she is was said by the first factor.
    expect((await byMail.transaction.call('/code', sendCode)).status).toBe(200);
    await deliver(room);
    const answer = await byMail.transaction.call('/code', { ...emailed, username, password: mailedCode() });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    const { codeVerifier: verifier } = byMail;
    const said = await tokensOf(room, byMail.transaction, {
      username,
      authType: 'AT_EMAILOTP',
      codeVerifier: verifier,
    });
    // A mailbox is another channel, and no second kind of factor.
    expect(said).toMatchObject({ acr: 'acr_email', amr: ['pwd', 'otp', 'mca'] });
  });

  test('must be of the user who proved the first', async () => {
    const { transaction } = await begin(room);
    const { passwords } = room;
    await transaction.call('/code', { ...password, username: 'bob', password: passwords['bob'] });
    expect(await transaction.call('/code', { ...sendCode, username: 'carol' })).toMatchObject(
      refusal(400, 'invalid_request'),
    );
  });

  test('protects an enrollment like any other factor', async () => {
    const [action] = usualWorkflow.enrollActions;
    if (action === undefined) throw new Error('the usual workflow has an enroll action');
    const protectedRoom = await rig.furnish({
      workflow: {
        ...stepUp,
        enrollActions: [
          {
            ...action,
            upon: ['factor.totp'],
            protectionFactor: { authType: 'AT_TOTP', pendingDevice: false },
          },
        ],
      },
    });
    const username = 'alice';
    const app = await enrollApp(protectedRoom, username);
    const { transaction } = await begin(protectedRoom);
    const proven = await transaction.call(
      '/enroll/code',
      { ...totp, username, password: app.code() },
      { as: 'form' },
    );
    expect(proven.status, JSON.stringify(proven.body)).toBe(200);
    const options = await transaction.call('/enroll/fido', {
      enroll_step: 'getcredentialoptions',
      ...fido,
      username,
    });
    expect(options.status).toBe(200);
  });
});

describe('the acr that a client asks for', () => {
  const essential = (...values: string[]) => ({
    claims: JSON.stringify({ id_token: { acr: { essential: true, values } } }),
  });
  let room: Room;
  beforeAll(async () => {
    room = await rig.furnish({ workflow: wide });
  });

  test('is met, where it is essential, by one more factor, and the token says that one', async () => {
    const app = await enrollApp(room, 'alice');
    const username = 'alice';
    const { transaction, codeVerifier } = await begin(room, essential('acr_totp', 'acr_none'));
    const first = await transaction.call('/code', {
      ...password,
      username,
      password: room.passwords['alice'],
    });
    expect(first).toMatchObject({
      status: 400,
      body: { error: 'step_up_required', secondFactors: [{ code: 'AT_TOTP' }] },
    });
    const answer = await transaction.call('/code', { ...totp, username, password: app.code() });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    const claims = await tokensOf(room, transaction, { username, authType: 'AT_TOTP', codeVerifier });
    expect(claims).toMatchObject({ acr: 'acr_totp', amr: ['pwd', 'otp', 'mfa'] });
  });

  test('fails the authentication, where it is essential and she has no factor that gives it', async () => {
    const username = 'bob';
    const { transaction } = await begin(room, essential('acr_totp'));
    const answer = await transaction.call('/code', {
      ...password,
      username,
      password: room.passwords['bob'],
    });
    expect(answer).toMatchObject(refusal(400, 'unmet_authentication_requirements'));
    const code = await transaction.call('/code', {
      grant_type: 'code_request',
      username,
      authType: 'AT_EMPPWD',
    });
    expect(code).toMatchObject(refusal(400, 'unmet_authentication_requirements'));
  });

  test('is refused before anybody types anything, where it is essential and no factor of the tenant gives it', async () => {
    const { transaction } = await begin(room, essential('urn:example:gold'));
    expect(await transaction.call('/flow', {})).toMatchObject(
      refusal(400, 'unmet_authentication_requirements'),
    );
  });

  test('is a wish in `acr_values`: a factor that was proven for it is named, none is claimed', async () => {
    const username = 'carol';
    const login = { ...password, username, password: room.passwords['carol'] };
    const wish = await begin(room, { acr_values: 'urn:example:gold acr_totp' });
    expect((await wish.transaction.call('/code', login)).status).toBe(200);
    const options = { username, authType: 'AT_EMPPWD' };
    const claims = await tokensOf(room, wish.transaction, { ...options, codeVerifier: wish.codeVerifier });
    expect(claims).toMatchObject({ acr: 'acr_password', amr: ['pwd'] });

    const app = await enrollApp(room, username);
    const both = await begin(room, { acr_values: 'acr_password acr_totp' });
    await both.transaction.call('/code', { ...totp, username, password: app.code() });
    await both.transaction.call('/code', login);
    const said = await tokensOf(room, both.transaction, { ...options, codeVerifier: both.codeVerifier });
    expect(said['acr']).toBe('acr_password');
    expect(said['amr']).toEqual(['otp', 'pwd', 'mfa']);
  });

  test('of a passkey: possession, presence and verification, two factors in one', async () => {
    const passkey = await steps.enroll('alice', room);
    const { transaction, codeVerifier } = await begin(room, essential('acr_fido'));
    const member = { username: 'alice' };
    const answer = await steps.answered(transaction, passkey, member);
    await transaction.call('/code', { ...assertion, ...member, password: answer });
    const claims = await tokensOf(room, transaction, { ...member, authType: 'AT_FIDO', codeVerifier });
    expect(claims).toMatchObject({ acr: 'acr_fido', amr: ['pop', 'user', 'mfa'] });
  });

  test('and the user whom it asks for: nobody else is taken', async () => {
    const wanting = (username: string) => ({
      claims: JSON.stringify({ id_token: { sub: { value: room.userIds[username] } } }),
    });
    const login = { ...password, username: 'alice', password: room.passwords['alice'] };
    const other = await begin(room, wanting('bob'));
    expect(await other.transaction.call('/code', login)).toMatchObject(
      refusal(400, 'unmet_authentication_requirements'),
    );
    const own = await begin(room, wanting('alice'));
    expect((await own.transaction.call('/code', login)).status).toBe(200);
  });

  test('opens no claim of a scope that was not granted', async () => {
    const { transaction, codeVerifier } = await begin(room, {
      claims: JSON.stringify({ id_token: { email: { essential: true } }, userinfo: { email: null } }),
    });
    const username = 'alice';
    await transaction.call('/code', { ...password, username, password: room.passwords['alice'] });
    const claims = await tokensOf(room, transaction, { username, authType: 'AT_EMPPWD', codeVerifier });
    expect(claims['email']).toBeUndefined();
  });
});

describe('a password', () => {
  const signIn = async (room: Room, username: string, secret: string) => {
    const { transaction } = await begin(room);
    return (await transaction.call('/code', { ...password, username, password: secret })).status;
  };

  test('that is temporary opens nothing after three days, and lifts the rest after wrong answers', async () => {
    const room = await rig.furnish({ workflow: wide });
    const operator: Actor = { ...herself(room, 'x'), kind: 'operator', role: 'owner' };
    const owner = { tenantId: room.tenantId, userId: room.userIds['bob'] ?? '' };
    for (let number = 0; number < 10; number += 1) await signIn(room, 'bob', `wrong ${number}`);
    expect(await signIn(room, 'bob', room.passwords['bob'] ?? '')).toBe(400);
    const given = await setTemporaryPassword(rig.ports, operator, { ...owner, password: null });
    const { transaction: first } = await begin(room);
    const opened = await first.call('/code', { ...password, username: 'bob', password: given.password });
    expect(opened).toMatchObject(refusal(400, 'step_up_required'));
    rig.advance(72 * 60 * 60_000 + 1);
    expect(await signIn(room, 'bob', given.password)).toBe(400);
    const { transaction } = await begin(room);
    const flow = await transaction.call('/flow', { username: 'bob' });
    // What she can't prove satisfies no `upon`.
    expect(flow.body.enrollActions).toEqual([]);
  });

  test('that an operator replaced opens nothing more to whoever had proven the old one', async () => {
    const room = await rig.furnish({ workflow: wide });
    const operator: Actor = { ...herself(room, 'x'), kind: 'operator', role: 'owner' };
    const username = 'alice';
    const { transaction } = await begin(room);
    const login = { ...password, username, password: room.passwords[username] };
    expect((await transaction.call('/code', login)).status).toBe(200);
    const enrolling = await steps.protectedBy(username, room);
    await setTemporaryPassword(rig.ports, operator, {
      tenantId: room.tenantId,
      userId: room.userIds[username] ?? '',
      password: null,
    });
    const code = { grant_type: 'code_request', username, authType: 'AT_EMPPWD' };
    expect(await transaction.call('/code', code)).toMatchObject(
      refusal(400, 'invalid_grant', 112, 'AT_EMPPWD'),
    );
    const options = { enroll_step: 'getcredentialoptions', ...fido, username };
    expect(await enrolling.call('/enroll/fido', options)).toMatchObject(refusal(403, 'access_denied'));
    expect(await transaction.call('/enroll/fido', options)).toMatchObject(refusal(403, 'access_denied'));
  });

  describe('that is temporary', () => {
    const change = { grant_type: 'password', authType: 'AT_NEW_PASSWORD' };
    const codeRequest = { grant_type: 'code_request', authType: 'AT_EMPPWD' };
    /** A client may name what was proven last. */
    const newest = { authType: 'AT_NEW_PASSWORD' };
    const own = 'a kettle of rather odd fish';
    const newPasswordAsked = {
      status: 400,
      body: { error: 'step_up_required', secondFactors: [{ code: 'AT_NEW_PASSWORD' }] },
    };
    const given = async (room: Room, username: string) => {
      const operator: Actor = { ...herself(room, 'x'), kind: 'operator', role: 'owner' };
      const userId = room.userIds[username] ?? '';
      const owner = { tenantId: room.tenantId, userId };
      return (await setTemporaryPassword(rig.ports, operator, { ...owner, password: null })).password;
    };

    test('gets her a code once she has replaced it, and is worth nothing afterwards', async () => {
      const room = await rig.furnish({ workflow: wide });
      const username = 'alice';
      const temporary = await given(room, username);
      const { transaction } = await begin(room, { ui_locales: 'fr' });
      const asked = { ...change, username, password: own };
      expect(await transaction.call('/code', asked)).toMatchObject(
        refusal(400, 'invalid_grant', 112, 'AT_NEW_PASSWORD'),
      );
      const required = { ...refusal(400, 'step_up_required') };
      const proven = await transaction.call('/code', { ...password, username, password: temporary });
      expect(proven).toMatchObject(required);
      // In the terms of any second factor: whoever knows nothing of temporary passwords asks for it, and is done.
      expect(proven.body).toMatchObject({
        secondFactors: [
          {
            factorId: 'factor.new_password',
            type: 'LOGIN',
            code: 'AT_NEW_PASSWORD',
            acr: 'acr_password',
            enrollmentRequired: true,
            accessCriteriaId: 'access_criteria.common_to_all',
          },
        ],
        newPassword: { minimumLength: 8 },
      });
      expect(await transaction.call('/code', { ...codeRequest, username })).toMatchObject(required);
      for (const [reason, fault] of [
        ['too-short', 'short'],
        ['about-the-user', 'alice of the test'],
        ['common', 'password1'],
        ['same-as-before', temporary],
      ]) {
        const refused = await transaction.call('/code', { ...asked, password: fault });
        expect(refused).toMatchObject(refusal(400, 'invalid_grant', 116, 'AT_NEW_PASSWORD'));
        expect(refused.body.newPassword).toEqual({ minimumLength: 8, reason });
      }
      expect(await transaction.call('/code', { ...asked, username: 'bob' })).toMatchObject(
        refusal(400, 'invalid_request'),
      );
      const lostAnswer = { token: transaction.token };
      const replaced = await transaction.call('/code', asked, { as: 'form' });
      expect(replaced.status, JSON.stringify(replaced.body)).toBe(200);
      // The very same request again gets the very same answer; another one finds nothing to replace.
      expect((await transaction.call('/code', asked, { as: 'form', ...lostAnswer })).status).toBe(200);
      expect((await transaction.call('/code', asked)).body).toMatchObject({ hid_failure: { reason: 112 } });
      expect((await transaction.call('/code', { ...codeRequest, ...newest, username })).status).toBe(200);
      expect(await signIn(room, username, temporary)).toBe(400);
      rig.advance(73 * 60 * 60_000);
      expect(await signIn(room, username, own)).toBe(200);
      rig.advance(-73 * 60 * 60_000);
      await deliver(room);
      expect(mail.received.at(-1)?.headers.get('content-language')).toBe('fr');
      const { items } = await rig.within(room.tenantId, (tables) =>
        tables.events.list({ type: 'authenticator.changed' }, { limit: 5, after: null }),
      );
      expect(items[0]).toMatchObject({
        actor: { kind: 'user', id: room.userIds[username] },
        description: expect.stringContaining('The password of alice was changed'),
      });
    });

    test('is replaced after the second factor, and not by whoever has the password alone', async () => {
      const room = await rig.furnish({ workflow: stepUp });
      const username = 'bob';
      const app = await enrollApp(room, username);
      const temporary = await given(room, username);
      const { transaction } = await begin(room);
      const asked = { ...change, username, password: own };
      expect(await transaction.call('/code', { ...password, username, password: temporary })).toMatchObject(
        refusal(400, 'step_up_required'),
      );
      expect(await transaction.call('/code', asked)).toMatchObject(refusal(400, 'step_up_required'));
      expect(await transaction.call('/code', { ...totp, username, password: app.code() })).toMatchObject(
        newPasswordAsked,
      );
      expect((await transaction.call('/code', asked)).status).toBe(200);
      expect((await transaction.call('/code', { ...codeRequest, username })).status).toBe(200);
    });

    test('is asked about before consent, and what it protected stays protected', async () => {
      const room = await rig.furnish({ workflow: wide, client: { consentRequired: true } });
      const username = 'carol';
      const temporary = await given(room, username);
      const { transaction } = await begin(room);
      expect(
        (await transaction.call('/enroll/code', { ...password, username, password: temporary })).status,
      ).toBe(200);
      await transaction.call('/code', { ...password, username, password: temporary });
      expect(await transaction.call('/code', { ...change, username, password: own })).toMatchObject(
        refusal(400, 'consent_required'),
      );
      const options = { enroll_step: 'getcredentialoptions', ...fido, username };
      expect((await transaction.call('/enroll/fido', options)).status).toBe(200);
    });

    test('is not replaced once an operator has handed over another one', async () => {
      const room = await rig.furnish({ workflow: wide });
      const username = 'alice';
      const temporary = await given(room, username);
      const { transaction } = await begin(room);
      await transaction.call('/code', { ...password, username, password: temporary });
      const later = await given(room, username);
      expect(await transaction.call('/code', { ...change, username, password: own })).toMatchObject(
        refusal(400, 'invalid_grant', 112, 'AT_NEW_PASSWORD'),
      );
      const { transaction: next } = await begin(room);
      expect(await next.call('/code', { ...password, username, password: later })).toMatchObject(
        newPasswordAsked,
      );
    });

    test('is told in `expires_in`, and after ten passwords that may not be set the transaction is over', async () => {
      const room = await rig.furnish({ workflow: wide });
      const username = 'bob';
      const temporary = await given(room, username);
      const { transaction } = await begin(room);
      const proof = { ...password, username, password: temporary };
      const { body } = await transaction.call('/enroll/code', proof);
      expect(body.expires_in).toBeGreaterThan(3 * 86_400 - 60);
      expect(body.expires_in).toBeLessThanOrEqual(3 * 86_400);
      await transaction.call('/code', proof);
      for (let count = 0; count < 10; count += 1) {
        expect(
          await transaction.call('/code', { ...change, username, password: `short${count}` }),
        ).toMatchObject(refusal(400, 'invalid_grant', 116, 'AT_NEW_PASSWORD'));
      }
      const over = await transaction.call('/code', { ...change, username, password: own });
      expect(over.body).toMatchObject({ error: 'invalid_grant', hid_failure: { reason: 113 } });
    });

    test('is not asked about where she comes with a passkey', async () => {
      const room = await rig.furnish({ workflow: wide });
      const username = 'alice';
      const passkey = await steps.enroll(username, room);
      await given(room, username);
      const { transaction } = await begin(room);
      const answer = await steps.answered(transaction, passkey, { username });
      expect((await transaction.call('/code', { ...assertion, username, password: answer })).status).toBe(
        200,
      );
    });
  });

  test('of a demo or of the test, which is random, passes every check', async () => {
    const room = await rig.furnish({ workflow: wide });
    const operator: Actor = { ...herself(room, 'x'), kind: 'operator', role: 'owner' };
    const owner = { tenantId: room.tenantId, userId: room.userIds['carol'] ?? '' };
    for (let number = 0; number < 5; number += 1) {
      const random = Buffer.from(rig.ports.random.bytes(12)).toString('base64url');
      await setTemporaryPassword(rig.ports, operator, { ...owner, password: random });
    }
  });
});

describe('a user whose authenticators change', () => {
  const eventsOf = (room: Room, type: string) =>
    rig.within(room.tenantId, (tables) => tables.events.list({ type }, { limit: 20, after: null }));

  test('is told by mail and in the audit log, in the transaction of the change', async () => {
    const room = await rig.furnish({ workflow: wide });
    await steps.enroll('alice', room);
    const app = await enrollApp(room, 'alice');
    await removeOneTimeCodeApp(rig.ports, app.actor, { ...app.owner, appId: app.appId });
    const before = mail.received.length;
    expect(await deliver(room)).toMatchObject({ failures: [] });
    const told = mail.received.slice(before);
    expect(told.map(({ to }) => to)).toEqual(Array(3).fill(['alice@test.example']));
    expect(told.map(({ headers }) => headers.get('subject')).sort()).toEqual([
      'A passkey was added to your account at Test tenant',
      'An authenticator app was added to your account at Test tenant',
      'An authenticator app was removed from your account at Test tenant',
    ]);
    expect(told[0]?.text).toContain('If that was not you');
    const added = await eventsOf(room, 'authenticator.added');
    expect(added.items.map(({ target }) => target.name)).toEqual(['alice', 'alice']);
    expect(added.items[0]?.description).toContain('A mail tells her.');
    expect((await eventsOf(room, 'authenticator.removed')).total).toBe(1);
  });

  test('is told once the mail server is back, and the audit log says what never went out', async () => {
    const room = await rig.furnish({ workflow: wide });
    const before = mail.received.length;
    await enrollApp(room, 'alice');
    mail.refuse = 450;
    const failed = await deliver(room);
    expect(failed.failures).toHaveLength(1);
    expect(String(failed.failures[0])).not.toContain('secret.example');
    mail.refuse = null;
    rig.advance(10_000);
    expect(await deliver(room)).toMatchObject({ delivered: 1, failures: [] });
    expect(mail.received).toHaveLength(before + 1);

    await enrollApp(room, 'bob');
    mail.refuse = 550;
    expect(await deliver(room)).toMatchObject({ delivered: 1, failures: [] });
    mail.refuse = null;
    await enrollApp(room, 'carol');
    rig.advance(8 * 24 * 60 * 60_000);
    await deliver(room);
    const unsent = await eventsOf(room, 'mail.not-sent');
    expect(unsent.items.map(({ description }) => description)).toEqual([
      expect.stringContaining('in time'),
      expect.stringContaining('does not take mail for this address'),
    ]);
    expect(mail.received).toHaveLength(before + 1);
  });

  test('gets mail at one address alone, whatever her names hold', async () => {
    const room = await rig.furnish({ workflow: wide });
    const names = 'Mallory\r\nBcc: everybody@test.example\r\n\r\n<b>';
    await rig.within(room.tenantId, async (tables) => {
      const alice = await tables.users.findByUsername('alice');
      const bob = await tables.users.findByUsername('bob');
      if (alice === null || bob === null) throw new Error('they are furnished');
      await tables.users.update({ ...alice, displayName: names });
      await tables.users.update({ ...bob, email: 'bob@test.example>\r\nRCPT TO:<eve@test.example' });
    });
    await enrollApp(room, 'alice');
    await enrollApp(room, 'bob');
    const before = mail.received.length;
    expect(await deliver(room)).toMatchObject({ failures: [] });
    const told = mail.received.slice(before);
    expect(told.map(({ to }) => to)).toEqual([['alice@test.example']]);
    expect([...(told[0]?.headers.keys() ?? [])]).not.toContain('bcc');
    expect(told[0]?.html).toContain('&lt;b&gt;');
    expect(told[0]?.html).not.toContain('<b>');
  });
});
