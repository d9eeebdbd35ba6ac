import { usualWorkflow, type Workflow } from '@keywarden/domain';
import { Secret, TOTP } from 'otpauth';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AccountBrowser } from './authentication/account-browser.ts';
import { basic, form, formType, post, pushRequest, Transaction } from './authentication/back-end-client.ts';
import { createPasskey } from './authentication/passkey.ts';
import { openServer, type Room, type ServerRig } from './authentication/rig.ts';
import {
  assertion,
  consent,
  options,
  password,
  register,
  type Steps,
  stepsOf,
} from './authentication/steps.ts';

let rig: ServerRig;
let room: Room;
let steps: Steps;
let browser: AccountBrowser;

beforeAll(async () => {
  rig = await openServer();
  steps = stepsOf(rig);
});
beforeEach(async () => {
  room = await rig.furnish();
  browser = new AccountBrowser(room);
});
afterAll(() => rig.close());

/** Past the server, as the superuser. */
async function look(text: string, values: readonly unknown[] = []) {
  const client = new pg.Client(rig.fresh.superuser);
  await client.connect();
  try {
    return await client.query(text, [...values]);
  } finally {
    await client.end();
  }
}

/** The OpenID provider's codes live by the wall's clock: what comes after must not find them old. */
async function later(milliseconds: number, work: () => Promise<void>): Promise<void> {
  rig.advance(milliseconds);
  try {
    await work();
  } finally {
    rig.advance(-milliseconds);
  }
}

const problem = (status: number, code: string) => ({ status, body: { code } });
const idOf = (name: string) => room.userIds[name] ?? '';
const eventTypes = (targetId?: string) =>
  rig.within(room.tenantId, async (tables) =>
    (
      await tables.events.list(targetId === undefined ? {} : { targetId }, { limit: 200, after: null })
    ).items.map((event) => event.type),
  );

describe('signing in to the account page', () => {
  test('goes through the authentication service and gives a cookie that no script sees and no other site sends', async () => {
    const transaction = await browser.begin('alice');
    expect(await transaction.call('/request', {})).toMatchObject({
      status: 200,
      body: { purpose: 'account' },
    });
    const answer = await browser.throughPortal(transaction, 'alice');
    const opened = await browser.call('POST', '/session', answer);
    expect(opened).toMatchObject({ status: 200, body: { expires_at: expect.any(String) } });
    const cookie = opened.headers.getSetCookie().find((line) => !/1970/.test(line)) ?? '';
    expect(cookie).toMatch(/^keywarden-account-[0-9a-f]{8}=[\w-]{43};/);
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    expect(await browser.details()).toMatchObject({
      username: 'alice',
      passkeys: [],
      may_add_passkey: true,
      sessions: [{ kind: 'account', current: true, user_agent: expect.stringContaining('Browser') }],
    });
    expect(await eventTypes(idOf('alice'))).toContain('account.opened');
  });

  test('of the secret nothing but a digest is stored', async () => {
    await browser.signIn('alice');
    const secret = [...browser.cookies.values()].find((value) => /^[\w-]{43}$/.test(value)) ?? '';
    const { rows } = await look(
      "SELECT string_agg(s::text, E'\\n') AS everything FROM keywarden.account_sessions s",
    );
    expect(secret).not.toBe('');
    expect(rows[0]?.everything).not.toContain(secret);
  });

  test('a code counts once, in the browser that began, for the state that it came with', async () => {
    const answer = await browser.throughPortal(await browser.begin(), 'alice');
    const other = new AccountBrowser(room);
    await other.begin();
    expect(await other.call('POST', '/session', answer)).toMatchObject(
      problem(400, 'account-sign-in-invalid'),
    );
    expect(await new AccountBrowser(room).call('POST', '/session', answer)).toMatchObject(
      problem(400, 'account-sign-in-invalid'),
    );
    const pending = new Map(browser.cookies);
    expect(await browser.call('POST', '/session', { ...answer, state: 'other' })).toMatchObject(
      problem(400, 'account-sign-in-invalid'),
    );
    expect(await browser.call('POST', '/session', answer)).toMatchObject({ status: 200 });
    const again = new AccountBrowser(room);
    for (const [name, value] of pending) again.cookies.set(name, value);
    expect(await again.call('POST', '/session', answer)).toMatchObject(
      problem(400, 'account-sign-in-invalid'),
    );
  });

  test('its code is no code for the token endpoint, and one of another client is none for it', async () => {
    const answer = await browser.throughPortal(await browser.begin(), 'alice');
    const redeemed = await post(`${room.issuer}/authn/token`, {
      headers: formType,
      body: form({
        grant_type: 'authorization_code',
        client_id: 'keywarden-account',
        code: answer.code,
        redirect_uri: `${room.issuer}/authn/account`,
      }),
    });
    expect(redeemed).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const pushed = await pushRequest(room.client);
    const transaction = new Transaction(room.issuer, pushed.requestUri);
    const foreign = await browser.throughPortal(transaction, 'alice');
    const mine = await browser.throughPortal(await browser.begin(), 'alice');
    expect(await browser.call('POST', '/session', { ...mine, code: foreign.code })).toMatchObject(
      problem(400, 'account-sign-in-invalid'),
    );
  });

  test('another site begins nothing and ends nothing', async () => {
    const evil = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    expect(await browser.call('POST', '/sign-in', {}, evil)).toMatchObject(
      problem(403, 'cross-site-request'),
    );
    const answer = await browser.throughPortal(await browser.begin(), 'alice');
    expect(await browser.call('POST', '/session', answer, evil)).toMatchObject(
      problem(403, 'cross-site-request'),
    );
    await browser.call('POST', '/session', answer);
    for (const [method, path] of [
      ['DELETE', '/session'],
      ['DELETE', '/sessions'],
      ['POST', '/passkeys'],
    ] as const) {
      expect(await browser.call(method, path, undefined, evil)).toMatchObject(
        problem(403, 'cross-site-request'),
      );
    }
    expect(await browser.details()).toMatchObject({ username: 'alice' });
  });

  test('it ends by signing out, with its hour, and with the account; in another tenant it is nobody', async () => {
    expect(await browser.call('GET', '/details')).toMatchObject(problem(401, 'sign-in-required'));
    await browser.signIn('alice');
    const kept = new Map(browser.cookies);
    expect(await browser.call('DELETE', '/session')).toMatchObject({ status: 204 });
    for (const [name, value] of kept) browser.cookies.set(name, value);
    expect(await browser.call('GET', '/details')).toMatchObject(problem(401, 'sign-in-required'));

    await browser.signIn('alice');
    const elsewhere = new AccountBrowser(await rig.furnish());
    for (const [name, value] of browser.cookies) elsewhere.cookies.set(name, value);
    expect(await elsewhere.call('GET', '/details')).toMatchObject(problem(401, 'sign-in-required'));

    const alice = await rig.within(room.tenantId, (tables) => tables.users.get(idOf('alice')));
    if (alice === null) throw new Error('alice is gone');
    await rig.within(room.tenantId, (tables) => tables.users.update({ ...alice, status: 'disabled' }));
    expect(await browser.call('GET', '/details')).toMatchObject(problem(401, 'sign-in-required'));

    const late = new AccountBrowser(room);
    await late.signIn('bob');
    await later(61 * 60_000, async () => {
      expect(await late.call('GET', '/details')).toMatchObject(problem(401, 'sign-in-required'));
    });
  });
});

describe('passkeys of one’s own', () => {
  test('one is added by the rules of the workflow, without proving again what was just proven', async () => {
    await browser.signIn('alice');
    const transaction = await browser.enrollment();
    const asked = await transaction.call('/enroll/fido', { ...options, username: 'alice' });
    expect(asked.status, JSON.stringify(asked.body)).toBe(200);
    const { credential } = createPasskey(asked.body.publicKeyCredentialOptions, rig.publicUrl);
    expect(
      await transaction.call('/enroll/fido', { ...register, username: 'alice', credential }),
    ).toMatchObject({
      status: 201,
    });
    expect(await browser.details()).toMatchObject({
      passkeys: [{ name: expect.any(String), status: 'ACTIVE', synced: false, last_used_at: null }],
    });
    // For nobody else, and nothing else comes of it.
    expect(await transaction.call('/enroll/fido', { ...options, username: 'bob' })).toMatchObject({
      status: 400,
    });
    expect(
      await transaction.call('/code', {
        grant_type: 'code_request',
        authType: 'AT_EMPPWD',
        username: 'alice',
      }),
    ).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test('adding and removing need a proof of the last five minutes; renaming and looking do not', async () => {
    await steps.enroll('alice', room);
    await browser.signIn('alice');
    const [{ id }] = (await browser.details()).passkeys;
    await later(5 * 60_000 + 1000, async () => {
      expect(await browser.call('POST', '/passkeys', {})).toMatchObject(problem(403, 'sign-in-too-old'));
      expect(await browser.call('DELETE', `/passkeys/${id}`)).toMatchObject(problem(403, 'sign-in-too-old'));
      expect(await browser.call('PUT', `/passkeys/${id}`, { name: 'Blue key' })).toMatchObject({
        status: 204,
      });
      expect((await browser.details()).passkeys).toMatchObject([{ name: 'Blue key' }]);
    });
  });

  test('one that is removed signs nobody in, ends what it opened elsewhere, and its owner stays here', async () => {
    const passkey = await steps.enroll('alice', room);
    // She came with it, to an application and to this page.
    const pushed = await pushRequest(room.client);
    const elsewhere = new Transaction(room.issuer, pushed.requestUri);
    const byPasskey = async (transaction: Transaction) => {
      const answer = await steps.answered(transaction, passkey, { username: 'alice' });
      const proven = await transaction.call('/code', { ...assertion, username: 'alice', password: answer });
      expect(proven.status, JSON.stringify(proven.body)).toBe(200);
      return (
        await transaction.call('/code', {
          grant_type: 'code_request',
          authType: 'AT_FIDO',
          username: 'alice',
        })
      ).body;
    };
    const { code } = await byPasskey(elsewhere);
    const tokens = await post(`${room.issuer}/authn/token`, {
      headers: { ...formType, authorization: basic(room.client) },
      body: form({
        grant_type: 'authorization_code',
        code,
        redirect_uri: room.client.redirectUri,
        code_verifier: pushed.codeVerifier,
      }),
    });
    expect(tokens.status, JSON.stringify(tokens.body)).toBe(200);
    const here = await byPasskey(await browser.begin());
    expect(await browser.call('POST', '/session', { code: here.code, state: here.state })).toMatchObject({
      status: 200,
    });
    const details = await browser.details();
    expect(details.sessions).toMatchObject([
      { kind: 'account' },
      { kind: 'application', name: 'Client of the test' },
    ]);
    const [{ id, last_way_in }] = details.passkeys;
    expect(last_way_in).toBe(false);
    expect(await browser.call('DELETE', `/passkeys/${id}`)).toMatchObject({ status: 204 });
    expect(await browser.details()).toMatchObject({
      passkeys: [],
      sessions: [{ kind: 'account', current: true }],
    });
    const userinfo = await fetch(`${room.issuer}/authn/userinfo`, {
      headers: { authorization: `Bearer ${tokens.body.access_token}` },
    });
    expect(userinfo.status).toBe(401);
    const transaction = await steps.begin(room);
    const answer = await steps.answered(transaction, passkey, { username: 'alice' });
    expect(
      await transaction.call('/code', { ...assertion, username: 'alice', password: answer }),
    ).toMatchObject({ status: 400 });
    expect(await eventTypes()).toEqual(
      expect.arrayContaining(['passkey.terminated', 'authenticator.removed']),
    );
  });

  test('the last way in is not taken away unasked', async () => {
    await steps.enroll('alice', room);
    await browser.signIn('alice');
    await look('DELETE FROM keywarden.passwords WHERE user_id = $1', [idOf('alice')]);
    const [{ id, last_way_in }] = (await browser.details()).passkeys;
    expect(last_way_in).toBe(true);
    expect(await browser.call('DELETE', `/passkeys/${id}`)).toMatchObject(problem(409, 'last-way-in'));
    expect((await browser.details()).passkeys).toHaveLength(1);
    expect(await browser.call('DELETE', `/passkeys/${id}?confirm_last=true`)).toMatchObject({ status: 204 });
    expect((await browser.details()).passkeys).toEqual([]);
  });

  test('of two that go at once, the second is asked about', async () => {
    await steps.enroll('alice', room);
    await steps.enroll('alice', room);
    await browser.signIn('alice');
    await look('DELETE FROM keywarden.passwords WHERE user_id = $1', [idOf('alice')]);
    const ids: string[] = (await browser.details()).passkeys.map(({ id }: { id: string }) => id);
    const answers = await Promise.all(ids.map((id) => browser.call('DELETE', `/passkeys/${id}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
  });

  test('somebody else’s is not there', async () => {
    await steps.enroll('bob', room);
    const bob = new AccountBrowser(room);
    await bob.signIn('bob');
    const [{ id }] = (await bob.details()).passkeys;
    await browser.signIn('alice');
    expect(await browser.call('PUT', `/passkeys/${id}`, { name: 'Mine' })).toMatchObject(
      problem(404, 'passkey-not-found'),
    );
    expect(await browser.call('DELETE', `/passkeys/${id}`)).toMatchObject(problem(404, 'passkey-not-found'));
    expect((await bob.details()).passkeys).toHaveLength(1);
  });

  test('a name is 1 to 100 characters', async () => {
    await steps.enroll('alice', room);
    await browser.signIn('alice');
    const [{ id }] = (await browser.details()).passkeys;
    for (const name of ['   ', 'x'.repeat(101), 'a\u0007b']) {
      expect(await browser.call('PUT', `/passkeys/${id}`, { name })).toMatchObject(
        problem(400, 'input-invalid'),
      );
    }
  });
});

describe('sessions of one’s own', () => {
  test('one is ended, then all others; nobody else’s', async () => {
    const phone = new AccountBrowser(room);
    const tablet = new AccountBrowser(room);
    const bob = new AccountBrowser(room);
    await browser.signIn('alice');
    await phone.signIn('alice');
    await tablet.signIn('alice');
    await bob.signIn('bob');
    const { sessions } = await browser.details();
    expect(sessions).toHaveLength(3);
    const other = (await phone.details()).sessions.find((one: { current: boolean }) => one.current);
    expect(await bob.call('DELETE', `/sessions/account/${other.id}`)).toMatchObject(
      problem(404, 'not-found'),
    );
    expect(await phone.call('GET', '/details')).toMatchObject({ status: 200 });
    expect(await browser.call('DELETE', `/sessions/account/${other.id}`)).toMatchObject({ status: 204 });
    expect(await phone.call('GET', '/details')).toMatchObject({ status: 401 });
    expect(await browser.call('DELETE', '/sessions')).toMatchObject({ status: 204 });
    expect(await tablet.call('GET', '/details')).toMatchObject({ status: 401 });
    expect(await bob.call('GET', '/details')).toMatchObject({ status: 200 });
    expect((await browser.details()).sessions).toMatchObject([{ current: true }]);
  });

  test('a sign-in to an application is shown and ended with its tokens', async () => {
    const pushed = await pushRequest(room.client, { scope: 'openid offline_access', prompt: 'consent' });
    const transaction = new Transaction(room.issuer, pushed.requestUri);
    const proof = { ...password, username: 'alice', password: room.passwords['alice'] };
    expect(await transaction.call('/code', proof)).toMatchObject({ body: { error: 'consent_required' } });
    await consent(transaction, 'alice', 'openid offline_access');
    const granted = await transaction.call('/code', {
      grant_type: 'code_request',
      authType: 'AT_EMPPWD',
      username: 'alice',
    });
    const tokens = await post(`${room.issuer}/authn/token`, {
      headers: { ...formType, authorization: basic(room.client) },
      body: form({
        grant_type: 'authorization_code',
        code: granted.body.code,
        redirect_uri: room.client.redirectUri,
        code_verifier: pushed.codeVerifier,
      }),
    });
    await browser.signIn('alice');
    const { sessions } = await browser.details();
    const visit = sessions.find((one: { kind: string }) => one.kind === 'application');
    expect(visit).toMatchObject({ name: 'Client of the test', since: expect.any(String) });
    const bob = new AccountBrowser(room);
    await bob.signIn('bob');
    const active = async () =>
      (
        await fetch(`${room.issuer}/authn/userinfo`, {
          headers: { authorization: `Bearer ${tokens.body.access_token}` },
        })
      ).status;
    await bob.call('DELETE', `/sessions/application/${visit.id}`);
    expect(await active()).toBe(200);
    expect(await browser.call('DELETE', `/sessions/application/${visit.id}`)).toMatchObject({ status: 204 });
    expect(await active()).toBe(401);
    expect((await browser.details()).sessions).toHaveLength(1);
  });
});

describe('a password of one’s own', () => {
  const own = 'a kettle of rather odd fish';
  const set = (body: object) => browser.call('POST', '/password', body);
  const signsIn = async (secret: string) => {
    const transaction = new Transaction(room.issuer, (await pushRequest(room.client)).requestUri);
    return (await transaction.call('/code', { ...password, username: 'alice', password: secret })).status;
  };
  /** At the account page by a passkey. */
  const comeWithPasskey = async () => {
    const passkey = await steps.enroll('alice', room);
    const transaction = await browser.begin('alice');
    const answer = await steps.answered(transaction, passkey, { username: 'alice' });
    await transaction.call('/code', { ...assertion, username: 'alice', password: answer });
    const granted = await transaction.call('/code', {
      grant_type: 'code_request',
      authType: 'AT_FIDO',
      username: 'alice',
    });
    const { code, state } = granted.body;
    expect(await browser.call('POST', '/session', { code, state })).toMatchObject({ status: 200 });
  };

  test('is set with the one of now; every other session ends, this one goes on', async () => {
    const current_password = room.passwords['alice'] ?? '';
    const phone = new AccountBrowser(room);
    await phone.signIn('alice');
    await browser.signIn('alice');
    expect(await browser.details()).toMatchObject({
      password: { held: true, free_until: null, minimum_length: 8 },
    });
    expect(await set({ new_password: own })).toMatchObject(problem(403, 'sign-in-too-old'));
    expect(await set({ current_password: 'not it', new_password: own })).toMatchObject(
      problem(422, 'current-password-wrong'),
    );
    for (const [reason, new_password] of [
      ['too-short', 'short'],
      ['common', 'password1'],
      ['about-the-user', 'alice of the test'],
      ['same-as-before', current_password],
    ]) {
      expect(await set({ current_password, new_password })).toMatchObject({
        status: 422,
        body: { code: 'password-rejected', particulars: { reason, minimumLength: 8 } },
      });
    }
    expect(await signsIn(current_password)).toBe(200);
    expect(await set({ current_password, new_password: own })).toMatchObject({ status: 204 });
    expect(await phone.call('GET', '/details')).toMatchObject({ status: 401 });
    expect((await browser.details()).sessions).toMatchObject([{ current: true }]);
    expect([await signsIn(current_password), await signsIn(own)]).toEqual([400, 200]);
    // What the old one proved here still holds: she may add a passkey.
    const transaction = await browser.enrollment();
    expect(await transaction.call('/enroll/fido', { ...options, username: 'alice' })).toMatchObject({
      status: 200,
    });
    expect(await eventTypes(idOf('alice'))).toContain('authenticator.changed');
  });

  test('is set without it by a passkey that was proven in the last five minutes, and then no more', async () => {
    await comeWithPasskey();
    const { password: said } = await browser.details();
    expect(Date.parse(said.free_until)).toBeGreaterThan(rig.ports.clock.now().getTime());
    await later(5 * 60_000 + 1000, async () => {
      expect(await set({ new_password: own })).toMatchObject(problem(403, 'sign-in-too-old'));
    });
    expect(await set({ new_password: own })).toMatchObject({ status: 204 });
    expect(await signsIn(own)).toBe(200);
  });

  test('is not found out by trying: wrong ones count as at a sign-in', async () => {
    await browser.signIn('alice');
    const current_password = room.passwords['alice'] ?? '';
    // A right one takes none of the tries, whatever becomes of the new one.
    for (let number = 0; number < 11; number += 1) {
      expect(await set({ current_password, new_password: 'short' })).toMatchObject(
        problem(422, 'password-rejected'),
      );
    }
    const answers: unknown[] = [];
    for (let number = 0; number < 11; number += 1) {
      const reply = await set({ current_password: `wrong ${number}`, new_password: own });
      answers.push(reply.body.code);
    }
    expect(new Set(answers.slice(0, -1))).toEqual(new Set(['current-password-wrong']));
    expect(answers.at(-1)).toBe('password-disabled');
    expect(await set({ current_password, new_password: own })).toMatchObject(
      problem(403, 'password-disabled'),
    );
    expect(await signsIn(current_password)).toBe(400);
  });

  test('of two that are set at once, one is told that it was not', async () => {
    await comeWithPasskey();
    const replies = await Promise.all(
      ['one fish and another', 'two fish and another'].map((new_password) => set({ new_password })),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([204, 409]);
  });

  test('is none where the workflow has no use for it', async () => {
    room = await rig.furnish();
    browser = new AccountBrowser(room);
    await comeWithPasskey();
    const without: Workflow = {
      ...usualWorkflow,
      firstFactors: usualWorkflow.firstFactors.filter((factor) => factor.type !== 'LOGIN'),
    };
    await rig.within(room.tenantId, (tables) =>
      tables.workflows.insert({ version: 77, document: without, at: new Date(), by: 'test', note: '' }),
    );
    expect(await browser.details()).toMatchObject({ password: null });
    expect(await set({ new_password: own })).toMatchObject(problem(409, 'passwords-not-offered'));
  });
});

describe('authenticator apps of one’s own', () => {
  const codeOf = (secret: string, ahead = 0) =>
    TOTP.generate({
      secret: Secret.fromBase32(secret),
      timestamp: rig.ports.clock.now().getTime() + ahead * 30_000,
    });
  const withApps: Workflow = {
    ...usualWorkflow,
    secondFactors: [
      {
        factorId: 'factor.totp',
        type: 'OTP',
        method: 'totp',
        code: 'AT_TOTP',
        acr: 'acr_totp',
        retry: 3,
        stepUp: 'notRequired',
        enrollmentRequired: false,
        enrollActions: [],
        accessCriteriaId: 'access_criteria.common_to_all',
        disableThreshold: 10,
        disabledTimeReset: 300,
        validity: 300,
      },
    ],
  };

  test('one counts from its first code on, is listed, and removed; nobody else’s', async () => {
    room = await rig.furnish({ workflow: withApps });
    browser = new AccountBrowser(room);
    await browser.signIn('alice');
    expect(await browser.details()).toMatchObject({ apps: [], may_add_app: true });
    const begun = await browser.call('POST', '/apps');
    expect(begun).toMatchObject({ status: 201, body: { uri: expect.stringMatching(/^otpauth:\/\/totp\//) } });
    const { id, secret } = begun.body;
    expect((await browser.details()).apps).toEqual([]);
    const confirm = (code: string) => browser.call('POST', `/apps/${id}/confirmation`, { code });
    const wrong = String((Number(codeOf(secret)) + 1) % 1_000_000).padStart(6, '0');
    expect(await confirm(wrong)).toMatchObject(problem(422, 'one-time-code-wrong'));
    expect(await confirm(codeOf(secret))).toMatchObject({ status: 204 });
    expect((await browser.details()).apps).toMatchObject([{ id, last_way_in: false }]);
    const bob = new AccountBrowser(room);
    await bob.signIn('bob');
    expect(await bob.call('DELETE', `/apps/${id}`)).toMatchObject(
      problem(404, 'one-time-code-app-not-found'),
    );
    await later(5 * 60_000 + 1000, async () => {
      expect(await browser.call('DELETE', `/apps/${id}`)).toMatchObject(problem(403, 'sign-in-too-old'));
      expect(await browser.call('POST', '/apps')).toMatchObject(problem(403, 'sign-in-too-old'));
    });
    expect(await browser.call('DELETE', `/apps/${id}`)).toMatchObject({ status: 204 });
    expect((await browser.details()).apps).toEqual([]);
  });

  test('for each factor of the workflow there is one of its own, and its codes prove no other', async () => {
    const [second] = withApps.secondFactors;
    if (second === undefined) throw new Error('it has one');
    const both: Workflow = {
      ...withApps,
      firstFactors: [
        ...withApps.firstFactors,
        { ...second, factorId: 'factor.vault', code: 'AT_VAULT', acr: 'acr_vault' },
      ],
    };
    room = await rig.furnish({ workflow: both });
    browser = new AccountBrowser(room);
    await browser.signIn('alice');
    expect((await browser.details()).app_factors).toEqual([
      { factor_id: 'factor.vault', auth_type: 'AT_VAULT' },
      { factor_id: 'factor.totp', auth_type: 'AT_TOTP' },
    ]);
    const secrets = new Map<string, string>();
    for (const authType of ['AT_TOTP', 'AT_VAULT']) {
      const begun = await browser.call('POST', `/apps?auth_type=${authType}`);
      expect(begun.status, JSON.stringify(begun.body)).toBe(201);
      // An app that has one of this name already must not take it for the same.
      expect(decodeURIComponent(begun.body.uri)).toContain(`alice (${authType})`);
      const { id, secret } = begun.body;
      secrets.set(authType, secret);
      const code = codeOf(secret);
      expect((await browser.call('POST', `/apps/${id}/confirmation`, { code })).status).toBe(204);
    }
    const { apps } = await browser.details();
    expect(apps.map((app: { auth_type: string }) => app.auth_type).sort()).toEqual(['AT_TOTP', 'AT_VAULT']);
    expect(await browser.call('POST', '/apps?auth_type=AT_FIDO')).toMatchObject(
      problem(409, 'one-time-codes-not-offered'),
    );
    const vault = secrets.get('AT_VAULT') ?? '';
    await later(60_000, async () => {
      const transaction = new Transaction(room.issuer, (await pushRequest(room.client)).requestUri);
      const prove = (authType: string, secret: string) =>
        transaction.call('/code', { ...password, authType, username: 'alice', password: codeOf(secret) });
      expect((await prove('AT_VAULT', secrets.get('AT_TOTP') ?? '')).status).toBe(400);
      expect((await prove('AT_VAULT', vault)).status).toBe(200);
      expect((await prove('AT_TOTP', vault)).status).toBe(400);
      expect((await prove('AT_TOTP', secrets.get('AT_TOTP') ?? '')).status).toBe(200);
    });
  });

  test('where the workflow has no use for them, none is added', async () => {
    await browser.signIn('alice');
    expect(await browser.details()).toMatchObject({ may_add_app: false, app_factors: [] });
    expect(await browser.call('POST', '/apps')).toMatchObject(problem(409, 'one-time-codes-not-offered'));
  });
});
