import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  basic,
  discover,
  form,
  formType,
  post,
  pushRequest,
  Transaction,
} from './authentication/back-end-client.ts';
import { assertWith, createPasskey } from './authentication/passkey.ts';
import { openServer, type Room, type ServerRig } from './authentication/rig.ts';
import {
  assertion,
  challenge,
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
const begin = (of: Room = room) => steps.begin(of);
const protectedBy = (username: string, of: Room = room) => steps.protectedBy(username, of);
const enroll = (username: string, of: Room = room) => steps.enroll(username, of);

beforeAll(async () => {
  rig = await openServer();
  room = await rig.furnish();
  steps = stepsOf(rig);
});
afterAll(async () => {
  await rig.close();
});

describe('a back-end client that knows the specification alone', () => {
  test('enrolls a passkey for a user who proves her password, and signs her in with it', async () => {
    const { client } = room;
    const metadata = await discover(client.issuer);
    expect(metadata).toMatchObject({
      issuer: client.issuer,
      flow_endpoint: `${client.issuer}/authn/flow`,
      code_endpoint: `${client.issuer}/authn/code`,
      consent_endpoint: `${client.issuer}/authn/consent`,
      theme_endpoint: `${client.issuer}/authn/theme`,
      enrollment_endpoint: `${client.issuer}/authn/enroll`,
      pushed_authorization_request_endpoint: `${client.issuer}/authn/par`,
      authorization_endpoint: `${client.issuer}/authn/login`,
      token_endpoint: `${client.issuer}/authn/token`,
      code_challenge_methods_supported: ['S256'],
    });

    const first = new Transaction(client.issuer, (await pushRequest(client)).requestUri);
    const flow = await first.call('/flow', { username: 'alice' }, { as: 'query' });
    expect(flow.status).toBe(200);
    expect(flow.token).toMatch(/^[\w-]{43}$/);
    expect(flow.body.enrollActions).toMatchObject([{ enrollId: 'enroll_action.fido', code: 'AT_FIDO' }]);
    const proven = await first.call(
      '/enroll/code',
      { grant_type: 'password', authType: 'AT_EMPPWD', username: 'alice', password: room.passwords['alice'] },
      { as: 'form' },
    );
    expect(proven).toMatchObject({ status: 200, body: { expires_in: 5_184_000 } });
    const member = { username: 'alice', authType: 'AT_FIDO' };
    const options = await first.call('/enroll/fido', { enroll_step: 'getcredentialoptions', ...member });
    expect(options.status).toBe(200);
    const { publicKeyCredentialOptions } = options.body;
    const { passkey, credential } = createPasskey(publicKeyCredentialOptions, rig.publicUrl);
    const registered = await first.call(
      '/enroll/fido',
      { enroll_step: 'registercredential', ...member, credential },
      { as: 'json labelled form' },
    );
    expect(registered).toMatchObject({ status: 201, body: null });

    const pushed = await pushRequest(client);
    const second = new Transaction(client.issuer, pushed.requestUri);
    const challenge = await second.call('/code', { grant_type: 'fido_challenge', ...member });
    expect(challenge).toMatchObject({
      status: 200,
      body: {
        rpId: 'localhost',
        userVerification: 'required',
        allowCredentials: [{ type: 'public-key', id: passkey.id, transports: ['nfc', 'usb'] }],
      },
    });
    const assertion = assertWith(passkey, { challenge: challenge.body.challenge, origin: rig.publicUrl });
    const signedIn = await second.call('/code', {
      grant_type: 'password',
      ...member,
      password: assertion.response,
    });
    expect(signedIn).toMatchObject({ status: 200, body: { expires_in: 5_184_000 } });
    const issued = await second.call('/code', { grant_type: 'code_request', ...member }, { as: 'form' });
    expect(issued).toMatchObject({ status: 200, body: { state: pushed.state, iss: client.issuer } });
    expect(issued.body.code).toMatch(/^[\w-]{22,}$/);

    const tokens = await post(metadata.token_endpoint, {
      headers: { ...formType, authorization: basic(client) },
      body: form({
        grant_type: 'authorization_code',
        code: issued.body.code,
        redirect_uri: client.redirectUri,
        code_verifier: pushed.codeVerifier,
      }),
    });
    expect(tokens.status, JSON.stringify(tokens.body)).toBe(200);
    const { payload } = await jwtVerify(
      tokens.body.id_token,
      createRemoteJWKSet(new URL(metadata.jwks_uri)),
      { issuer: client.issuer, audience: client.clientId },
    );
    expect(payload).toMatchObject({
      sub: room.userIds['alice'],
      nonce: pushed.nonce,
      acr: 'acr_fido',
      amr: ['pop', 'user', 'mfa'],
    });
    expect(Math.abs(Number(payload['auth_time']) * 1000 - Date.now())).toBeLessThan(10_000);
  });
});

describe('two server processes behind one address', () => {
  test('take turns in one transaction, and nobody notices', async () => {
    const other = await rig.another();
    try {
      const transaction = await begin();
      let turn = 0;
      const call = (path: string, members: Record<string, unknown>) => {
        turn += 1;
        const base = turn % 2 === 0 ? rig.publicUrl : other.address;
        return Object.assign(transaction, { base: `${base}/${room.tenantId}/authn` }).call(path, members);
      };
      const username = 'carol';
      const secret = room.passwords[username];
      await call('/flow', { username });
      expect((await call('/enroll/code', { ...password, username, password: secret })).status).toBe(200);
      const asked = await call('/enroll/fido', { ...options, username });
      const made = createPasskey(asked.body.publicKeyCredentialOptions, rig.publicUrl);
      const { credential } = made;
      expect((await call('/enroll/fido', { ...register, username, credential })).status).toBe(201);
      const next = await call('/code', { ...challenge, username });
      const signed = assertWith(made.passkey, { challenge: next.body.challenge, origin: rig.publicUrl });
      expect((await call('/code', { ...assertion, username, password: signed })).status).toBe(200);
      const issued = await call('/code', { grant_type: 'code_request', ...fido, username });
      expect(issued.status).toBe(200);
      expect(turn).toBe(7);
    } finally {
      await other.close();
    }
  });
});

describe('the server-csrf-token', () => {
  test('is set by every answer, and wanted by every call but the first', async () => {
    const transaction = await begin();
    const first = await transaction.call('/flow', { username: 'alice' }, { as: 'query' });
    expect(first.status).toBe(200);
    for (const token of [null, '', 'x', (await begin()).requestUri, 'A'.repeat(43)]) {
      const reply = await transaction.call('/code', { ...challenge, username: 'alice' }, { token });
      expect(reply).toMatchObject(refusal(400, 'invalid_request'));
      expect(reply.body.error_description).toContain('server-csrf-token');
      // A token that opens nothing: whoever holds the request_uri alone learns nothing by asking.
      const next = await transaction.call('/code', { ...challenge, username: 'alice' });
      expect(next).toMatchObject(refusal(400, 'invalid_request'));
    }
    const right = await transaction.call(
      '/code',
      { ...challenge, username: 'alice' },
      { token: first.token },
    );
    expect(right.status).toBe(200);
  });

  test('of another transaction opens nothing', async () => {
    const [one, other] = [await begin(), await begin()];
    await one.call('/flow', {}, { as: 'query' });
    await other.call('/flow', {}, { as: 'query' });
    expect(await one.call('/flow', {}, { as: 'query', token: other.token })).toMatchObject(
      refusal(400, 'invalid_request'),
    );
  });

  test('is the same until something changes, then a new one; the one before still works once its answer was lost', async () => {
    const transaction = await begin();
    const one = (await transaction.call('/flow', {}, { as: 'query' })).token;
    expect((await transaction.call('/flow', { username: 'bob' })).token).toBe(one);
    const two = (await transaction.call('/code', { ...challenge, username: 'bob' })).token;
    expect(two).not.toBe(one);
    const three = (await transaction.call('/code', { ...challenge, username: 'carol' }, { token: one }))
      .token;
    expect(three).not.toBe(two);
    expect((await transaction.call('/flow', {}, { token: one })).status).toBe(400);
    expect((await transaction.call('/flow', {}, { token: three })).status).toBe(200);
  });

  test('comes with errors too, so that a wrong password is followed by a right one', async () => {
    const transaction = await begin();
    const member = { ...password, username: 'alice' };
    expect((await transaction.call('/code', { ...member, password: 'wrong' })).status).toBe(400);
    expect((await transaction.call('/code', { ...member, authType: 'AT_NONE' })).status).toBe(400);
    expect((await transaction.call('/code', { ...member })).status).toBe(400);
    expect((await transaction.call('/code', { ...member, password: room.passwords['alice'] })).status).toBe(
      200,
    );
  });
});

describe('a repeat of the very same request', () => {
  test('gets the same answer after the first one was lost, and changes nothing', async () => {
    const passkey = await enroll('bob');
    const transaction = await begin();
    const first = await transaction.call('/flow', { username: 'bob' }, { as: 'query' });
    const again = await transaction.call('/flow', { username: 'bob' }, { as: 'query', token: null });
    expect(again).toMatchObject({ status: 200, token: first.token, body: first.body });

    const before = transaction.token;
    const asked = await transaction.call('/code', { ...challenge, username: 'bob' });
    const askedAgain = await transaction.call('/code', { ...challenge, username: 'bob' }, { token: before });
    expect(askedAgain).toMatchObject({ token: asked.token, body: asked.body });

    const signed = assertWith(passkey, { challenge: asked.body.challenge, origin: rig.publicUrl });
    const proof = { ...assertion, username: 'bob', password: signed };
    const proven = await transaction.call('/code', proof);
    expect(proven.status).toBe(200);
    const provenAgain = await transaction.call('/code', proof, { token: asked.token });
    expect(provenAgain).toMatchObject({ status: 200, token: proven.token, body: proven.body });

    const request = { grant_type: 'code_request', ...fido, username: 'bob' };
    const issued = await transaction.call('/code', request);
    const issuedAgain = await transaction.call('/code', request, { token: proven.token });
    expect(issuedAgain).toMatchObject({ status: 200, token: issued.token, body: issued.body });
    // With the newest token it is another request: whoever has that one has had the answer.
    expect(await transaction.call('/code', request)).toMatchObject(refusal(400, 'invalid_grant', 114));
  });

  test('counts a wrong password once', async () => {
    const transaction = await begin();
    await transaction.call('/flow', {}, { as: 'query' });
    const wrong = { ...password, username: 'alice', password: 'wrong' };
    const { token } = transaction;
    for (let count = 0; count < 5; count += 1) {
      expect(await transaction.call('/code', wrong, { token })).toMatchObject(
        refusal(400, 'invalid_grant', 17, 'AT_EMPPWD'),
      );
    }
    const right = { ...password, username: 'alice', password: room.passwords['alice'] };
    expect((await transaction.call('/code', right)).status).toBe(200);
  });

  test('of a first request without a token is answered for a short while alone', async () => {
    const transaction = await begin();
    await transaction.call('/flow', { username: 'bob' }, { as: 'query' });
    rig.advance(31_000);
    try {
      expect(
        await transaction.call('/flow', { username: 'bob' }, { as: 'query', token: null }),
      ).toMatchObject(refusal(400, 'invalid_request'));
    } finally {
      rig.advance(-31_000);
    }
  });

  test('of a registration is 201 again, with the old token and with the new one', async () => {
    const transaction = await protectedBy('carol');
    const asked = await transaction.call('/enroll/fido', { ...options, username: 'carol' });
    const { credential } = createPasskey(asked.body.publicKeyCredentialOptions, rig.publicUrl);
    const request = { ...register, username: 'carol', credential };
    const { token } = transaction;
    expect((await transaction.call('/enroll/fido', request)).status).toBe(201);
    expect((await transaction.call('/enroll/fido', request)).status).toBe(201);
    expect((await transaction.call('/enroll/fido', request, { token })).status).toBe(201);
    const known = await rig.within(room.tenantId, (tables) =>
      tables.credentials.listByUser(room.userIds['carol'] ?? ''),
    );
    expect(known.filter((one) => one.credentialId === credential.id)).toHaveLength(1);
  });
});

describe('a challenge is used once', () => {
  test('of fifty assertions at once over one challenge exactly one wins', async () => {
    const fresh = await rig.furnish();
    const passkey = await enroll('alice', fresh);
    const transaction = await begin(fresh);
    const asked = await transaction.call('/code', { ...challenge, username: 'alice' });
    const { token } = transaction;
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => {
        const signed = assertWith(passkey, { challenge: asked.body.challenge, origin: rig.publicUrl });
        const proof = { ...assertion, username: 'alice', password: signed };
        return transaction.call('/code', proof, { token });
      }),
    );
    expect(replies.filter((reply) => reply.status === 200)).toHaveLength(1);
    expect(new Set(replies.map((reply) => reply.status))).toEqual(new Set([200, 400]));
    const events = await rig.within(fresh.tenantId, (tables) =>
      tables.events.list({ type: 'authentication.factor-proven' }, { limit: 200, after: null }),
    );
    expect(
      events.items.filter(
        (event) => event.target.name === 'alice' && event.description.startsWith('AT_FIDO'),
      ),
    ).toHaveLength(1);
  });

  test('of fifty identical ones at once exactly one wins, too', async () => {
    const passkey = await enroll('bob');
    const transaction = await begin();
    const signed = await steps.answered(transaction, passkey, { username: 'bob' });
    const { token } = transaction;
    const replies = await Promise.all(
      Array.from({ length: 50 }, () =>
        transaction.call('/code', { ...assertion, username: 'bob', password: signed }, { token }),
      ),
    );
    expect(replies.filter((reply) => reply.status === 200)).toHaveLength(1);
  });

  test('of fifty registrations at once over one challenge exactly one wins', async () => {
    const transaction = await protectedBy('bob');
    const asked = await transaction.call('/enroll/fido', { ...options, username: 'bob' });
    const { token } = transaction;
    const before = await rig.within(room.tenantId, (tables) =>
      tables.credentials.listByUser(room.userIds['bob'] ?? ''),
    );
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => {
        const { credential } = createPasskey(asked.body.publicKeyCredentialOptions, rig.publicUrl);
        const request = { ...register, username: 'bob', credential };
        return transaction.call('/enroll/fido', request, { token });
      }),
    );
    expect(replies.filter((reply) => reply.status === 201)).toHaveLength(1);
    const after = await rig.within(room.tenantId, (tables) =>
      tables.credentials.listByUser(room.userIds['bob'] ?? ''),
    );
    expect(after).toHaveLength(before.length + 1);
  });

  test('one registration sent fifty times at once makes one credential', async () => {
    const fresh = await rig.furnish();
    const transaction = await protectedBy('bob', fresh);
    const asked = await transaction.call('/enroll/fido', { ...options, username: 'bob' });
    const { credential } = createPasskey(asked.body.publicKeyCredentialOptions, rig.publicUrl);
    const { token } = transaction;
    const replies = await Promise.all(
      Array.from({ length: 50 }, () =>
        transaction.call('/enroll/fido', { ...register, username: 'bob', credential }, { token }),
      ),
    );
    expect(replies.map((reply) => reply.status)).toEqual(replies.map(() => 201));
    const known = await rig.within(fresh.tenantId, (tables) => tables.credentials.get(credential.id));
    expect(known).toMatchObject({
      userId: fresh.userIds['bob'],
      transports: ['nfc', 'usb'],
      status: 'ACTIVE',
    });
    const events = await rig.within(fresh.tenantId, (tables) =>
      tables.events.list({ type: 'authenticator.added' }, { limit: 200, after: null }),
    );
    expect(events.items).toHaveLength(1);
  });

  test('a used one, one of another transaction and one that has expired are refused', async () => {
    const passkey = await enroll('alice');
    const [one, other] = [await begin(), await begin()];
    const signed = await steps.answered(one, passkey, { username: 'alice' });
    await other.call('/code', { ...challenge, username: 'alice' });
    expect(await other.call('/code', { ...assertion, username: 'alice', password: signed })).toMatchObject(
      refusal(400, 'invalid_grant', 101),
    );
    expect((await one.call('/code', { ...assertion, username: 'alice', password: signed })).status).toBe(200);
    expect(await one.call('/code', { ...assertion, username: 'alice', password: signed })).toMatchObject(
      refusal(400, 'invalid_grant', 101),
    );
    const third = await begin();
    expect(await third.call('/code', { ...assertion, username: 'alice', password: signed })).toMatchObject(
      refusal(400, 'invalid_grant', 101),
    );
  });

  test('a registration challenge satisfies no authentication, nor the reverse', async () => {
    const transaction = await protectedBy('alice');
    const passkey = await enroll('alice');
    const asked = await transaction.call('/enroll/fido', { ...options, username: 'alice' });
    const registration = asked.body.publicKeyCredentialOptions;
    const signed = assertWith(passkey, { challenge: registration.challenge, origin: rig.publicUrl });
    expect(
      await transaction.call('/code', { ...assertion, username: 'alice', password: signed }),
    ).toMatchObject(refusal(400, 'invalid_grant', 101));
    const other = await transaction.call('/code', { ...challenge, username: 'alice' });
    const { credential } = createPasskey({ ...registration, challenge: other.body.challenge }, rig.publicUrl);
    expect(
      await transaction.call('/enroll/fido', { ...register, username: 'alice', credential }),
    ).toMatchObject(refusal(400, 'invalid_grant', 101));
  });
});

describe('a username is one in whatever case it is typed', () => {
  test('so that it may change from step to step, and what is stored keeps its spelling', async () => {
    const transaction = await begin();
    const proof = { ...password, password: room.passwords['alice'] };
    const flow = await transaction.call('/flow', { username: 'Alice' });
    expect(flow.body.enrollActions).toHaveLength(1);
    expect((await transaction.call('/enroll/code', { ...proof, username: 'ALICE' })).status).toBe(200);
    const asked = await transaction.call('/enroll/fido', { ...options, username: 'aLICE' });
    expect(asked.body.publicKeyCredentialOptions.user.name).toBe('alice');
    const { passkey, credential } = createPasskey(asked.body.publicKeyCredentialOptions, rig.publicUrl);
    const made = await transaction.call('/enroll/fido', { ...register, username: 'Alice', credential });
    expect(made.status).toBe(201);

    const next = await begin();
    const signed = await steps.answered(next, passkey, { username: 'ALICE' });
    const passed = await next.call('/code', { ...assertion, username: 'alice', password: signed.response });
    expect(passed.body.error ?? 'consent_required', JSON.stringify(passed.body)).toBe('consent_required');
  });

  test('of somebody unknown too: what is told of her is the same', async () => {
    const told = async (username: string) => {
      const { body } = await (await begin()).call('/code', { ...challenge, username });
      expect(body.allowCredentials).not.toHaveLength(0);
      return body.allowCredentials;
    };
    expect(await told('Nobody-Here')).toEqual(await told('NOBODY-here'));
    expect(await told('ALICE')).toEqual(await told('alice'));
  });
});

describe('what changes between two steps is refused', () => {
  test('the username after somebody proved who she is', async () => {
    const transaction = await protectedBy('alice');
    for (const [path, members] of [
      ['/enroll/fido', options],
      ['/code', challenge],
      ['/code', { ...password, password: room.passwords['bob'] }],
      ['/code', { grant_type: 'code_request', ...fido }],
      ['/enroll/code', { ...password, password: room.passwords['bob'] }],
      ['/flow', {}],
    ] as const) {
      expect(await transaction.call(path, { ...members, username: 'bob' }), path).toMatchObject(
        refusal(400, 'invalid_request'),
      );
    }
  });

  test('the username, authType or enrollId between a challenge and its answer', async () => {
    const passkey = await enroll('alice');
    const transaction = await begin();
    const signed = await steps.answered(transaction, passkey, { username: 'alice' });
    expect(
      await transaction.call('/code', { ...assertion, username: 'bob', password: signed }),
    ).toMatchObject(refusal(400, 'invalid_request'));
    expect(await transaction.call('/code', { ...assertion, password: signed })).toMatchObject(
      refusal(400, 'invalid_request'),
    );
    // It was no answer to the challenge, so that one is still good.
    expect(
      (await transaction.call('/code', { ...assertion, username: 'alice', password: signed })).status,
    ).toBe(200);

    const enrolling = await protectedBy('alice');
    const asked = await enrolling.call('/enroll/fido', { ...options, username: 'alice' });
    const { credential } = createPasskey(asked.body.publicKeyCredentialOptions, rig.publicUrl);
    for (const member of [
      { username: 'bob' },
      { username: 'alice', authType: 'AT_EMPPWD' },
      { username: 'alice', enrollId: 'enroll_action.other' },
    ]) {
      expect(await enrolling.call('/enroll/fido', { ...register, credential, ...member })).toMatchObject(
        refusal(400, 'invalid_request'),
      );
    }
  });

  test('the code is asked for by who proved a factor, for a factor that was proven', async () => {
    const transaction = await begin();
    const request = { grant_type: 'code_request', username: 'alice' };
    expect(await transaction.call('/code', { ...request, authType: 'AT_EMPPWD' })).toMatchObject(
      refusal(400, 'invalid_grant', 112, 'AT_EMPPWD'),
    );
    const proof = { ...password, username: 'alice', password: room.passwords['alice'] };
    expect((await transaction.call('/code', proof, { as: 'form' })).status).toBe(200);
    expect(await transaction.call('/code', { ...request, ...fido })).toMatchObject(
      refusal(400, 'invalid_request'),
    );
    expect(
      await transaction.call('/code', { ...request, authType: 'AT_EMPPWD', username: 'bob' }),
    ).toMatchObject(refusal(400, 'invalid_request'));
    expect((await transaction.call('/code', { ...request, authType: 'AT_EMPPWD' })).status).toBe(200);
  });

  test('a protection proven for the enrollment signs nobody in', async () => {
    const transaction = await protectedBy('alice');
    expect(
      await transaction.call('/code', {
        grant_type: 'code_request',
        authType: 'AT_EMPPWD',
        username: 'alice',
      }),
    ).toMatchObject(refusal(400, 'invalid_grant', 112, 'AT_EMPPWD'));
  });

  test('a transaction of one tenant does not exist in another', async () => {
    const other = await rig.furnish();
    const { requestUri } = await pushRequest(room.client);
    const transaction = new Transaction(other.issuer, requestUri);
    expect(await transaction.call('/flow', { username: 'alice' })).toMatchObject(
      refusal(400, 'invalid_request'),
    );
    const nowhere = new Transaction(`${rig.publicUrl}/nobody`, requestUri);
    expect((await nowhere.call('/flow', {})).status).toBe(404);
  });
});
