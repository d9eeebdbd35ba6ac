import { randomUUID } from 'node:crypto';
import {
  type Actor,
  actOnPasskey,
  createPendingPasskey,
  type EnrollAction,
  endSessions,
  endSessionsOfEndedPasskeys,
  issueEnrollmentCode,
  listPasskeys,
  type PasskeyAction,
  usualWorkflow,
  type Workflow,
} from '@keywarden/domain';
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
import { createPasskey, type Passkey } from './authentication/passkey.ts';
import { setPasskeyStatus } from './authentication/passkey-status.ts';
import { openServer, type Room, type ServerRig } from './authentication/rig.ts';
import {
  assertion,
  challenge,
  consent,
  options,
  password,
  refusal,
  register,
  type Steps,
  stepsOf,
} from './authentication/steps.ts';

let rig: ServerRig;
let steps: Steps;

beforeAll(async () => {
  rig = await openServer();
  steps = stepsOf(rig);
});
afterAll(async () => {
  await rig.close();
});

const operator: Actor = {
  kind: 'operator',
  id: randomUUID(),
  name: 'Olivia',
  role: 'operator',
  requestId: null,
  clientIp: null,
};
const code = { grant_type: 'password', authType: 'AT_ENROLLMENT_CODE' };

const userIdOf = (of: Room, username: string) => of.userIds[username] ?? '';
const passkeysOf = (of: Room, username: string) =>
  listPasskeys(rig.ports, operator, { tenantId: of.tenantId, userId: userIdOf(of, username) });
async function act(of: Room, passkey: Passkey, action: PasskeyAction) {
  const device = await rig.within(of.tenantId, (tables) =>
    tables.passkeyDevices.findByCredential(passkey.id),
  );
  const { deviceId = '' } = device ?? {};
  return actOnPasskey(rig.ports, operator, { tenantId: of.tenantId, deviceId, action });
}
const issue = (of: Room, username: string, more: { deviceId?: string; lifetimeSeconds?: number } = {}) =>
  issueEnrollmentCode(rig.ports, operator, {
    tenantId: of.tenantId,
    userId: userIdOf(of, username),
    ...more,
  });
const eventsOf = (of: Room, targetId: string) =>
  rig.within(of.tenantId, async (tables) => {
    const { items } = await tables.events.list({ targetId }, { limit: 50, after: null });
    return items.map((event) => event.type).reverse();
  });

const withAction = (changes: Partial<EnrollAction>): Workflow => ({
  ...usualWorkflow,
  enrollActions: usualWorkflow.enrollActions.map((action) => ({ ...action, ...changes })),
});

/** Options and registration; the reply to whichever was refused first. */
async function enrollIn(transaction: Transaction, username: string) {
  const asked = await transaction.call('/enroll/fido', { ...options, username });
  if (asked.status !== 200) return { reply: asked, passkey: null };
  const made = createPasskey(asked.body.publicKeyCredentialOptions, rig.publicUrl);
  const { credential } = made;
  const reply = await transaction.call('/enroll/fido', { ...register, username, credential });
  return { reply, passkey: made.passkey };
}

/** Tokens of a whole sign-in, by passkey or by password. */
async function signIn(of: Room, username: string, passkey: Passkey | null) {
  const pushed = await pushRequest(of.client, { scope: 'openid offline_access', prompt: 'consent' });
  const transaction = new Transaction(of.issuer, pushed.requestUri);
  if (passkey === null) {
    await transaction.call('/code', { ...password, username, password: of.passwords[username] });
  } else {
    const signed = await steps.answered(transaction, passkey, { username });
    await transaction.call('/code', { ...assertion, username, password: signed });
  }
  await consent(transaction, username, 'openid offline_access');
  const authType = passkey === null ? 'AT_EMPPWD' : 'AT_FIDO';
  const granted = await transaction.call('/code', { grant_type: 'code_request', authType, username });
  expect(granted.status, JSON.stringify(granted.body)).toBe(200);
  const tokens = await post(`${of.issuer}/authn/token`, {
    headers: { ...formType, authorization: basic(of.client) },
    body: form({
      grant_type: 'authorization_code',
      code: granted.body.code,
      redirect_uri: of.client.redirectUri,
      code_verifier: pushed.codeVerifier,
    }),
  });
  expect(tokens.status, JSON.stringify(tokens.body)).toBe(200);
  const metadata = await discover(of.issuer);
  const ask = (endpoint: string, members: Record<string, string>) =>
    post(endpoint, { headers: { ...formType, authorization: basic(of.client) }, body: form(members) });
  return {
    active: async () =>
      (await ask(metadata.introspection_endpoint, { token: tokens.body.access_token })).body.active,
    refresh: async () =>
      ask(metadata.token_endpoint, {
        grant_type: 'refresh_token',
        refresh_token: tokens.body.refresh_token,
      }),
    userinfo: async () =>
      (
        await fetch(metadata.userinfo_endpoint, {
          headers: { authorization: `Bearer ${tokens.body.access_token}` },
        })
      ).status,
  };
}

describe('a passkey as a device (specification §7)', () => {
  test('registered, it is one, ACTIVE, of the action’s device type, and signs in', async () => {
    const of = await rig.furnish();
    const passkey = await steps.enroll('alice', of);
    const [one, ...more] = await passkeysOf(of, 'alice');
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      device: { status: 'ACTIVE', deviceType: 'DT_FIDO', friendlyName: 'Passkey', credentialId: passkey.id },
      credential: { status: 'ACTIVE', friendlyName: 'Passkey' },
    });
    expect(await (await signIn(of, 'alice', passkey)).active()).toBe(true);
  });

  test.each([['suspended'], ['revoked'], ['terminated']] as const)(
    '%s: neither challenge nor flow name it, it proves nothing, and what it opened is over',
    async (kind) => {
      const of = await rig.furnish();
      const [passkey, other] = [await steps.enroll('alice', of), await steps.enroll('alice', of)];
      const [byIt, byOther, byPassword] = [
        await signIn(of, 'alice', passkey),
        await signIn(of, 'alice', other),
        await signIn(of, 'alice', null),
      ];
      for (const session of [byIt, byOther, byPassword]) expect(await session.active()).toBe(true);
      const { device } = await act(of, passkey, { kind, reason: 'lost' });
      expect(device.status).toBe(kind.toUpperCase());

      expect(await byIt.active()).toBe(false);
      expect(await byIt.userinfo()).toBe(401);
      expect(await byIt.refresh()).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
      for (const session of [byOther, byPassword]) {
        expect(await session.active()).toBe(true);
        expect((await session.refresh()).status).toBe(200);
      }

      const transaction = await steps.begin(of);
      const asked = await transaction.call('/code', { ...challenge, username: 'alice' });
      expect(asked.body.allowCredentials.map(({ id }: { id: string }) => id)).toEqual([other.id]);
      const signed = await steps.answered(transaction, passkey, { username: 'alice' });
      expect(
        await transaction.call('/code', { ...assertion, username: 'alice', password: signed }),
      ).toMatchObject(refusal(400, 'invalid_grant', 17));
      const events = await eventsOf(of, device.deviceId);
      expect(events.at(-1)).toBe(`passkey.${kind}`);
    },
  );

  test('only a suspended one comes back', async () => {
    const of = await rig.furnish();
    const passkey = await steps.enroll('alice', of);
    await act(of, passkey, { kind: 'suspended' });
    await act(of, passkey, { kind: 'suspended' });
    await act(of, passkey, { kind: 'activated' });
    expect(await (await signIn(of, 'alice', passkey)).active()).toBe(true);
    await act(of, passkey, { kind: 'revoked' });
    await expect(act(of, passkey, { kind: 'activated' })).rejects.toMatchObject({
      code: 'passkey-state-forbids',
    });
    await act(of, passkey, { kind: 'terminated' });
    await expect(act(of, passkey, { kind: 'suspended' })).rejects.toMatchObject({
      code: 'passkey-state-forbids',
    });
    const [{ device } = { device: null }] = await passkeysOf(of, 'alice');
    expect(await eventsOf(of, device?.deviceId ?? '')).toEqual([
      'passkey.suspended',
      'passkey.activated',
      'passkey.revoked',
      'passkey.terminated',
    ]);
  });

  test('disabled by wrong answers, it is let in again when an operator suspends and activates it', async () => {
    const of = await rig.furnish({
      workflow: {
        ...usualWorkflow,
        firstFactors: usualWorkflow.firstFactors.map((factor) =>
          factor.type === 'FIDO' ? { ...factor, disableThreshold: 2, disabledTimeReset: 86_400 } : factor,
        ),
      },
    });
    const username = 'alice';
    const passkey = await steps.enroll(username, of);
    for (const bare of [false, true]) {
      const answer = async (deviation: { signature?: 'wrong' } = {}) => {
        const transaction = await steps.begin(of);
        const signed = await steps.answered(transaction, passkey, { username }, deviation);
        const proof = bare ? signed.response : signed;
        return transaction.call('/code', { ...assertion, username, password: proof });
      };
      for (let count = 0; count < 2; count += 1) {
        expect(await answer({ signature: 'wrong' })).toMatchObject(refusal(400, 'invalid_grant', 17));
      }
      expect(await answer()).toMatchObject(refusal(400, 'invalid_grant', 109));
      await act(of, passkey, { kind: 'suspended' });
      await act(of, passkey, { kind: 'activated' });
      expect((await answer()).status).toBe(200);
    }
  });

  test('it is usable within its validity alone, and cutting it short ends what it opened', async () => {
    const of = await rig.furnish();
    const passkey = await steps.enroll('alice', of);
    const session = await signIn(of, 'alice', passkey);
    const now = rig.ports.clock.now().getTime();
    const limit = (validFrom: Date | null, validUntil: Date | null) =>
      act(of, passkey, { kind: 'limited', validFrom, validUntil });
    const allowed = async () => {
      const asked = await (await steps.begin(of)).call('/code', { ...challenge, username: 'alice' });
      return asked.body.allowCredentials.some(({ id }: { id: string }) => id === passkey.id);
    };
    await limit(new Date(now - 60_000), new Date(now + 3_600_000));
    expect([await session.active(), await allowed()]).toEqual([true, true]);
    // `expires_in`: what is left of it.
    const proving = await steps.begin(of);
    const signed = await steps.answered(proving, passkey, { username: 'alice' });
    const proven = await proving.call('/code', { ...assertion, username: 'alice', password: signed });
    expect(proven.body.expires_in).toBeGreaterThan(3500);
    expect(proven.body.expires_in).toBeLessThanOrEqual(3600);
    await limit(new Date(now + 3_600_000), null);
    expect([await session.active(), await allowed()]).toEqual([false, false]);
    await limit(null, new Date(now - 1000));
    expect(await allowed()).toBe(false);
    await limit(null, null);
    expect(await allowed()).toBe(true);
    await expect(limit(new Date(now), new Date(now))).rejects.toMatchObject({ code: 'input-invalid' });
  });

  test('what it opened ends when its validity does, with the next round of the job', async () => {
    const of = await rig.furnish();
    const [passkey, other] = [await steps.enroll('alice', of), await steps.enroll('alice', of)];
    const [session, untouched] = [await signIn(of, 'alice', passkey), await signIn(of, 'alice', other)];
    const validUntil = new Date(rig.ports.clock.now().getTime() + 60_000);
    await act(of, passkey, { kind: 'limited', validFrom: null, validUntil });
    const round = () => endSessionsOfEndedPasskeys(rig.ports, { tenantId: of.tenantId });
    expect(await round()).toBe(0);
    rig.advance(60_000);
    expect(await round()).toBeGreaterThan(0);
    expect([await session.active(), await untouched.active()]).toEqual([false, true]);
    expect(await round()).toBe(0);
  });

  test('proven and then suspended, it opens neither a code nor an enrollment', async () => {
    const of = await rig.furnish({ workflow: withAction({ protectionFactor: null }) });
    const passkey = await steps.enroll('alice', of).catch(() => null);
    expect(passkey).toBeNull();
    const first = await steps.begin(of);
    await first.call('/code', { ...password, username: 'alice', password: of.passwords['alice'] });
    const made = await enrollIn(first, 'alice');
    expect(made.reply.status).toBe(201);
    const transaction = await steps.begin(of);
    if (made.passkey === null) throw new Error('no passkey');
    const signed = await steps.answered(transaction, made.passkey, { username: 'alice' });
    await transaction.call('/code', { ...assertion, username: 'alice', password: signed });
    await act(of, made.passkey, { kind: 'suspended' });
    expect((await enrollIn(transaction, 'alice')).reply).toMatchObject(refusal(403, 'access_denied'));
    expect(
      await transaction.call('/code', {
        grant_type: 'code_request',
        authType: 'AT_FIDO',
        username: 'alice',
      }),
    ).toMatchObject(refusal(400, 'invalid_grant', 112));
  });

  test('taken from its owner, it is revoked; one that waits may be given to somebody else', async () => {
    const of = await rig.furnish();
    const passkey = await steps.enroll('alice', of);
    const session = await signIn(of, 'alice', passkey);
    expect(await act(of, passkey, { kind: 'unassigned' })).toMatchObject({
      device: { userId: null, status: 'REVOKED' },
    });
    expect(await session.active()).toBe(false);
    await expect(act(of, passkey, { kind: 'assigned', userId: userIdOf(of, 'bob') })).rejects.toMatchObject({
      code: 'passkey-state-forbids',
    });

    const { device, code: first } = await issue(of, 'erin');
    await actOnPasskey(rig.ports, operator, {
      tenantId: of.tenantId,
      deviceId: device.deviceId,
      action: { kind: 'assigned', userId: userIdOf(of, 'bob') },
    });
    // The code was issued to erin.
    for (const username of ['erin', 'bob']) {
      const transaction = await steps.begin(of);
      expect(
        await transaction.call('/enroll/code', { ...code, username, password: first }),
        username,
      ).toMatchObject(refusal(400, 'invalid_grant', 17, 'AT_ENROLLMENT_CODE'));
    }
  });

  test('ending a user’s sessions ends all of them and nobody else’s', async () => {
    const of = await rig.furnish();
    const passkey = await steps.enroll('alice', of);
    const hers = [await signIn(of, 'alice', passkey), await signIn(of, 'alice', null)];
    const his = await signIn(of, 'bob', null);
    await rig.within(of.tenantId, (tables) => endSessions(tables, { userId: userIdOf(of, 'alice') }));
    for (const session of hers) {
      expect(await session.active()).toBe(false);
      expect((await session.refresh()).status).toBe(400);
    }
    expect(await his.active()).toBe(true);
  });

  test('revoked while the code is being made: no token is left', async () => {
    const of = await rig.furnish();
    const passkey = await steps.enroll('alice', of);
    const transaction = await steps.begin(of);
    const signed = await steps.answered(transaction, passkey, { username: 'alice' });
    await transaction.call('/code', { ...assertion, username: 'alice', password: signed });
    const bound = await rig.within(of.tenantId, async (tables) => {
      await setPasskeyStatus(tables, passkey.id, { status: 'REVOKED' });
      return tables.openIdRecords.bindGrant({
        grantId: 'g',
        credentialIds: [passkey.id],
        expiresAt: new Date(Date.now() + 60_000),
      });
    });
    expect(bound).toBe(false);
  });
});

describe('one-time enrollment codes (specification §5.5)', () => {
  test('a user without any authenticator enrolls with one, and fills the device that waits', async () => {
    const of = await rig.furnish();
    const tenantId = of.tenantId;
    const pending = await createPendingPasskey(rig.ports, operator, {
      tenantId,
      userId: userIdOf(of, 'erin'),
      friendlyName: 'Erin’s blue key',
    });
    const transaction = await steps.begin(of);
    // Nothing was proven yet.
    expect((await enrollIn(transaction, 'erin')).reply).toMatchObject(refusal(403, 'access_denied'));
    const issued = await issue(of, 'erin', { deviceId: pending.device.deviceId });
    expect(issued.code).toMatch(/^[A-Z2-7]{5}-[A-Z2-7]{5}$/);
    const flow = await transaction.call('/flow', { username: 'erin' });
    expect(flow.body.enrollActions).toHaveLength(1);
    // As people type it.
    const typed = ` ${issued.code.toLowerCase().replace('-', ' ')}`;
    expect(
      await transaction.call('/enroll/code', { ...code, username: 'erin', password: typed }, { as: 'form' }),
    ).toMatchObject({ status: 200, body: { expires_in: 300 } });
    const { reply, passkey } = await enrollIn(transaction, 'erin');
    expect(reply.status, JSON.stringify(reply.body)).toBe(201);
    expect(await passkeysOf(of, 'erin')).toMatchObject([
      {
        device: {
          deviceId: pending.device.deviceId,
          status: 'ACTIVE',
          friendlyName: 'Erin’s blue key',
          credentialId: passkey?.id,
        },
        credential: { friendlyName: 'Erin’s blue key' },
      },
    ]);
    if (passkey === null) throw new Error('no passkey');
    expect(await (await signIn(of, 'erin', passkey)).active()).toBe(true);
    // One code, one passkey: not another one in the same transaction.
    expect((await enrollIn(transaction, 'erin')).reply).toMatchObject(refusal(403, 'access_denied'));
  });

  test('it is good once, until it expires, until the next one is issued, and for its user alone', async () => {
    const of = await rig.furnish();
    const prove = async (username: string, secret: string) => {
      const transaction = await steps.begin(of);
      return (await transaction.call('/enroll/code', { ...code, username, password: secret })).status;
    };
    const first = await issue(of, 'erin');
    const second = await issue(of, 'erin', { deviceId: first.device.deviceId });
    expect(await prove('erin', first.code)).toBe(400);
    expect(await prove('bob', second.code)).toBe(400);
    expect(await prove('erin', second.code)).toBe(200);
    expect(await prove('erin', second.code)).toBe(400);
    const short = await issue(of, 'erin', { deviceId: first.device.deviceId, lifetimeSeconds: 60 });
    rig.advance(61_000);
    expect(await prove('erin', short.code)).toBe(400);
    const expiresIn = (await issue(of, 'erin')).expiresAt.getTime() - rig.ports.clock.now().getTime();
    expect(Math.round(expiresIn / 3_600_000)).toBe(72);
  });

  test('three wrong tries close the enrollment of a transaction, ten the code', async () => {
    const of = await rig.furnish();
    const { code: right } = await issue(of, 'erin');
    const wrong = right.startsWith('A') ? 'BBBBB-BBBBB' : 'AAAAA-AAAAA';
    const tries = async (number: number) => {
      const transaction = await steps.begin(of);
      for (let count = 0; count < number; count += 1) {
        expect(
          await transaction.call('/enroll/code', { ...code, username: 'erin', password: wrong }),
        ).toMatchObject(refusal(400, 'invalid_grant', 17, 'AT_ENROLLMENT_CODE'));
      }
      return transaction;
    };
    const closed = await tries(3);
    expect(await closed.call('/enroll/code', { ...code, username: 'erin', password: right })).toMatchObject(
      refusal(400, 'invalid_grant', 113, 'AT_ENROLLMENT_CODE'),
    );
    for (const number of [3, 3, 1]) await tries(number);
    const last = await steps.begin(of);
    expect(await last.call('/enroll/code', { ...code, username: 'erin', password: right })).toMatchObject(
      refusal(400, 'invalid_grant', 17, 'AT_ENROLLMENT_CODE'),
    );
  });

  test('it opens the enrollment for 300 seconds, and not at all once its device is revoked', async () => {
    const of = await rig.furnish();
    const proven = async () => {
      const issued = await issue(of, 'erin');
      const transaction = await steps.begin(of);
      await transaction.call('/enroll/code', { ...code, username: 'erin', password: issued.code });
      return { transaction, deviceId: issued.device.deviceId };
    };
    const { transaction, deviceId } = await proven();
    const asked = await transaction.call('/enroll/fido', { ...options, username: 'erin' });
    const { credential } = createPasskey(asked.body.publicKeyCredentialOptions, rig.publicUrl);
    await actOnPasskey(rig.ports, operator, {
      tenantId: of.tenantId,
      deviceId,
      action: { kind: 'revoked' },
    });
    expect(
      await transaction.call('/enroll/fido', { ...register, username: 'erin', credential }),
    ).toMatchObject(refusal(403, 'access_denied'));
    await expect(issue(of, 'erin', { deviceId })).rejects.toMatchObject({ code: 'passkey-state-forbids' });
  });

  test('it signs nobody in', async () => {
    const of = await rig.furnish();
    const { code: secret } = await issue(of, 'erin');
    const transaction = await steps.begin(of);
    expect(await transaction.call('/code', { ...code, username: 'erin', password: secret })).toMatchObject(
      refusal(400, 'invalid_request'),
    );
    await transaction.call('/enroll/code', { ...code, username: 'erin', password: secret });
    expect(
      await transaction.call('/code', {
        grant_type: 'code_request',
        authType: 'AT_FIDO',
        username: 'erin',
      }),
    ).toMatchObject(refusal(400, 'invalid_grant', 112));
  });

  test('a name that nobody has, and a user who has no code, are answered alike', async () => {
    const of = await rig.furnish();
    const replies = await Promise.all(
      ['erin', 'nobody', 'alice', 'dora'].map(async (username) => {
        const transaction = await steps.begin(of);
        const reply = await transaction.call('/enroll/code', { ...code, username, password: 'AAAAA-AAAAA' });
        return { status: reply.status, body: reply.body };
      }),
    );
    expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1);
  });

  test('only who may issue them, for people who are there and not disabled', async () => {
    const of = await rig.furnish();
    const { tenantId } = of;
    const auditor: Actor = { ...operator, role: 'auditor' };
    await expect(
      issueEnrollmentCode(rig.ports, auditor, { tenantId, userId: userIdOf(of, 'erin') }),
    ).rejects.toMatchObject({ code: 'role-forbids' });
    await expect(issue(of, 'dora')).rejects.toMatchObject({ code: 'user-disabled' });
    await expect(
      issueEnrollmentCode(rig.ports, operator, { tenantId, userId: randomUUID() }),
    ).rejects.toMatchObject({ code: 'user-not-found' });
    const { device } = await issue(of, 'erin');
    await expect(issue(of, 'bob', { deviceId: device.deviceId })).rejects.toMatchObject({
      code: 'passkey-not-found',
    });
  });
});

describe('protectionFactor with a pending device (specification §5.1)', () => {
  const pendingFor = (of: Room, username: string, deviceType?: string) =>
    createPendingPasskey(rig.ports, operator, {
      tenantId: of.tenantId,
      userId: userIdOf(of, username),
      ...(deviceType !== undefined && { deviceType }),
    });
  const prove = async (of: Room, username: string) => {
    const transaction = await steps.begin(of);
    await transaction.call('/code', { ...password, username, password: of.passwords[username] });
    return transaction;
  };

  test('alone: a factor of upon was proven and a device of the kind waits, or its code was proven', async () => {
    const workflow = withAction({ protectionFactor: { authType: null, pendingDevice: true } });
    const of = await rig.furnish({ workflow });
    expect((await enrollIn(await prove(of, 'alice'), 'alice')).reply).toMatchObject(
      refusal(403, 'access_denied'),
    );
    await pendingFor(of, 'alice', 'DT_OTHER');
    expect((await enrollIn(await prove(of, 'alice'), 'alice')).reply).toMatchObject(
      refusal(403, 'access_denied'),
    );
    const { device } = await pendingFor(of, 'alice');
    // A device that waits is nobody's proof of who she is.
    expect((await enrollIn(await steps.begin(of), 'alice')).reply).toMatchObject(
      refusal(403, 'access_denied'),
    );
    expect((await enrollIn(await prove(of, 'alice'), 'alice')).reply.status).toBe(201);
    expect(
      (await passkeysOf(of, 'alice')).map(({ device: { deviceId, status } }) => [deviceId, status]),
    ).toEqual([
      [expect.anything(), 'PENDING'],
      [device.deviceId, 'ACTIVE'],
    ]);
    const { code: secret } = await issue(of, 'erin');
    const transaction = await steps.begin(of);
    await transaction.call('/enroll/code', { ...code, username: 'erin', password: secret });
    expect((await enrollIn(transaction, 'erin')).reply.status).toBe(201);
  });

  test('the code itself: a password is not enough', async () => {
    const workflow = withAction({
      protectionFactor: { authType: 'AT_ENROLLMENT_CODE', pendingDevice: true },
    });
    const of = await rig.furnish({ workflow });
    const { code: secret } = await issue(of, 'alice');
    const transaction = await prove(of, 'alice');
    expect((await enrollIn(transaction, 'alice')).reply).toMatchObject(refusal(403, 'access_denied'));
    await transaction.call('/enroll/code', { ...code, username: 'alice', password: secret });
    expect((await enrollIn(transaction, 'alice')).reply.status).toBe(201);
  });

  test('with an authenticator type: both, and the code stands for neither', async () => {
    const workflow = withAction({ protectionFactor: { authType: 'AT_EMPPWD', pendingDevice: true } });
    const of = await rig.furnish({ workflow });
    const protect = async (username: string) => {
      const transaction = await steps.begin(of);
      const secret = of.passwords[username];
      await transaction.call('/enroll/code', { ...password, username, password: secret });
      return transaction;
    };
    expect((await enrollIn(await protect('alice'), 'alice')).reply).toMatchObject(
      refusal(403, 'access_denied'),
    );
    const { code: secret } = await issue(of, 'alice');
    const transaction = await steps.begin(of);
    expect(
      await transaction.call('/enroll/code', { ...code, username: 'alice', password: secret }),
    ).toMatchObject(refusal(400, 'invalid_request'));
    expect((await enrollIn(await protect('alice'), 'alice')).reply.status).toBe(201);
    // Two at once, one device: one passkey.
    await pendingFor(of, 'bob');
    const [one, other] = await Promise.all([protect('bob'), protect('bob')]);
    const statuses = (await Promise.all([enrollIn(one, 'bob'), enrollIn(other, 'bob')])).map(
      ({ reply }) => reply.status,
    );
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
  });
});
