import { createHash } from 'node:crypto';
import {
  type Actor,
  DomainError,
  type EnrollAction,
  type Factor,
  type FidoFactor,
  registerClient,
  setTemporaryPassword,
  usualWorkflow,
  type Workflow,
} from '@keywarden/domain';
import { decodeJwt } from 'jose';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type BackEndClient,
  basic,
  form,
  formType,
  jsonType,
  post,
  pushRequest,
  read,
  Transaction,
} from './authentication/back-end-client.ts';
import { assertWith, createPasskey } from './authentication/passkey.ts';
import { openServer, type Room, type ServerRig, system } from './authentication/rig.ts';
import {
  assertion,
  challenge,
  consent,
  fido,
  options,
  password,
  refusal,
  register,
  type Steps,
  stepsOf,
} from './authentication/steps.ts';

let rig: ServerRig;
let room: Room;
let steps: Steps;

beforeAll(async () => {
  rig = await openServer();
  room = await rig.furnish();
  steps = stepsOf(rig);
});
afterAll(async () => {
  await rig.close();
});

function usual(): { fidoFactor: FidoFactor; passwordFactor: Factor; action: EnrollAction } {
  const fidoFactor = usualWorkflow.firstFactors.find((factor) => factor.type === 'FIDO');
  const passwordFactor = usualWorkflow.firstFactors.find((factor) => factor.type === 'LOGIN');
  const [action] = usualWorkflow.enrollActions;
  if (fidoFactor === undefined || passwordFactor === undefined || action === undefined) {
    throw new Error('the usual workflow has a password, a passkey and an enroll action');
  }
  return { fidoFactor, passwordFactor, action };
}

/** Passkeys of two kinds, the second one with an authType of its own, and two enroll actions for the first. */
function manyWays(): Workflow {
  const { fidoFactor, passwordFactor, action } = usual();
  const enrollActions = ['enroll_action.fido', 'enroll_action.spare', 'enroll_action.visitor'];
  return {
    ...usualWorkflow,
    firstFactors: [
      { ...fidoFactor, enrollActions },
      { ...fidoFactor, factorId: 'factor.visitor', code: 'AT_VISITOR', enrollActions: [] },
      passwordFactor,
    ],
    enrollActions: [
      action,
      { ...action, enrollId: 'enroll_action.spare', deviceType: 'DT_SPARE' },
      { ...action, enrollId: 'enroll_action.visitor', code: 'AT_VISITOR', deviceType: 'DT_VISITOR' },
    ],
  };
}

const operator: Actor = { ...system, kind: 'operator', name: 'Olivia', role: 'owner' };
const username = 'alice';
const alicesPassword = (of: Room) => ({ ...password, username, password: of.passwords[username] });

describe('a transaction is bound to what it began with (specification §2)', () => {
  let of: Room;
  beforeAll(async () => {
    of = await rig.furnish({ workflow: manyWays() });
  });

  test('the enroll action is the one that the options named; the registration need not name it again', async () => {
    const transaction = await steps.protectedBy(username, of);
    const enrollId = 'enroll_action.spare';
    const asked = await transaction.call('/enroll/fido', { ...options, username, enrollId });
    expect(asked.status, JSON.stringify(asked.body)).toBe(200);
    const { credential } = createPasskey(asked.body.publicKeyCredentialOptions, rig.publicUrl);
    for (const other of [
      { enrollId: 'enroll_action.fido' },
      { authType: 'AT_VISITOR' },
      { authType: 'AT_VISITOR', enrollId: 'enroll_action.visitor' },
    ]) {
      const reply = await transaction.call('/enroll/fido', { ...register, username, credential, ...other });
      expect(reply, JSON.stringify(other)).toMatchObject(refusal(400, 'invalid_request'));
      expect(reply.body.error_description).toContain('differs from the one of the step before');
    }
    const made = await transaction.call('/enroll/fido', { ...register, username, credential });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    const device = await rig.within(of.tenantId, (tables) =>
      tables.passkeyDevices.findByCredential(credential.id),
    );
    expect(device?.deviceType).toBe('DT_SPARE');
  });

  test('without enrollId the first action of the authType is meant', async () => {
    for (const [authType, deviceType] of [
      ['AT_FIDO', 'DT_FIDO'],
      ['AT_VISITOR', 'DT_VISITOR'],
    ]) {
      const transaction = await steps.protectedBy(username, of);
      const asked = await transaction.call('/enroll/fido', { ...options, username, authType });
      const { credential } = createPasskey(asked.body.publicKeyCredentialOptions, rig.publicUrl);
      const member = { ...register, username, authType, credential };
      expect((await transaction.call('/enroll/fido', member)).status).toBe(201);
      const device = await rig.within(of.tenantId, (tables) =>
        tables.passkeyDevices.findByCredential(credential.id),
      );
      expect(device?.deviceType).toBe(deviceType);
    }
  });

  test('a challenge of one authType is not answered as another, and is not used up by trying', async () => {
    const passkey = await steps.enroll(username, of);
    const transaction = await steps.begin(of);
    const signed = await steps.answered(transaction, passkey, { username });
    const other = { ...assertion, authType: 'AT_VISITOR', username, password: signed };
    const reply = await transaction.call('/code', other);
    expect(reply).toMatchObject(refusal(400, 'invalid_request'));
    expect(reply.body.error_description).toContain('authType');
    expect((await transaction.call('/code', { ...other, ...fido })).status).toBe(200);
  });

  test('a passkey of one authType proves no other', async () => {
    const passkey = await steps.enroll(username, of);
    const transaction = await steps.begin(of);
    const asked = await transaction.call('/code', { ...challenge, authType: 'AT_VISITOR', username });
    const signed = assertWith(passkey, { challenge: asked.body.challenge, origin: rig.publicUrl });
    expect(
      await transaction.call('/code', { ...assertion, authType: 'AT_VISITOR', username, password: signed }),
    ).toMatchObject(refusal(400, 'invalid_grant', 17, 'AT_VISITOR'));
  });

  test('the client: no other one opens its request, or redeems its code', async () => {
    const redirectUri = 'https://other.example/callback';
    const { clientId, secret } = await registerClient(rig.ports, system, {
      tenantId: room.tenantId,
      name: 'Other client',
      redirectUris: [redirectUri, room.client.redirectUri],
    });
    const other: BackEndClient = { ...room.client, clientId, secret };
    const pushed = await pushRequest(room.client);
    const login = await fetch(
      `${room.issuer}/authn/login?${form({ client_id: clientId, request_uri: pushed.requestUri })}`,
      { redirect: 'manual' },
    );
    expect(login.headers.get('location') ?? '').not.toContain('/authn/portal');
    const transaction = new Transaction(room.issuer, pushed.requestUri);
    await transaction.call('/code', alicesPassword(room));
    const granted = await transaction.call('/code', {
      grant_type: 'code_request',
      authType: 'AT_EMPPWD',
      username,
    });
    const redeem = (by: BackEndClient) =>
      post(`${room.issuer}/authn/token`, {
        headers: { ...formType, authorization: basic(by) },
        body: form({
          grant_type: 'authorization_code',
          code: granted.body.code,
          redirect_uri: room.client.redirectUri,
          code_verifier: pushed.codeVerifier,
        }),
      });
    expect(await redeem(other)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });
});

describe('the server-csrf-token is on every answer (specification §2)', () => {
  const doors = [
    ['POST', '/flow'],
    ['POST', '/code'],
    ['PUT', '/consent'],
    ['POST', '/enroll'],
    ['POST', '/enroll/code'],
    ['POST', '/enroll/fido'],
  ] as const;

  test.each(doors)(
    '%s %s: of a tenant that is not there, a wrong method, a body that nobody reads',
    async (method, path) => {
      const address = `${room.issuer}/authn${path}`;
      const elsewhere = `${rig.publicUrl}/nobody/authn${path}`;
      const answers = [
        [404, await fetch(elsewhere, { method, headers: jsonType, body: '{}' })],
        [405, await fetch(address, { method: 'DELETE' })],
        [415, await fetch(address, { method, headers: { 'content-type': 'application/xml' }, body: '<x/>' })],
        [413, await fetch(address, { method, headers: jsonType, body: `"${'x'.repeat(2_000_000)}"` })],
        [400, await fetch(address, { method })],
      ] as const;
      for (const [status, answer] of answers) {
        expect(answer.status).toBe(status);
        expect(answer.headers.get('server-csrf-token'), String(status)).toMatch(/^[\w-]{43}$/);
        expect(await answer.json()).toMatchObject({
          error: 'invalid_request',
          error_description: expect.stringMatching(/./),
        });
      }
    },
  );

  test('503 with Retry-After while the database is away: the very same request again goes on with the same token', async () => {
    const away = { now: false };
    const other = await rig.another({
      tamper: (store) => ({
        ...store,
        transaction: (tenantId, work) =>
          away.now
            ? Promise.reject(new DomainError('unavailable', 'The database is away.'))
            : store.transaction(tenantId, work),
      }),
    });
    try {
      const transaction = await steps.begin(room);
      const call = (path: string, members: Record<string, unknown>) =>
        Object.assign(transaction, { base: `${other.address}/${room.tenantId}/authn` }).call(path, members);
      const { token } = await call('/flow', { username });
      away.now = true;
      for (const path of ['/flow', '/code', '/enroll/code', '/enroll/fido']) {
        const refused = await call(path, alicesPassword(room));
        expect(refused, path).toMatchObject({
          status: 503,
          token,
          body: { error: 'temporarily_unavailable' },
        });
        expect(refused.headers.get('retry-after')).toBe('5');
      }
      away.now = false;
      expect((await call('/code', alicesPassword(room))).status).toBe(200);
    } finally {
      await other.close();
    }
  });

  test('also on 201 without a body, and on what GET answers', async () => {
    const transaction = await steps.protectedBy(username, room);
    const asked = await transaction.call('/enroll', { ...options, username });
    const { credential } = createPasskey(asked.body.publicKeyCredentialOptions, rig.publicUrl);
    const made = await transaction.call('/enroll', { ...register, username, credential });
    expect(made).toMatchObject({ status: 201, body: null, token: expect.stringMatching(/^[\w-]{43}$/) });
    expect((await transaction.call('/flow', {}, { as: 'query' })).token).toBe(made.token);
    expect((await transaction.call('/consent', { username }, { as: 'query' })).token).toBe(made.token);
  });
});

describe('parameters arrive as the specification names them', () => {
  test('flow: in the address, by GET and by POST; in a form, in JSON', async () => {
    const query = (requestUri: string) => `?${form({ request_uri: requestUri, username })}`;
    const asked = [
      async (uri: string) => fetch(`${room.issuer}/authn/flow${query(uri)}`),
      async (uri: string) => fetch(`${room.issuer}/authn/flow${query(uri)}`, { method: 'POST' }),
      async (uri: string) =>
        fetch(`${room.issuer}/authn/flow?${form({ request_uri: uri })}`, {
          method: 'POST',
          headers: formType,
          body: form({ username }),
        }),
      async (uri: string) =>
        fetch(`${room.issuer}/authn/flow`, {
          method: 'POST',
          headers: formType,
          body: form({ request_uri: uri, username }),
        }),
      async (uri: string) =>
        fetch(`${room.issuer}/authn/flow`, {
          method: 'POST',
          headers: jsonType,
          body: JSON.stringify({ request_uri: uri, username }),
        }),
    ];
    for (const ask of asked) {
      const { requestUri } = await pushRequest(room.client);
      const { status, body } = await read(await ask(requestUri));
      expect(status).toBe(200);
      expect(body.enrollActions).toMatchObject([{ enrollId: 'enroll_action.fido' }]);
    }
  });

  test('code: every grant in a form and in JSON, JSON that is labelled as a form too', async () => {
    const passkey = await steps.enroll(username, room);
    for (const as of ['form', 'json', 'json labelled form'] as const) {
      const transaction = await steps.begin(room);
      const asked = await transaction.call('/code', { ...challenge, username }, { as });
      expect(Object.keys(asked.body)).toEqual(['challenge', 'rpId', 'userVerification', 'allowCredentials']);
      const signed = assertWith(passkey, { challenge: asked.body.challenge, origin: rig.publicUrl });
      const proof = { ...assertion, username, password: signed };
      expect((await transaction.call('/code', proof, { as })).status, as).toBe(200);
      const granted = await transaction.call(
        '/code',
        { grant_type: 'code_request', ...fido, username },
        { as },
      );
      expect(granted.status, as).toBe(200);
      const byPassword = await steps.begin(room);
      expect((await byPassword.call('/code', alicesPassword(room), { as })).status).toBe(200);
    }
  });

  test('an assertion: the whole credential, with or without rawId and type, or its response alone', async () => {
    const passkey = await steps.enroll(username, room);
    const forms: readonly ((signed: ReturnType<typeof assertWith>) => unknown)[] = [
      ({ response }) => response,
      ({ response }) => ({ ...response, userHandle: '' }),
      ({ response }) => ({ ...response, userHandle: null }),
      ({ response: { userHandle: _, ...response } }) => response,
      ({ id, response }) => ({ id, response }),
      ({ id, response }) => ({ id, type: 'public-key', response }),
      ({ id, response }) => ({
        id,
        rawId: id,
        type: 'public-key',
        response,
        authenticatorAttachment: 'cross-platform',
        clientExtensionResults: {},
        somethingNew: true,
      }),
    ];
    for (const [index, formOf] of forms.entries()) {
      for (const as of ['json', 'form'] as const) {
        const transaction = await steps.begin(room);
        const signed = await steps.answered(transaction, passkey, { username });
        const proof = { ...assertion, username, password: formOf(signed) };
        const reply = await transaction.call('/code', proof, { as });
        expect(reply.status, `${index} ${as} ${JSON.stringify(reply.body)}`).toBe(200);
      }
    }
  });

  test('a credential that is not discoverable has no user handle, and signs in whoever is named; nobody else', async () => {
    const passkey = await steps.enroll(username, room);
    const without = ({ id, response: { userHandle: _, ...response } }: ReturnType<typeof assertWith>) => ({
      id,
      response,
    });
    const named = await steps.begin(room);
    const signed = await steps.answered(named, passkey, { username });
    const proof = { ...assertion, username, password: without(signed) };
    expect((await named.call('/code', proof)).status).toBe(200);
    // WebAuthn L3 §7.2 step 6: where nobody was named, the user handle must say who it is.
    const unnamed = await steps.begin(room);
    const discovered = await steps.answered(unnamed, passkey, {});
    expect(await unnamed.call('/code', { ...assertion, password: without(discovered) })).toMatchObject(
      refusal(400, 'invalid_grant', 17),
    );
  });

  test('the protection and the whole enrollment: at /enroll as at its parts', async () => {
    for (const [code, passkeys] of [
      ['/enroll/code', '/enroll/fido'],
      ['/enroll', '/enroll'],
    ] as const) {
      for (const as of ['form', 'json', 'json labelled form'] as const) {
        const transaction = await steps.begin(room);
        const proven = await transaction.call(code, alicesPassword(room), { as });
        expect(proven).toMatchObject({ status: 200, body: { expires_in: 5_184_000 } });
        const asked = await transaction.call(passkeys, { ...options, username }, { as });
        const { credential } = createPasskey(asked.body.publicKeyCredentialOptions, rig.publicUrl);
        const made = await transaction.call(passkeys, { ...register, username, credential }, { as });
        expect(made, `${passkeys} ${as}`).toMatchObject({ status: 201, body: null });
      }
    }
  });
});

describe('a portal that knows step-up, and nothing of temporary passwords', () => {
  test('signs in somebody who has one: the new password is one more factor, in the words of the theme', async () => {
    const of = await rig.furnish();
    const owner = { tenantId: of.tenantId, userId: of.userIds[username] ?? '' };
    const given = await setTemporaryPassword(rig.ports, operator, { ...owner, password: null });
    const { body: theme } = await read(await fetch(`${of.issuer}/authn/theme?lang=de`));
    /** What the person types into the field of that name. */
    const typed: Readonly<Record<string, string>> = {
      Passwort: given.password,
      'Neues Passwort': 'ein Kessel voll seltsamer Fische',
    };
    const transaction = await steps.begin(of);
    const { body: flow } = await transaction.call('/flow', { username });
    let factor = flow.firstFactors.find((one: { type: string }) => one.type === 'LOGIN');
    const asked: string[] = [];
    for (;;) {
      const label = theme.labels[factor.factorId];
      asked.push(label);
      const proof = { grant_type: 'password', authType: factor.code, username, password: typed[label] };
      const reply = await transaction.call('/code', proof, { as: 'form' });
      if (reply.status === 200) break;
      expect(reply).toMatchObject(refusal(400, 'step_up_required'));
      [factor] = reply.body.secondFactors;
    }
    expect(asked).toEqual(['Passwort', 'Neues Passwort']);
    const granted = await transaction.call('/code', {
      grant_type: 'code_request',
      authType: factor.code,
      username,
    });
    expect(granted.status, JSON.stringify(granted.body)).toBe(200);
  });
});

describe('an enrollment that a passkey protects (specification §5.1)', () => {
  test('opens with an assertion at /enroll/code, in a form or in JSON, which signs nobody in; a password is not enough', async () => {
    const workflow = manyWays();
    const of = await rig.furnish({
      workflow: {
        ...workflow,
        enrollActions: workflow.enrollActions.map((action) =>
          action.enrollId === 'enroll_action.spare'
            ? { ...action, protectionFactor: { authType: 'AT_FIDO', pendingDevice: false } }
            : action,
        ),
      },
    });
    const passkey = await steps.enroll(username, of);
    const spare = { ...options, username, enrollId: 'enroll_action.spare' };
    for (const as of ['form', 'json'] as const) {
      const transaction = await steps.protectedBy(username, of);
      expect(await transaction.call('/enroll/fido', spare)).toMatchObject(refusal(403, 'access_denied'));
      const wrong = await steps.answered(transaction, passkey, { username }, { signature: 'wrong' });
      expect(
        await transaction.call('/enroll/code', { ...assertion, username, password: wrong }, { as }),
      ).toMatchObject(refusal(400, 'invalid_grant', 17));
      const signed = await steps.answered(transaction, passkey, { username });
      const proven = await transaction.call(
        '/enroll/code',
        { ...assertion, username, password: signed.response },
        { as },
      );
      expect(proven, JSON.stringify(proven.body)).toMatchObject({ status: 200 });
      expect((await transaction.call('/enroll/fido', spare)).status).toBe(200);
      expect(
        await transaction.call('/code', { grant_type: 'code_request', ...fido, username }),
      ).toMatchObject(refusal(400, 'invalid_grant', 112));
    }
  });
});

describe('a lost answer (specification §2)', () => {
  test('is given again: options with their challenge, and refusals', async () => {
    const transaction = await steps.protectedBy(username, room);
    const before = transaction.token;
    const asked = await transaction.call('/enroll/fido', { ...options, username });
    const again = await transaction.call('/enroll/fido', { ...options, username }, { token: before });
    expect(again).toMatchObject({ status: 200, token: asked.token, body: asked.body });

    const { token } = transaction;
    const wrong = { ...password, username, password: 'wrong' };
    const refused = await transaction.call('/code', wrong);
    const refusedAgain = await transaction.call('/code', wrong, { token });
    expect(refusedAgain).toMatchObject({ status: 400, token: refused.token, body: refused.body });
  });
});

describe('wrong answers are counted (specification §4 and §5.1)', () => {
  test('by each factor for itself: two of one kind and two of another end nothing', async () => {
    const passkey = await steps.enroll(username, room);
    const transaction = await steps.begin(room);
    for (let count = 0; count < 2; count += 1) {
      await transaction.call('/code', { ...password, username, password: `wrong ${count}` });
      const signed = await steps.answered(transaction, passkey, { username }, { signature: 'wrong' });
      expect(await transaction.call('/code', { ...assertion, username, password: signed })).toMatchObject(
        refusal(400, 'invalid_grant', 17),
      );
    }
    expect((await transaction.call('/code', alicesPassword(room))).status).toBe(200);
  });

  test('those at the protection count on the authenticator, too', async () => {
    const { passwordFactor, fidoFactor } = usual();
    const fresh = await rig.furnish({
      workflow: {
        ...usualWorkflow,
        firstFactors: [fidoFactor, { ...passwordFactor, disableThreshold: 4, disabledTimeReset: 60 }],
      },
    });
    for (let count = 0; count < 4; count += 1) {
      const transaction = await steps.begin(fresh);
      expect(
        await transaction.call('/enroll/code', { ...password, username, password: `wrong ${count}` }),
      ).toMatchObject(refusal(400, 'invalid_grant', 17, 'AT_EMPPWD'));
    }
    const transaction = await steps.begin(fresh);
    expect(await transaction.call('/code', alicesPassword(fresh))).toMatchObject(
      refusal(400, 'invalid_grant', 109, 'AT_EMPPWD'),
    );
  });
});

describe('tokens', () => {
  test('that were refreshed say how and when she signed in: then, not now', async () => {
    const passkey = await steps.enroll(username, room);
    const pushed = await pushRequest(room.client, { scope: 'openid offline_access', prompt: 'consent' });
    const transaction = new Transaction(room.issuer, pushed.requestUri);
    const signed = await steps.answered(transaction, passkey, { username });
    await transaction.call('/code', { ...assertion, username, password: signed });
    await consent(transaction, username, 'openid offline_access');
    const granted = await transaction.call('/code', { grant_type: 'code_request', ...fido, username });
    const token = (members: Record<string, string>) =>
      post(`${room.issuer}/authn/token`, {
        headers: { ...formType, authorization: basic(room.client) },
        body: form(members),
      });
    const first = await token({
      grant_type: 'authorization_code',
      code: granted.body.code,
      redirect_uri: room.client.redirectUri,
      code_verifier: pushed.codeVerifier,
    });
    expect(first.status, JSON.stringify(first.body)).toBe(200);
    const claims = decodeJwt(first.body.id_token);
    expect(claims).toMatchObject({ acr: 'acr_fido', amr: ['pop', 'user', 'mfa'] });
    const second = await token({ grant_type: 'refresh_token', refresh_token: first.body.refresh_token });
    expect(second.status, JSON.stringify(second.body)).toBe(200);
    const { sub, acr, amr, auth_time } = claims;
    expect(decodeJwt(second.body.id_token)).toMatchObject({ sub, acr, amr, auth_time });
  });
});

describe('a client without a secret', () => {
  test('gets another refresh token with each refresh; one that comes twice ends them all', async () => {
    const redirectUri = 'https://app.example/callback';
    const clientId = 'app';
    await rig.within(room.tenantId, (tables) =>
      tables.clients.upsert({
        clientId,
        name: 'App',
        metadata: {
          client_name: 'App',
          redirect_uris: [redirectUri],
          response_types: ['code'],
          grant_types: ['authorization_code', 'refresh_token'],
          token_endpoint_auth_method: 'none',
          id_token_signed_response_alg: 'ES256',
        },
        sealedSecret: null,
        consentRequired: false,
        createdAt: new Date(),
      }),
    );
    const ask = (path: string, members: Record<string, string>) =>
      post(`${room.issuer}/authn${path}`, {
        headers: formType,
        body: form({ client_id: clientId, ...members }),
      });
    const codeVerifier = 'v'.repeat(43);
    const pushed = await ask('/par', {
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid offline_access',
      prompt: 'consent',
      code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    expect(pushed.status, JSON.stringify(pushed.body)).toBe(201);
    const transaction = new Transaction(room.issuer, pushed.body.request_uri);
    await transaction.call('/code', alicesPassword(room));
    await consent(transaction, username, 'openid offline_access');
    const granted = await transaction.call('/code', {
      grant_type: 'code_request',
      authType: 'AT_EMPPWD',
      username,
    });
    const first = await ask('/token', {
      grant_type: 'authorization_code',
      code: granted.body.code,
      redirect_uri: redirectUri,
      code_verifier: codeVerifier,
    });
    const refresh = (token: string) => ask('/token', { grant_type: 'refresh_token', refresh_token: token });
    const second = await refresh(first.body.refresh_token);
    expect(second.status, JSON.stringify(second.body)).toBe(200);
    expect(second.body.refresh_token).not.toBe(first.body.refresh_token);
    expect(await refresh(first.body.refresh_token)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    expect(await refresh(second.body.refresh_token)).toMatchObject({ status: 400 });
  });
});

describe('amr', () => {
  test('says hardware where a trusted attestation proved the model and the key can not be copied, and only there', async () => {
    const passkey = await steps.enroll(username, room);
    const superuser = new pg.Client(rig.fresh.superuser);
    await superuser.connect();
    const methods = async (trusted: boolean, copied: boolean) => {
      await superuser.query(
        `UPDATE keywarden.credentials SET attestation_trusted = $3, backup_eligible = $4
         WHERE tenant_id = $1 AND credential_id = $2`,
        [room.tenantId, passkey.id, trusted, copied],
      );
      const pushed = await pushRequest(room.client);
      const transaction = new Transaction(room.issuer, pushed.requestUri);
      const flags = copied ? { flags: 0x0d } : {};
      const signed = await steps.answered(transaction, passkey, { username }, flags);
      await transaction.call('/code', { ...assertion, username, password: signed });
      const granted = await transaction.call('/code', { grant_type: 'code_request', ...fido, username });
      const { body } = await post(`${room.issuer}/authn/token`, {
        headers: { ...formType, authorization: basic(room.client) },
        body: form({
          grant_type: 'authorization_code',
          code: granted.body.code,
          redirect_uri: room.client.redirectUri,
          code_verifier: pushed.codeVerifier,
        }),
      });
      return decodeJwt(body.id_token)['amr'];
    };
    try {
      expect(await methods(false, false)).toEqual(['pop', 'user', 'mfa']);
      expect(await methods(true, false)).toEqual(['pop', 'hwk', 'user', 'mfa']);
      expect(await methods(true, true)).toEqual(['pop', 'user', 'mfa']);
    } finally {
      await superuser.end();
    }
  });
});

describe('consent (specification §4)', () => {
  test.each([
    ['en', 'Know who you are', 'Add a passkey'],
    ['de', 'Wissen, wer Sie sind', 'Passkey hinzufügen'],
    ['fr', 'Savoir qui vous êtes', 'Ajouter une clé d’accès'],
    ['es', 'Saber quién es usted', 'Añadir una clave de acceso'],
  ])('is asked for in the words of the theme: %s', async (language, identity, offer) => {
    const of = await rig.furnish({ client: { consentRequired: true } });
    const transaction = await steps.begin(of, { scope: 'openid profile email', ui_locales: language });
    const gated = await transaction.call('/code', alicesPassword(of));
    expect(gated).toMatchObject(refusal(400, 'consent_required'));
    const asked = await transaction.call('/consent', { username }, { as: 'query' });
    const { sharings } = asked.body.consents[0];
    expect(gated.body.sharings).toEqual(sharings);
    expect(sharings).toMatchObject([
      { scope: 'openid', description: identity, status: 'unknown' },
      { scope: 'profile', status: 'unknown' },
      { scope: 'email', status: 'unknown' },
    ]);
    const { body: theme } = await read(await fetch(`${of.issuer}/authn/theme?ui_locales=${language}`));
    expect(theme.language).toBe(language);
    for (const { scope, label, description } of sharings) {
      expect(theme.scopes[scope]).toEqual({ label, description });
    }
    // The offer to enroll has its words, too.
    expect(theme.labels).toMatchObject({
      'enroll_action.fido': offer,
      'enroll_action.fido.description': expect.stringMatching(/./),
    });
  });

  test('that was signed is in the audit log, scope by scope', async () => {
    const of = await rig.furnish({ client: { consentRequired: true } });
    const transaction = await steps.begin(of, { scope: 'openid email' });
    await transaction.call('/code', alicesPassword(of));
    const sharings = [
      { scope: 'openid', status: 'accepted', exp: -1 },
      { scope: 'email', status: 'rejected', exp: -1 },
    ];
    expect((await transaction.call('/consent', { username, sharings }, { method: 'PUT' })).status).toBe(200);
    const { items } = await rig.within(of.tenantId, (tables) =>
      tables.events.list({ type: 'consent.signed' }, { limit: 5, after: null }),
    );
    expect(items).toMatchObject([
      {
        actor: { kind: 'user', id: of.userIds[username] },
        target: { id: of.client.clientId },
        description: 'openid: accepted, email: rejected',
      },
    ]);
  });
});
