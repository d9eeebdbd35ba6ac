import {
  type EnrollAction,
  type Factor,
  type FidoFactor,
  usualWorkflow,
  type Workflow,
} from '@keywarden/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formType, jsonType, post, type Reply, Transaction } from './authentication/back-end-client.ts';
import { assertWith, createPasskey, type Deviation } from './authentication/passkey.ts';
import { setPasskeyStatus } from './authentication/passkey-status.ts';
import { chokingPassword, openServer, type Room, type ServerRig } from './authentication/rig.ts';
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

beforeAll(async () => {
  rig = await openServer();
  room = await rig.furnish();
  steps = stepsOf(rig);
});
afterAll(async () => {
  await rig.close();
});

function factor(type: Factor['type']): Factor {
  const found = usualWorkflow.firstFactors.find((entry) => entry.type === type);
  if (found === undefined) throw new Error(`no ${type} in the usual workflow`);
  return found;
}

function workflowWith(changes: {
  action?: Partial<EnrollAction>;
  password?: Partial<Factor>;
  fido?: Partial<FidoFactor>;
  whole?: Partial<Workflow>;
}): Workflow {
  const [action] = usualWorkflow.enrollActions;
  if (action === undefined) throw new Error('no enroll action in the usual workflow');
  return {
    ...usualWorkflow,
    firstFactors: [
      { ...factor('FIDO'), ...changes.fido } as Factor,
      { ...factor('LOGIN'), ...changes.password } as Factor,
    ],
    enrollActions: [{ ...action, ...changes.action }],
    ...changes.whole,
  };
}

/** Options for the user, and a registration that deviates from what they ask. */
async function registration(username: string, deviation: Deviation, of: Room = room): Promise<Reply> {
  const transaction = await steps.protectedBy(username, of);
  const asked = await transaction.call('/enroll/fido', { ...options, username });
  expect(asked.status, JSON.stringify(asked.body)).toBe(200);
  const { credential } = createPasskey(
    asked.body.publicKeyCredentialOptions,
    deviation.origin ?? rig.publicUrl,
    deviation,
  );
  return transaction.call('/enroll/fido', { ...register, username, credential });
}

describe('invalid_request', () => {
  const doors = ['/flow', '/code', '/enroll', '/enroll/code', '/enroll/fido'];

  test('a call without request_uri, in words that the specification shows', async () => {
    for (const door of doors) {
      for (const [type, body] of [
        [jsonType, '{}'],
        [formType, ''],
        [formType, '{"username":"alice"}'],
        [jsonType, '{"request_uri":""}'],
      ] as const) {
        const reply = await post(`${room.issuer}/authn${door}`, { headers: type, body });
        expect(reply, door).toMatchObject(refusal(400, 'invalid_request'));
        expect(reply.body.error_description).toBe('Invalid request : Missing request_uri');
      }
    }
    const unasked = await fetch(`${room.issuer}/authn/flow`);
    expect(unasked.status).toBe(400);
    expect(unasked.headers.get('server-csrf-token')).toMatch(/^[\w-]{43}$/);
    expect(unasked.headers.get('cache-control')).toBe('no-store');
  });

  test('a request_uri that nobody has, or that has expired', async () => {
    for (const requestUri of ['urn:ietf:params:oauth:request_uri:nobody', 'https://evil.example/x', ' ']) {
      const transaction = new Transaction(room.issuer, requestUri);
      for (const door of doors.slice(0, 2)) {
        expect(
          await transaction.call(door, { ...challenge, username: 'alice' }, { token: null }),
        ).toMatchObject(refusal(400, 'invalid_request'));
      }
    }
    const late = await steps.begin(room);
    expect((await late.call('/flow', {})).status).toBe(200);
    rig.advance(301_000);
    try {
      expect(await late.call('/flow', {})).toMatchObject(refusal(400, 'invalid_request'));
    } finally {
      rig.advance(-301_000);
    }
  });

  test.each<[string, string, Record<string, unknown>, string]>([
    ['/code', 'no grant_type', fido, 'Missing grant_type'],
    ['/code', 'an unknown grant_type', { ...fido, grant_type: 'magic' }, 'Unsupported grant_type'],
    ['/code', 'no authType', { grant_type: 'fido_challenge', username: 'alice' }, 'Missing authType'],
    ['/code', 'an unknown authType', { ...challenge, authType: 'AT_NONE' }, 'Unknown authType'],
    ['/code', 'a challenge for a password', { ...challenge, authType: 'AT_EMPPWD' }, 'not a FIDO factor'],
    ['/code', 'no password', { ...password, username: 'alice' }, 'Missing password'],
    [
      '/code',
      'a password that is too long to be read',
      { ...password, username: 'alice', password: 'x'.repeat(1025) },
      'Malformed password',
    ],
    [
      '/code',
      'an assertion as new password',
      {
        grant_type: 'password',
        authType: 'AT_NEW_PASSWORD',
        username: 'alice',
        password: { clientDataJSON: 'AA', authenticatorData: 'AA', signature: 'AA' },
      },
      'Unknown authType',
    ],
    ['/code', 'a password for nobody', { ...password, password: 'x' }, 'Missing username'],
    [
      '/code',
      'an assertion as password',
      { ...password, username: 'alice', password: { id: 'A' } },
      'Malformed password',
    ],
    ['/code', 'text as assertion', { ...assertion, username: 'alice', password: 'x' }, 'Malformed password'],
    [
      '/code',
      'a username with control characters',
      { ...challenge, username: 'a\u0000b' },
      'Malformed username',
    ],
    [
      '/code',
      'a username that is too long',
      { ...challenge, username: 'a'.repeat(257) },
      'Malformed username',
    ],
    [
      '/code',
      'a username that is a list',
      { ...challenge, username: ['alice', 'bob'] },
      'Malformed username',
    ],
    [
      '/enroll/code',
      'another grant_type',
      { ...password, grant_type: 'code_request', username: 'alice' },
      'Unsupported grant_type',
    ],
    [
      '/enroll/code',
      'an authType that protects nothing',
      { ...fido, grant_type: 'password', username: 'alice', password: 'x' },
      'protects no enrollment',
    ],
    ['/enroll/code', 'no username', { ...password, password: 'x' }, 'Missing username'],
    ['/enroll/fido', 'no enroll_step', { ...fido, username: 'alice' }, 'Missing enroll_step'],
    [
      '/enroll/fido',
      'an unknown enroll_step',
      { ...fido, enroll_step: 'x', username: 'alice' },
      'Unsupported enroll_step',
    ],
    ['/enroll/fido', 'no username', options, 'Missing username'],
    [
      '/enroll/fido',
      'no authType',
      { enroll_step: 'getcredentialoptions', username: 'alice' },
      'Missing authType',
    ],
    [
      '/enroll/fido',
      'an unknown authType',
      { ...options, authType: 'AT_NONE', username: 'alice' },
      'Unknown authType',
    ],
    [
      '/enroll/fido',
      'an unknown enrollId',
      { ...options, enrollId: 'x', username: 'alice' },
      'Unknown enrollId',
    ],
    ['/enroll/fido', 'no credential', { ...register, username: 'alice' }, 'Missing credential'],
    [
      '/enroll/fido',
      'a credential without response',
      { ...register, username: 'alice', credential: { id: 'A', rawId: 'A', type: 'public-key' } },
      'Malformed credential',
    ],
    ['/enroll', 'neither of both', { username: 'alice' }, 'Missing enroll_step'],
  ])('%s with %s', async (path, _what, members, description) => {
    for (const as of ['json', 'json labelled form'] as const) {
      const transaction = await steps.begin(room);
      const reply = await transaction.call(path, members, { as });
      expect(reply).toMatchObject(refusal(400, 'invalid_request'));
      expect(reply.body.error_description).toMatch(/^Invalid request : /);
      expect(reply.body.error_description).toContain(description);
      expect(reply.body).not.toHaveProperty('hid_failure');
      // The client keeps its token: the next call goes on.
      expect((await transaction.call('/flow', {})).status).toBe(200);
    }
  });

  test('bodies that can not be read keep the token that the client has', async () => {
    const transaction = await steps.begin(room);
    await transaction.call('/flow', {});
    const headers = { 'server-csrf-token': transaction.token ?? '' };
    for (const [type, body] of [
      [jsonType, '{"request_uri":'],
      [jsonType, '"text"'],
      [formType, '{"request_uri":"x",}'],
      [formType, 'username=alice&username=bob'],
      [{ 'content-type': 'text/plain' }, 'x'],
    ] as const) {
      const reply = await post(`${room.issuer}/authn/code`, { headers: { ...headers, ...type }, body });
      expect(reply.status).toBeGreaterThanOrEqual(400);
      expect(reply).toMatchObject({ token: transaction.token, body: { error: 'invalid_request' } });
    }
  });
});

describe('invalid_grant of a factor', () => {
  test('17: a wrong password, in the words of the specification, the same for somebody who does not exist', async () => {
    for (const username of ['alice', 'nobody', 'dora', 'erin']) {
      for (const path of ['/code', '/enroll/code']) {
        const transaction = await steps.begin(room);
        const secret = username === 'dora' ? room.passwords['dora'] : 'wrong';
        for (const as of ['form', 'json'] as const) {
          const reply = await transaction.call(path, { ...password, username, password: secret }, { as });
          expect(reply).toMatchObject({ status: 400, token: expect.stringMatching(/^[\w-]{43}$/) });
          expect(reply.body).toEqual({
            error: 'invalid_grant',
            error_description: 'Invalid grant: Resource owner username or password is invalid',
            hid_failure: { reason: 17, authType: 'AT_EMPPWD' },
          });
        }
      }
    }
  });

  test.each<[number, string, Deviation]>([
    [101, 'another challenge', { challenge: 'A'.repeat(43) }],
    [102, 'another origin', { origin: 'https://evil.example' }],
    [103, 'another relying party', { rpId: 'evil.example' }],
    [104, 'no user verification', { flags: 0x01 }],
    [105, 'no user presence', { flags: 0x04 }],
    [17, 'a wrong signature', { signature: 'wrong' }],
    [17, 'a registration’s client data', { type: 'webauthn.create' }],
    [17, 'another credential', { credentialId: 'A'.repeat(43) }],
    [17, 'another user handle', { userHandle: 'A'.repeat(43) }],
    [17, 'a counter that went back', { signCount: 0 }],
  ])('%i: an assertion with %s', async (reason, what, deviation) => {
    const passkey = await steps.enroll('alice', room);
    const transaction = await steps.begin(room);
    const signed = await steps.answered(transaction, passkey, { username: 'alice' }, deviation);
    expect(
      await transaction.call('/code', { ...assertion, username: 'alice', password: signed }),
      what,
    ).toMatchObject(refusal(400, 'invalid_grant', reason));
    // What an attacker learns is the same where there is nobody.
    const nowhere = await steps.begin(room);
    const other = await steps.answered(nowhere, passkey, { username: 'nobody' }, deviation);
    expect(
      await nowhere.call('/code', { ...assertion, username: 'nobody', password: other }),
      `${what}, of nobody`,
    ).toMatchObject(refusal(400, 'invalid_grant', reason === 17 ? 17 : reason));
  });

  test('17: a passkey of another user, of another tenant, or one that is no longer active', async () => {
    const [one, other] = [await rig.furnish(), await rig.furnish()];
    const passkey = await steps.enroll('alice', one);
    for (const [username, of] of [
      ['bob', one],
      ['alice', other],
    ] as const) {
      const transaction = await steps.begin(of);
      const signed = await steps.answered(transaction, passkey, { username });
      expect(await transaction.call('/code', { ...assertion, username, password: signed })).toMatchObject(
        refusal(400, 'invalid_grant', 17),
      );
    }
    for (const status of ['SUSPENDED', 'REVOKED', 'TERMINATED'] as const) {
      await rig.within(one.tenantId, (tables) => setPasskeyStatus(tables, passkey.id, { status }));
      const transaction = await steps.begin(one);
      const signed = await steps.answered(transaction, passkey, { username: 'alice' });
      expect(
        await transaction.call('/code', { ...assertion, username: 'alice', password: signed }),
        status,
      ).toMatchObject(refusal(400, 'invalid_grant', 17));
    }
  });

  test('no code for a passkey that was revoked, or a user who was disabled, since the proof', async () => {
    const of = await rig.furnish();
    const passkey = await steps.enroll('alice', of);
    const prove = async () => {
      const transaction = await steps.begin(of);
      const signed = await steps.answered(transaction, passkey, { username: 'alice' });
      const proven = await transaction.call('/code', { ...assertion, username: 'alice', password: signed });
      expect(proven.status).toBe(200);
      return () =>
        transaction.call('/code', { grant_type: 'code_request', authType: 'AT_FIDO', username: 'alice' });
    };
    const [kept, askForCode] = [await prove(), await prove()];
    expect((await kept()).status).toBe(200);
    await rig.within(of.tenantId, (tables) => setPasskeyStatus(tables, passkey.id, { status: 'REVOKED' }));
    expect(await askForCode()).toMatchObject(refusal(400, 'invalid_grant', 112));
    await rig.within(of.tenantId, (tables) => setPasskeyStatus(tables, passkey.id, { status: 'ACTIVE' }));
    await rig.within(of.tenantId, async (tables) => {
      const alice = await tables.users.findByUsername('alice');
      if (alice !== null) await tables.users.update({ ...alice, status: 'disabled' });
    });
    expect(await askForCode()).toMatchObject(refusal(400, 'invalid_grant', 112));
  });

  test('111: an assertion that is not of its form', async () => {
    const passkey = await steps.enroll('alice', room);
    const transaction = await steps.begin(room);
    const signed = await steps.answered(transaction, passkey, { username: 'alice' });
    const broken = { ...signed.response, authenticatorData: 'AAAA' };
    expect(
      await transaction.call('/code', { ...assertion, username: 'alice', password: broken }),
    ).toMatchObject(refusal(400, 'invalid_grant', 111));
  });

  test('101: a challenge that was never asked for, or too long ago', async () => {
    const passkey = await steps.enroll('alice', room);
    const transaction = await steps.begin(room);
    const signed = assertWith(passkey, { challenge: 'A'.repeat(43), origin: rig.publicUrl });
    expect(
      await transaction.call('/code', { ...assertion, username: 'alice', password: signed }),
    ).toMatchObject(refusal(400, 'invalid_grant', 101));
  });

  test('113: three wrong answers end the transaction, counted for each factor apart', async () => {
    const fresh = await rig.furnish();
    const transaction = await steps.begin(fresh);
    for (const wrong of ['one', 'two', 'three']) {
      expect(
        await transaction.call('/code', { ...password, username: 'alice', password: wrong }),
      ).toMatchObject(refusal(400, 'invalid_grant', 17, 'AT_EMPPWD'));
    }
    const right = { ...password, username: 'alice', password: fresh.passwords['alice'] };
    for (const [path, members, named] of [
      ['/code', right, { authType: 'AT_EMPPWD' }],
      ['/code', { ...challenge, username: 'alice' }, { authType: 'AT_FIDO' }],
      ['/enroll/code', right, { authType: 'AT_EMPPWD' }],
      // It asks for no factor.
      ['/flow', {}, {}],
    ] as const) {
      const reply = await transaction.call(path, members);
      expect(reply).toMatchObject(refusal(400, 'invalid_grant'));
      expect(reply.body.hid_failure).toEqual({ reason: 113, ...named });
    }
    const other = await steps.begin(fresh);
    expect((await other.call('/code', right)).status).toBe(200);
  });

  test('113: of forty guesses at once three are judged', async () => {
    const fresh = await rig.furnish();
    const transaction = await steps.begin(fresh);
    await transaction.call('/flow', {});
    const { token } = transaction;
    const guesses = await Promise.all(
      Array.from({ length: 40 }, (_, number) =>
        transaction.call('/code', { ...password, username: 'alice', password: `guess ${number}` }, { token }),
      ),
    );
    const judged = guesses.filter((reply) => reply.body.hid_failure?.reason === 17);
    expect(judged.length).toBeLessThanOrEqual(3);
    expect(guesses.every((reply) => reply.status === 400)).toBe(true);
  });

  test('109: wrong answers over many transactions disable the authenticator for a while, of anybody and nobody', async () => {
    const fresh = await rig.furnish({
      workflow: workflowWith({ password: { disableThreshold: 4, disabledTimeReset: 60 } }),
    });
    for (const username of ['alice', 'nobody']) {
      for (let count = 0; count < 4; count += 1) {
        const transaction = await steps.begin(fresh);
        expect(
          await transaction.call('/code', { ...password, username, password: `wrong ${count}` }),
        ).toMatchObject(refusal(400, 'invalid_grant', 17, 'AT_EMPPWD'));
      }
      const transaction = await steps.begin(fresh);
      const secret = fresh.passwords[username] ?? 'wrong';
      expect(await transaction.call('/code', { ...password, username, password: secret })).toMatchObject(
        refusal(400, 'invalid_grant', 109, 'AT_EMPPWD'),
      );
      expect(
        await transaction.call('/enroll/code', { ...password, username, password: secret }),
      ).toMatchObject(refusal(400, 'invalid_grant', 109, 'AT_EMPPWD'));
    }
    rig.advance(61_000);
    try {
      const transaction = await steps.begin(fresh);
      const secret = fresh.passwords['alice'];
      expect(
        (await transaction.call('/code', { ...password, username: 'alice', password: secret })).status,
      ).toBe(200);
    } finally {
      rig.advance(-61_000);
    }
  });

  test('wrong tries at the protection close the enrollment after three, and not the sign-in', async () => {
    const fresh = await rig.furnish();
    const transaction = await steps.begin(fresh);
    for (const wrong of ['one', 'two', 'three']) {
      await transaction.call('/enroll/code', { ...password, username: 'alice', password: wrong });
    }
    const right = { ...password, username: 'alice', password: fresh.passwords['alice'] };
    expect(await transaction.call('/enroll/code', right)).toMatchObject(
      refusal(400, 'invalid_grant', 113, 'AT_EMPPWD'),
    );
    expect((await transaction.call('/code', right)).status).toBe(200);
  });
});

describe('invalid_grant of a registration', () => {
  test.each<[number, string, Deviation]>([
    [101, 'another challenge', { challenge: 'A'.repeat(43) }],
    [102, 'another origin', { origin: 'https://evil.example' }],
    [103, 'another relying party', { rpId: 'evil.example' }],
    [104, 'no user verification', { flags: 0x41 }],
    [105, 'no user presence', { flags: 0x44 }],
    [106, 'an attestation that does not verify', { signature: 'wrong' }],
    [110, 'an algorithm that was not offered', { algorithm: -47 }],
    [17, 'an assertion’s client data', { type: 'webauthn.get' }],
  ])('%i: %s', async (reason, _what, deviation) => {
    expect(await registration('alice', deviation)).toMatchObject(refusal(400, 'invalid_grant', reason));
  });

  test('106, and 107 as access_denied: no chain to a root that is trusted, a model that the policy forbids', async () => {
    const rooted = await rig.furnish({
      workflow: workflowWith({
        action: {
          attestationTrust: 'roots',
          attestationRoots: [await someRoot()],
        },
      }),
    });
    expect(await registration('alice', {}, rooted)).toMatchObject(refusal(400, 'invalid_grant', 106));
    const aaguid = '6b657977-6172-6465-6e2d-746573747321';
    const denying = await rig.furnish({ workflow: workflowWith({ action: { deniedAaguids: [aaguid] } }) });
    expect(await registration('alice', {}, denying)).toMatchObject(refusal(403, 'access_denied', 107));
    const bound = await rig.furnish({ workflow: workflowWith({ action: { deviceBoundOnly: true } }) });
    // BE and BS.
    expect(await registration('alice', { flags: 0x5d }, bound)).toMatchObject(
      refusal(403, 'access_denied', 107),
    );
    expect(await registration('alice', {}, bound)).toMatchObject({ status: 201 });
  });

  test('108: a credential that another user has, or that was revoked', async () => {
    const fresh = await rig.furnish();
    const { id: credentialId } = await steps.enroll('alice', fresh);
    expect(await registration('bob', { credentialId }, fresh)).toMatchObject(
      refusal(400, 'invalid_grant', 108),
    );
    expect(await registration('alice', { credentialId }, fresh)).toMatchObject(
      refusal(400, 'invalid_grant', 108),
    );
    const [first] = await rig.within(fresh.tenantId, (tables) =>
      tables.credentials.listByUser(fresh.userIds['alice'] ?? ''),
    );
    expect(first?.credentialId).toBe(credentialId);
    // Another tenant is another world.
    expect(await registration('bob', { credentialId }, room)).toMatchObject({ status: 201 });
  });

  test('111: a credential that is not of its form', async () => {
    const transaction = await steps.protectedBy('alice', room);
    const asked = await transaction.call('/enroll/fido', { ...options, username: 'alice' });
    const { credential } = createPasskey(asked.body.publicKeyCredentialOptions, rig.publicUrl);
    const broken = { ...credential, response: { ...credential.response, attestationObject: 'AAAA' } };
    expect(
      await transaction.call('/enroll/fido', { ...register, username: 'alice', credential: broken }),
    ).toMatchObject(refusal(400, 'invalid_grant', 111));
    // It was the first answer to this challenge, and there is no second.
    expect(
      await transaction.call('/enroll/fido', { ...register, username: 'alice', credential }),
    ).toMatchObject(refusal(400, 'invalid_grant', 101));
  });

  test('101: without options, or with the options of another transaction', async () => {
    const [one, other] = [await steps.protectedBy('alice', room), await steps.protectedBy('alice', room)];
    const asked = await one.call('/enroll/fido', { ...options, username: 'alice' });
    const { credential } = createPasskey(asked.body.publicKeyCredentialOptions, rig.publicUrl);
    expect(await other.call('/enroll/fido', { ...register, username: 'alice', credential })).toMatchObject(
      refusal(400, 'invalid_grant', 101),
    );
    await other.call('/enroll/fido', { ...options, username: 'alice' });
    expect(await other.call('/enroll/fido', { ...register, username: 'alice', credential })).toMatchObject(
      refusal(400, 'invalid_grant', 101),
    );
  });
});

describe('access_denied: enrollment is denied unless it was earned in this transaction', () => {
  const denied = {
    status: 403,
    token: expect.stringMatching(/^[\w-]{43}$/),
    body: {
      error: 'access_denied',
      error_description: 'Access denied by resource owner or authorization server',
    },
  };

  test('without any proof, for a user, for one with a passkey, and for nobody', async () => {
    await steps.enroll('bob', room);
    for (const username of ['alice', 'bob', 'dora', 'erin', 'nobody']) {
      const transaction = await steps.begin(room);
      expect(await transaction.call('/enroll/fido', { ...options, username }), username).toMatchObject(
        denied,
      );
    }
  });

  test('after a protection that failed, or in another transaction', async () => {
    const transaction = await steps.begin(room);
    await transaction.call('/enroll/code', { ...password, username: 'alice', password: 'wrong' });
    expect(await transaction.call('/enroll/fido', { ...options, username: 'alice' })).toMatchObject(denied);
    await steps.protectedBy('alice', room);
    expect(await transaction.call('/enroll/fido', { ...options, username: 'alice' })).toMatchObject(denied);
  });

  test('a registration without permission is refused, too', async () => {
    const earned = await steps.protectedBy('alice', room);
    const asked = await earned.call('/enroll/fido', { ...options, username: 'alice' });
    const { credential } = createPasskey(asked.body.publicKeyCredentialOptions, rig.publicUrl);
    const transaction = await steps.begin(room);
    expect(
      await transaction.call('/enroll/fido', { ...register, username: 'alice', credential }),
    ).toMatchObject(denied);
  });

  test('a password proven at the sign-in is proven for the enrollment; a passkey is not the password', async () => {
    const passkey = await steps.enroll('carol', room);
    const byPassword = await steps.begin(room);
    await byPassword.call('/code', { ...password, username: 'carol', password: room.passwords['carol'] });
    const asked = await byPassword.call('/enroll/fido', { ...options, username: 'carol' });
    expect(asked.status).toBe(200);
    expect(asked.body.publicKeyCredentialOptions.excludeCredentials).toContainEqual({
      type: 'public-key',
      id: passkey.id,
      transports: ['nfc', 'usb'],
    });
    const byPasskey = await steps.begin(room);
    const signed = await steps.answered(byPasskey, passkey, { username: 'carol' });
    expect(
      (await byPasskey.call('/code', { ...assertion, username: 'carol', password: signed })).status,
    ).toBe(200);
    expect(await byPasskey.call('/enroll/fido', { ...options, username: 'carol' })).toMatchObject(denied);
  });

  test('where nothing protects the action, a factor of its upon opens it and no other', async () => {
    const fresh = await rig.furnish({
      workflow: workflowWith({ action: { upon: ['factor.password'], protectionFactor: null } }),
    });
    const transaction = await steps.begin(fresh);
    expect(await transaction.call('/enroll/fido', { ...options, username: 'alice' })).toMatchObject(denied);
    await transaction.call('/code', { ...password, username: 'alice', password: fresh.passwords['alice'] });
    const asked = await transaction.call('/enroll/fido', { ...options, username: 'alice' });
    const made = createPasskey(asked.body.publicKeyCredentialOptions, rig.publicUrl);
    expect(
      (
        await transaction.call('/enroll/fido', {
          ...register,
          username: 'alice',
          credential: made.credential,
        })
      ).status,
    ).toBe(201);
    const byPasskey = await steps.begin(fresh);
    const signed = await steps.answered(byPasskey, made.passkey, { username: 'alice' });
    await byPasskey.call('/code', { ...assertion, username: 'alice', password: signed });
    expect(await byPasskey.call('/enroll/fido', { ...options, username: 'alice' })).toMatchObject(denied);
  });

  test('a user who holds nothing of upon is not offered the action, and may not use it', async () => {
    const fresh = await rig.furnish({ workflow: workflowWith({ action: { upon: ['factor.fido'] } }) });
    const transaction = await steps.protectedBy('alice', fresh);
    const flow = await transaction.call('/flow', { username: 'alice' });
    expect(flow.body.enrollActions).toEqual([]);
    expect(flow.body.firstFactors[0].enrollActions).toEqual([]);
    expect(await transaction.call('/enroll/fido', { ...options, username: 'alice' })).toMatchObject(denied);
  });

  test('a pending device that nobody can have keeps the action closed', async () => {
    const fresh = await rig.furnish({
      workflow: workflowWith({
        action: { protectionFactor: { authType: 'AT_EMPPWD', pendingDevice: true } },
      }),
    });
    const transaction = await steps.protectedBy('alice', fresh);
    expect(await transaction.call('/enroll/fido', { ...options, username: 'alice' })).toMatchObject(denied);
  });

  test('the bootstrap is for users who have nothing to prove themselves by, and for their first passkey', async () => {
    const open = await rig.furnish({ bootstrap: true });
    const transaction = await steps.begin(open);
    for (const username of ['alice', 'dora']) {
      expect(await transaction.call('/enroll/fido', { ...options, username })).toMatchObject(denied);
    }
    const asked = await transaction.call('/enroll/fido', { ...options, username: 'erin' });
    expect(asked.status).toBe(200);
    const made = createPasskey(asked.body.publicKeyCredentialOptions, rig.publicUrl);
    expect(
      (await transaction.call('/enroll/fido', { ...register, username: 'erin', credential: made.credential }))
        .status,
    ).toBe(201);
    expect(await transaction.call('/enroll/fido', { ...options, username: 'erin' })).toMatchObject(denied);
    const events = await rig.within(open.tenantId, (tables) =>
      tables.events.list({ type: 'authenticator.added' }, { limit: 10, after: null }),
    );
    expect(events.items[0]?.description).toContain('without any proof');

    // Nobody is treated like her, to the end.
    const nobody = await steps.begin(open);
    const decoy = await nobody.call('/enroll/fido', { ...options, username: 'nobody' });
    expect(Object.keys(decoy.body.publicKeyCredentialOptions)).toEqual(
      Object.keys(asked.body.publicKeyCredentialOptions),
    );
    const of = createPasskey(decoy.body.publicKeyCredentialOptions, rig.publicUrl);
    expect(
      await nobody.call('/enroll/fido', { ...register, username: 'nobody', credential: of.credential }),
    ).toMatchObject(refusal(400, 'invalid_grant', 17));
  });
});

describe('server_error', () => {
  test('is told as such, and the client goes on with the token that it has', async () => {
    const transaction = await steps.begin(room);
    await transaction.call('/flow', {});
    const { token } = transaction;
    const failed = await transaction.call('/code', {
      ...password,
      username: 'alice',
      password: chokingPassword,
    });
    expect(failed).toMatchObject({ status: 500, token, body: { error: 'server_error' } });
    expect(JSON.stringify(failed.body)).not.toContain('choked');
    expect((await transaction.call('/flow', {})).status).toBe(200);
  });
});

describe('what the answers hold', () => {
  test('creation options: everything that the authenticator needs, and never the username as its id', async () => {
    const fresh = await rig.furnish();
    const transaction = await steps.protectedBy('alice', fresh);
    const first = await transaction.call('/enroll/fido', { ...options, username: 'alice' });
    expect(first.body.publicKeyCredentialOptions).toEqual({
      rp: { id: 'localhost', name: 'Test tenant' },
      user: {
        id: expect.stringMatching(/^[\w-]{43}$/),
        name: 'alice',
        displayName: 'alice of the test',
      },
      challenge: expect.stringMatching(/^[\w-]{43}$/),
      pubKeyCredParams: [-7, -35, -36, -8, -257].map((alg) => ({ type: 'public-key', alg })),
      timeout: 300_000,
      excludeCredentials: [],
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
      attestation: 'direct',
      extensions: { credProps: true },
    });
    const second = await transaction.call('/enroll/fido', { ...options, username: 'alice' });
    const [one, other] = [first.body.publicKeyCredentialOptions, second.body.publicKeyCredentialOptions];
    expect(other.user.id).toBe(one.user.id);
    expect(other.challenge).not.toBe(one.challenge);
    // The newest challenge alone is good.
    const { credential } = createPasskey(one, rig.publicUrl);
    expect(
      await transaction.call('/enroll/fido', { ...register, username: 'alice', credential }),
    ).toMatchObject(refusal(400, 'invalid_grant', 101));
  });

  test('transports come back as they were told, unknown ones too, none where none were told', async () => {
    for (const transports of [['hybrid', 'internal'], ['usb', 'carrier-pigeon'], [], null]) {
      const fresh = await rig.furnish();
      const passkey = await steps.enroll('alice', fresh, { transports });
      const transaction = await steps.begin(fresh);
      const asked = await transaction.call('/code', { ...challenge, username: 'alice' });
      expect(asked.body.allowCredentials).toEqual([
        {
          type: 'public-key',
          id: passkey.id,
          ...(transports !== null && transports.length > 0 && { transports }),
        },
      ]);
    }
  });

  test('the flow: the factors, their relying party, and enroll actions for whom they are', async () => {
    const transaction = await steps.begin(room, { login_hint: 'alice' });
    const unknown = await transaction.call('/flow', {}, { as: 'query' });
    expect(unknown.body).toEqual({
      loginHint: 'alice',
      accessCriteria: [
        {
          accessCriteriaId: 'access_criteria.common_to_all',
          authenticators: { firstFactorsFiltering: false, secondFactorsFiltering: false },
        },
      ],
      firstFactors: [
        {
          factorId: 'factor.fido',
          type: 'FIDO',
          code: 'AT_FIDO',
          acr: 'acr_fido',
          userVerification: 'required',
          rpId: 'localhost',
          retry: 3,
          stepUp: 'notRequired',
          enrollmentRequired: false,
          enrollActions: [],
          accessCriteriaId: 'access_criteria.common_to_all',
        },
        expect.objectContaining({ factorId: 'factor.password', type: 'LOGIN', code: 'AT_EMPPWD' }),
      ],
      secondFactors: [],
      enrollActions: [],
    });
    const known = await transaction.call('/flow', { username: 'alice' }, { as: 'form' });
    expect(known.body.enrollActions).toEqual([
      {
        enrollId: 'enroll_action.fido',
        type: 'FIDO',
        code: 'AT_FIDO',
        deviceType: 'DT_FIDO',
        attestationVerification: 'direct',
        userVerification: 'required',
        rpId: 'localhost',
        upon: ['factor.password', 'factor.fido'],
        protectionFactor: { authType: 'AT_EMPPWD', pendingDevice: false },
        accessCriteriaId: 'access_criteria.common_to_all',
      },
    ]);
    expect(known.body.firstFactors[0].enrollActions).toEqual(['enroll_action.fido']);
  });

  test('with filtering, the factors that the user holds', async () => {
    const [criteria] = usualWorkflow.accessCriteria;
    const fresh = await rig.furnish({
      workflow: workflowWith({
        whole: {
          accessCriteria: [
            {
              accessCriteriaId: criteria?.accessCriteriaId ?? '',
              groups: [],
              roles: [],
              authenticators: { firstFactorsFiltering: true, secondFactorsFiltering: true },
            },
          ],
        },
      }),
    });
    const transaction = await steps.begin(fresh);
    const before = await transaction.call('/flow', { username: 'alice' });
    expect(before.body.firstFactors.map((entry: { code: string }) => entry.code)).toEqual(['AT_EMPPWD']);
    await steps.enroll('alice', fresh);
    const after = await transaction.call('/flow', { username: 'alice' });
    expect(after.body.firstFactors.map((entry: { code: string }) => entry.code)).toEqual([
      'AT_FIDO',
      'AT_EMPPWD',
    ]);
  });

  test('the theme names the tenant and carries no token', async () => {
    const response = await fetch(`${room.issuer}/authn/theme`);
    expect(response.headers.get('server-csrf-token')).toBeNull();
    expect(await response.json()).toMatchObject({ theme_id: 'default', name: 'Test tenant', language: 'en' });
  });
});

describe('a username-less sign-in', () => {
  test('asks no username, names no credential, and finds the user by her passkey', async () => {
    const fresh = await rig.furnish();
    const passkey = await steps.enroll('alice', fresh);
    for (const bare of [false, true]) {
      const transaction = await steps.begin(fresh);
      const asked = await transaction.call('/code', challenge);
      expect(asked.body.allowCredentials).toEqual([]);
      const signed = assertWith(passkey, { challenge: asked.body.challenge, origin: rig.publicUrl });
      const proven = await transaction.call('/code', {
        ...assertion,
        password: bare ? signed.response : signed,
      });
      expect(proven.status, JSON.stringify(proven.body)).toBe(200);
      const issued = await transaction.call('/code', { grant_type: 'code_request', ...fido });
      expect(issued.status).toBe(200);
    }
  });

  test('is refused for a credential that nobody has', async () => {
    const transaction = await steps.begin(room);
    const passkey = await steps.enroll('alice', await rig.furnish());
    const signed = await steps.answered(transaction, passkey, {});
    expect(await transaction.call('/code', { ...assertion, password: signed })).toMatchObject(
      refusal(400, 'invalid_grant', 17),
    );
  });
});

describe('step-up', () => {
  test('wants the second factor after the first, and of the same user', async () => {
    const fresh = await rig.furnish({
      workflow: {
        ...workflowWith({}),
        firstFactors: [{ ...factor('LOGIN'), stepUp: 'required' }],
        secondFactors: [{ ...factor('FIDO') }],
      },
    });
    const alices = await steps.enroll('alice', fresh);
    const bobs = await steps.enroll('bob', fresh);
    const early = await steps.begin(fresh);
    const unearned = await steps.answered(early, alices, { username: 'alice' });
    expect(await early.call('/code', { ...assertion, username: 'alice', password: unearned })).toMatchObject(
      refusal(400, 'invalid_grant', 112),
    );

    const transaction = await steps.begin(fresh);
    const secret = fresh.passwords['alice'];
    const stepUp = await transaction.call('/code', { ...password, username: 'alice', password: secret });
    expect(stepUp).toMatchObject(refusal(400, 'step_up_required'));
    expect(stepUp.body.secondFactors).toMatchObject([{ factorId: 'factor.fido', rpId: 'localhost' }]);
    const request = { grant_type: 'code_request', authType: 'AT_EMPPWD', username: 'alice' };
    expect(await transaction.call('/code', request)).toMatchObject(refusal(400, 'step_up_required'));
    // Username-less, so that only the credential says who it is.
    const foreign = await steps.answered(transaction, bobs, {});
    expect(await transaction.call('/code', { ...assertion, password: foreign })).toMatchObject(
      refusal(400, 'invalid_request'),
    );
    const own = await steps.answered(transaction, alices, { username: 'alice' });
    expect((await transaction.call('/code', { ...assertion, username: 'alice', password: own })).status).toBe(
      200,
    );
    expect((await transaction.call('/code', request)).status).toBe(200);
  });
});

describe('consent, where the client demands it', () => {
  const username = 'alice';

  test('gates the code, is kept per user and client, and a rejected scope is not granted', async () => {
    const fresh = await rig.furnish({ client: { consentRequired: true } });
    const transaction = await steps.begin(fresh, { scope: 'openid profile email' });
    const early = await transaction.call('/consent', { username }, { as: 'query' });
    expect(early).toMatchObject(refusal(403, 'access_denied'));
    const proof = { ...password, username, password: fresh.passwords['alice'] };
    const gated = await transaction.call('/code', proof);
    expect(gated).toMatchObject(refusal(400, 'consent_required'));
    const asked = await transaction.call('/consent', { username }, { as: 'query' });
    expect(asked.body).toEqual({
      consents: [
        {
          clientid: fresh.client.clientId,
          sharing_duration: -1,
          sharings: ['openid', 'profile', 'email'].map((scope) => ({
            scope,
            label: expect.stringMatching(/./),
            description: expect.stringMatching(/./),
            status: 'unknown',
          })),
        },
      ],
    });
    const request = { grant_type: 'code_request', authType: 'AT_EMPPWD', username };
    expect(await transaction.call('/code', request, { as: 'form' })).toMatchObject(
      refusal(400, 'consent_required'),
    );
    const decisions = [
      { scope: 'openid', status: 'accepted', exp: -1 },
      { scope: 'profile', status: 'accepted', exp: 3600 },
      { scope: 'email', status: 'rejected', exp: -1 },
    ];
    // As existing clients do: a form, its list as JSON.
    const signed = await transaction.call(
      '/consent',
      { username, sharings: decisions },
      { as: 'form', method: 'PUT' },
    );
    expect(signed.body.consents[0].sharings.map((one: { status: string }) => one.status)).toEqual([
      'accepted',
      'accepted',
      'rejected',
    ]);
    expect((await transaction.call('/code', request, { as: 'form' })).status).toBe(200);

    const later = await steps.begin(fresh, { scope: 'openid profile email' });
    expect((await later.call('/code', proof)).status).toBe(200);
    rig.advance(3_601_000);
    try {
      const expired = await steps.begin(fresh, { scope: 'openid profile' });
      expect(await expired.call('/code', proof)).toMatchObject(refusal(400, 'consent_required'));
      const again = await expired.call('/consent', { username }, { as: 'query' });
      expect(again.body.consents[0].sharings[1]).toMatchObject({ scope: 'profile', status: 'expired' });
    } finally {
      rig.advance(-3_601_000);
    }
  });

  test('is asked for again where the request says prompt=consent, once in its transaction, of every client', async () => {
    const prompt = 'login consent';
    const code = { grant_type: 'code_request', authType: 'AT_EMPPWD', username };
    for (const consentRequired of [true, false]) {
      const fresh = await rig.furnish({ client: { consentRequired } });
      const proof = { ...password, username, password: fresh.passwords['alice'] };
      const decide = (transaction: Transaction, email: string) =>
        transaction.call(
          '/consent',
          {
            username,
            sharings: [
              { scope: 'openid', status: 'accepted', exp: -1 },
              { scope: 'email', status: email, exp: -1 },
            ],
          },
          { method: 'PUT' },
        );
      const first = await steps.begin(fresh, { scope: 'openid email', prompt });
      expect(await first.call('/code', proof)).toMatchObject(refusal(400, 'consent_required'));
      expect((await decide(first, 'accepted')).status).toBe(200);
      expect((await first.call('/code', code)).status).toBe(200);

      const usual = await steps.begin(fresh, { scope: 'openid email' });
      expect((await usual.call('/code', proof)).status).toBe(200);
      expect((await usual.call('/code', code)).status).toBe(200);

      const again = await steps.begin(fresh, { scope: 'openid email', prompt });
      const gated = await again.call('/code', proof);
      expect(gated).toMatchObject(refusal(400, 'consent_required'));
      expect(gated.body.sharings).toMatchObject([{ status: 'expired' }, { status: 'expired' }]);
      // What she says in another window is no answer to what this one asks.
      const beside = await steps.begin(fresh, { scope: 'openid email', prompt });
      await beside.call('/code', proof);
      expect((await decide(beside, 'accepted')).status).toBe(200);
      expect((await beside.call('/code', code)).status).toBe(200);
      expect(await again.call('/code', code)).toMatchObject(refusal(400, 'consent_required'));
      expect((await decide(again, 'rejected')).status).toBe(200);
      expect((await again.call('/code', code)).status).toBe(200);

      // Her no is asked about, too, and shown as what it was.
      const last = await steps.begin(fresh, { scope: 'email', prompt, nonce: '' });
      const { body } = await last.call('/code', proof);
      expect(body).toMatchObject({ error: 'consent_required', sharings: [{ status: 'rejected' }] });
    }
  });

  test('is signed for what was asked, by whom it concerns', async () => {
    const fresh = await rig.furnish({ client: { consentRequired: true } });
    const transaction = await steps.begin(fresh);
    const put = (sharings: unknown, who = username) =>
      transaction.call('/consent', { username: who, sharings }, { method: 'PUT' });
    const accepted = [{ scope: 'openid', status: 'accepted', exp: -1 }];
    expect(await put(accepted)).toMatchObject(refusal(403, 'access_denied'));
    await transaction.call('/code', { ...password, username, password: fresh.passwords['alice'] });
    expect(await put(accepted, 'bob')).toMatchObject(refusal(400, 'invalid_request'));
    for (const wrong of [
      [],
      'openid',
      [{ scope: 'openid' }],
      [{ scope: 'openid', status: 'maybe' }],
      [{ scope: 'email', status: 'accepted', exp: -1 }],
      [{ scope: 'openid', status: 'accepted', exp: -2 }],
    ]) {
      expect(await put(wrong), JSON.stringify(wrong)).toMatchObject(refusal(400, 'invalid_request'));
    }
    expect((await put(accepted)).status).toBe(200);
  });
});

describe('a username that nobody has', () => {
  /** The names of members, at every depth, and the kinds of their values; what differs from user to user is left out. */
  function shape(value: unknown): unknown {
    // How many, transports say, is one of those differences: real keys have one or several, too.
    if (Array.isArray(value)) return value.slice(0, 1).map(shape);
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shape(member)]));
    }
    return typeof value;
  }

  test('is answered in the shape of one that somebody has, the same from call to call', async () => {
    const fresh = await rig.furnish();
    await steps.enroll('alice', fresh);
    const ask = async (username: string) => {
      const transaction = await steps.begin(fresh);
      return {
        flow: (await transaction.call('/flow', { username })).body,
        challenge: (await transaction.call('/code', { ...challenge, username })).body,
        denied: (await transaction.call('/enroll/fido', { ...options, username })).body,
      };
    };
    // alice has a passkey, bob a password alone.
    const [alice, bob] = [await ask('alice'), await ask('bob')];
    for (const name of ['nobody', 'Nobody', 'nobody@example.org', '李明']) {
      const [one, again] = [await ask(name), await ask(name)];
      expect(one.flow).toEqual(alice.flow);
      expect(one.flow).toEqual(bob.flow);
      expect(shape(one.challenge)).toEqual(shape(alice.challenge));
      expect(Object.keys(one.challenge)).toEqual(Object.keys(bob.challenge));
      expect(one.denied).toEqual(alice.denied);
      expect(again.challenge.allowCredentials).toEqual(one.challenge.allowCredentials);
      expect(again.challenge.challenge).not.toBe(one.challenge.challenge);
    }
    const [one, other] = [await ask('nobody'), await ask('somebody')];
    expect(other.challenge.allowCredentials[0].id).not.toBe(one.challenge.allowCredentials[0].id);
  });
});

/** A certificate that signed nothing of this test. */
async function someRoot(): Promise<string> {
  const { createVirtualAttestationRoot } = await import('@keywarden/fido2/virtual-authenticator');
  const { certificate } = createVirtualAttestationRoot({
    random: (length) => rig.ports.random.bytes(length),
    now: new Date(),
  });
  return Buffer.from(certificate).toString('base64url');
}
