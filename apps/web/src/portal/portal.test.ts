import type { OfferedEnrollAction, OfferedFactor, Theme } from '@keywarden/api';
import { describe, expect, test } from 'vitest';
import { plainCode } from './code-form.tsx';
import { Conversation } from './conversation.ts';
import { faultOf, PortalFailure } from './failure.ts';
import { CeremonyReplaced } from './passkey-failure.ts';
import type { Passkeys } from './passkeys.ts';
import { returnWithCode, returnWithError } from './return-url.ts';
import { SignIn } from './sign-in.ts';
import { labelOf, themeProperties } from './theme.ts';
import { chooseWords } from './words/index.ts';

const factor = (type: OfferedFactor['type'], code: string): OfferedFactor => ({
  factorId: `factor.${code}`,
  type,
  code,
  acr: 'acr',
  retry: 3,
  stepUp: 'notRequired',
  enrollmentRequired: false,
  enrollActions: [],
  accessCriteriaId: 'all',
});
const fido = factor('FIDO', 'AT_FIDO');
const password = factor('LOGIN', 'AT_EMPPWD');
const add: OfferedEnrollAction = {
  enrollId: 'enroll_action.fido',
  type: 'FIDO',
  code: 'AT_FIDO',
  deviceType: 'DT_FIDO',
  attestationVerification: 'direct',
  userVerification: 'required',
  rpId: 'localhost',
  upon: ['factor.AT_EMPPWD'],
  protectionFactor: { authType: 'AT_EMPPWD', pendingDevice: false },
  accessCriteriaId: 'all',
};
const flow = (change = {}) => ({
  accessCriteria: [],
  firstFactors: [fido, password],
  secondFactors: [],
  enrollActions: [],
  ...change,
});
const request = {
  client_name: 'Payroll',
  redirect_uri: 'https://pay.example/callback?a=1',
  response_mode: null,
  state: 'st',
  iss: 'http://localhost/demo',
};
const options = {
  publicKeyCredentialOptions: {
    rp: { id: 'localhost', name: 'Demo' },
    user: { id: 'AA', name: 'alice', displayName: 'Alice' },
    challenge: 'AA',
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    excludeCredentials: [],
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    attestation: 'direct',
  },
};
const challenge = { challenge: 'AA', rpId: 'localhost', userVerification: 'required', allowCredentials: [] };
const refused = (error: string, more = {}) => ({
  status: 400,
  body: { error, error_description: error, ...more },
});

interface Sent {
  readonly path: string;
  readonly token: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}
type Reply = { readonly status?: number; readonly body: unknown } | 'lost';

/** A fake authentication service: answers by door and grant, and sets a new token with each answer. */
function service(answers: Readonly<Record<string, Reply | readonly Reply[]>>) {
  const sent: Sent[] = [];
  const left = new Map(
    Object.entries(answers).map(([name, reply]) => [name, Array.isArray(reply) ? [...reply] : [reply]]),
  );
  const memory = new Map<string, string>();
  const fake: typeof fetch = async (url, init) => {
    const path = String(url).replace('/demo/authn', '').replace(/\?.*/, '');
    const headers = new Headers(init?.headers);
    const body = init?.body === undefined ? {} : JSON.parse(String(init.body));
    sent.push({ path, token: headers.get('server-csrf-token'), body });
    const name = [path, body.grant_type ?? body.enroll_step].filter(Boolean).join(' ');
    const replies = left.get(name) ?? [];
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    if (reply === undefined) throw new Error(`nothing to answer to ${name}`);
    if (reply === 'lost') throw new TypeError('lost');
    return new Response(reply.body === null ? null : JSON.stringify(reply.body), {
      status: reply.status ?? 200,
      headers: { 'server-csrf-token': `token-${sent.length}` },
    });
  };
  const conversation = new Conversation(
    { base: '/demo/authn', requestUri: 'urn:r' },
    {
      fetch: fake,
      memory: {
        getItem: (key) => memory.get(key) ?? null,
        setItem: (key, value) => void memory.set(key, value),
        removeItem: (key) => void memory.delete(key),
      },
      wait: async () => {},
    },
  );
  return { conversation, sent, memory };
}

const usual = {
  '/request': { body: request },
  '/theme': { status: 404, body: {} },
  '/flow': { body: flow({ enrollActions: [add] }) },
  '/code fido_challenge': { body: challenge },
  '/code password': { body: { expires_in: 60 } },
  '/code code_request': { body: { code: 'c0de', state: 'st', iss: request.iss } },
  '/enroll/code password': { body: { expires_in: 60 } },
  '/enroll/fido getcredentialoptions': { body: options },
  '/enroll/fido registercredential': { status: 201, body: null },
  '/consent': { body: {} },
};

async function signIn(answers = {}, change: Partial<Passkeys> = {}) {
  const { conversation, sent, memory } = service({ ...usual, ...answers });
  const left: string[] = [];
  const page = new SignIn({
    conversation,
    themeId: null,
    passkeys: {
      support: 'yes',
      inField: async () => false,
      ask: async () => ({ id: 'AA' }),
      make: async () => ({ id: 'BB' }),
      stopAsking: () => {},
      ...change,
    },
    language: () => 'en',
    now: () => 1_000_000,
    leave: (url) => left.push(url),
  });
  await page.start();
  return { page, sent, left, memory, screen: () => page.snapshot().screen.name };
}

describe('a conversation', () => {
  test('brings the newest token with every call, takes turns, and forgets it when the code is out', async () => {
    const { conversation, sent, memory } = service(usual);
    await Promise.all([conversation.describe(), conversation.flow('alice'), conversation.flow('alice')]);
    expect(sent.map((call) => call.token)).toEqual([null, 'token-1', 'token-2']);
    expect(memory.size).toBe(1);
    conversation.forget();
    expect(memory.size).toBe(0);
  });

  test('asks the very same again when the answer was lost', async () => {
    const { conversation, sent } = service({ '/request': ['lost', 'lost', { body: request }] });
    await conversation.describe();
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map((call) => JSON.stringify(call))).size).toBe(1);
  });

  test('an answer that it does not understand is a failure of the server', async () => {
    const { conversation } = service({ '/request': { body: { redirect_uri: 7 } } });
    await expect(conversation.describe()).rejects.toMatchObject({ fault: 'server-failed' });
  });
});

describe('signing in', () => {
  test('username, password, not now, and back to the application with the code', async () => {
    const { page, sent, left, screen, memory } = await signIn();
    expect(screen()).toBe('username');
    await page.giveUsername('alice');
    expect(screen()).toBe('factors');
    page.choosePassword();
    await page.givePassword('secret');
    expect(screen()).toBe('offer');
    await page.adding.decline();
    expect(left).toEqual([
      'https://pay.example/callback?a=1&code=c0de&state=st&iss=http%3A%2F%2Flocalhost%2Fdemo',
    ]);
    expect(sent.find((call) => call.body['grant_type'] === 'password')?.body).toMatchObject({
      authType: 'AT_EMPPWD',
      username: 'alice',
      password: 'secret',
    });
    expect(memory.size).toBe(0);
  });

  test('with a passkey alone no username is sent, nor asked for', async () => {
    const { page, sent, left } = await signIn();
    await page.signInWithPasskey();
    expect(left).toHaveLength(1);
    expect(sent.every((call) => !('username' in call.body))).toBe(true);
  });

  test('only a password: its page comes at once, and nothing of passkeys is shown', async () => {
    const { page, screen } = await signIn({}, { support: 'missing' });
    await page.giveUsername('alice');
    expect(screen()).toBe('password');
    expect(page.snapshot()).toMatchObject({ passkey: null, add: null, unusable: 'passkey-browser' });
    const insecure = await signIn({}, { support: 'insecure' });
    await insecure.page.giveUsername('alice');
    expect(insecure.page.snapshot()).toMatchObject({ add: null, unusable: 'passkey-insecure' });
  });

  test('a wrong password is told on its page; too many end the sign-in', async () => {
    const wrong = refused('invalid_grant', { hid_failure: { reason: 17, authType: 'AT_EMPPWD' } });
    const over = refused('invalid_grant', { hid_failure: { reason: 113 } });
    const { page, screen } = await signIn({ '/code password': [wrong, over] });
    await page.giveUsername('alice');
    page.choosePassword();
    await page.givePassword('x');
    expect(page.snapshot()).toMatchObject({ screen: { name: 'password' }, fault: 'password-wrong' });
    await page.givePassword('x');
    expect(screen()).toBe('over');
  });

  test('what the browser refuses is told; what we ended ourselves is not', async () => {
    const cancelled = new PortalFailure('passkey-cancelled');
    const refuse = { ask: () => Promise.reject(cancelled) };
    const told = await signIn({}, refuse);
    await told.page.signInWithPasskey();
    expect(told.page.snapshot()).toMatchObject({ fault: 'passkey-cancelled', busy: false, asking: false });
    const ours = await signIn({}, { ask: () => Promise.reject(new CeremonyReplaced('ours')) });
    await ours.page.signInWithPasskey();
    expect(ours.page.snapshot().fault).toBeNull();
  });

  test('a second factor is asked for where the service wants one', async () => {
    const stepUp = refused('step_up_required', { secondFactors: [fido] });
    const { page, left } = await signIn({
      '/flow': { body: flow({ firstFactors: [password] }) },
      '/code password': [stepUp, { body: { expires_in: 60 } }],
    });
    await page.giveUsername('alice');
    await page.givePassword('secret');
    expect(page.snapshot().screen).toEqual({ name: 'factors', second: true });
    await page.signInWithPasskey();
    expect(left).toHaveLength(1);
  });

  test('a temporary password is replaced before anything else, and told why where the new one will not do', async () => {
    const required = refused('step_up_required', {
      secondFactors: [{ ...password, factorId: 'factor.new_password', code: 'AT_NEW_PASSWORD' }],
      newPassword: { minimumLength: 12 },
    });
    const rejected = (reason: string) =>
      refused('invalid_grant', {
        hid_failure: { reason: 116 },
        newPassword: { minimumLength: 12, reason },
      });
    const { page, sent, left, screen } = await signIn({
      '/code password': [
        required,
        rejected('too-short'),
        rejected('same-as-before'),
        { body: { expires_in: 60 } },
      ],
    });
    await page.giveUsername('alice');
    page.choosePassword();
    await page.givePassword('temporary');
    expect(page.snapshot().screen).toEqual({
      name: 'new-password',
      minimumLength: 12,
    });
    await page.giveNewPassword('short');
    expect(page.snapshot()).toMatchObject({ screen: { name: 'new-password' }, fault: 'password-too-short' });
    await page.giveNewPassword('temporary');
    expect(page.snapshot().fault).toBe('password-same');
    await page.giveNewPassword('a kettle of fish');
    expect(sent.at(-1)?.body).toMatchObject({
      grant_type: 'password',
      authType: 'AT_NEW_PASSWORD',
      username: 'alice',
      password: 'a kettle of fish',
    });
    // As after any password.
    expect(screen()).toBe('offer');
    await page.adding.decline();
    expect(left).toHaveLength(1);
  });

  test('an application that asks for a way that she does not have gets that for an answer', async () => {
    const unmet = refused('unmet_authentication_requirements');
    const { page, left } = await signIn({ '/code password': unmet });
    await page.giveUsername('alice');
    page.choosePassword();
    await page.givePassword('secret');
    expect(page.snapshot().screen).toEqual({ name: 'over', fault: 'way-not-enough' });
    page.deny();
    expect(left[0]).toContain('error=unmet_authentication_requirements');
  });

  test('consent is asked for, signed scope by scope, or denied towards the application', async () => {
    const sharings = [
      { scope: 'openid', description: 'Know who you are', status: 'unknown' },
      { scope: 'email', description: 'See your e-mail address', status: 'unknown' },
    ];
    const answers = {
      '/flow': { body: flow() },
      '/code password': refused('consent_required', { sharings }),
    };
    const { page, sent, left, screen } = await signIn(answers);
    await page.giveUsername('alice');
    page.choosePassword();
    await page.givePassword('secret');
    expect(screen()).toBe('consent');
    await page.decide(['openid']);
    expect(sent.find((call) => call.path === '/consent')?.body['sharings']).toEqual([
      { scope: 'openid', status: 'accepted', exp: -1 },
      { scope: 'email', status: 'rejected', exp: -1 },
    ]);
    expect(left).toHaveLength(1);
    const other = await signIn(answers);
    other.page.deny();
    expect(other.left[0]).toContain('error=access_denied');
  });
});

describe('adding a passkey', () => {
  test('is offered exactly when the flow offers it', async () => {
    const with_ = await signIn();
    await with_.page.giveUsername('alice');
    expect(with_.page.snapshot().add?.enrollId).toBe('enroll_action.fido');
    const without = await signIn({ '/flow': { body: flow() } });
    await without.page.giveUsername('alice');
    expect(without.page.snapshot().add).toBeNull();
  });

  test('the password is proven first, then it is made, registered, and used to sign in', async () => {
    const { page, sent, left, screen } = await signIn();
    await page.giveUsername('alice');
    await page.adding.begin();
    expect(screen()).toBe('protect');
    await page.adding.proveProtection('secret');
    expect(page.snapshot()).toMatchObject({ screen: { name: 'make' }, bound: true });
    await page.adding.make();
    expect(screen()).toBe('added');
    await page.adding.goOn();
    expect(left).toHaveLength(1);
    const calls = sent.filter((call) => call.path !== '/theme');
    expect(calls.map(({ path, body }) => [path, body['enroll_step'] ?? body['grant_type']])).toEqual([
      ['/request', undefined],
      ['/flow', undefined],
      ['/flow', undefined],
      ['/enroll/code', 'password'],
      ['/enroll/fido', 'getcredentialoptions'],
      ['/enroll/fido', 'registercredential'],
      ['/code', 'fido_challenge'],
      ['/code', 'password'],
      ['/code', 'code_request'],
    ]);
  });

  test('after signing in with the password nothing is proven twice', async () => {
    const { page, sent, screen } = await signIn();
    await page.giveUsername('alice');
    page.choosePassword();
    await page.givePassword('secret');
    await page.adding.begin();
    expect(screen()).toBe('make');
    expect(sent.some((call) => call.path === '/enroll/code')).toBe(false);
  });

  test('a challenge that failed is not used again', async () => {
    let tries = 0;
    const make = async () => {
      tries += 1;
      if (tries === 1) throw new PortalFailure('passkey-cancelled');
      return { id: 'BB' };
    };
    const { page, sent, screen } = await signIn({}, { make });
    await page.giveUsername('alice');
    await page.adding.begin();
    await page.adding.proveProtection('secret');
    await page.adding.make();
    expect(page.snapshot()).toMatchObject({ screen: { name: 'make' }, fault: 'passkey-cancelled' });
    await page.adding.make();
    expect(screen()).toBe('added');
    expect(sent.filter((call) => call.body['enroll_step'] === 'getcredentialoptions')).toHaveLength(2);
  });
});

describe('one-time codes', () => {
  const app = { ...factor('OTP', 'AT_TOTP'), method: 'totp' as const };
  const mail = { ...factor('OTP', 'AT_EMAILOTP'), method: 'email' as const };
  const answers = {
    '/flow': { body: flow({ firstFactors: [password, app, mail] }) },
    '/code otp_challenge': { body: { expires_in: 300, digits: 6 } },
  };

  test('one of the app is asked for at once, one by mail is sent first and may be sent again', async () => {
    const { page, sent, left, screen } = await signIn(answers);
    await page.giveUsername('alice');
    expect(screen()).toBe('factors');
    await page.chooseCode(app);
    expect(page.snapshot().screen).toMatchObject({ name: 'code', resendAt: null });
    page.backToFactors();
    await page.chooseCode(mail);
    expect(page.snapshot().screen).toMatchObject({ name: 'code', resendAt: 1_030_000 });
    await page.sendCodeAgain();
    expect(sent.filter((call) => call.body['grant_type'] === 'otp_challenge')).toHaveLength(2);
    await page.giveCode('123456');
    expect(left).toHaveLength(1);
    expect(sent.find((call) => call.body['grant_type'] === 'password')?.body).toMatchObject({
      authType: 'AT_EMAILOTP',
      password: '123456',
    });
  });

  test('a wrong one is told as such', async () => {
    const wrong = refused('invalid_grant', { hid_failure: { reason: 17, authType: 'AT_TOTP' } });
    const { page } = await signIn({ ...answers, '/code password': wrong });
    await page.giveUsername('alice');
    await page.chooseCode(app);
    await page.giveCode('000000');
    expect(page.snapshot()).toMatchObject({ screen: { name: 'code' }, fault: 'code-wrong' });
  });

  test('as the only second factor its page comes at once; a mail is not sent before she asks for it', async () => {
    const first = { '/flow': { body: flow({ firstFactors: [password] }) } };
    const stepUp = (factors: unknown) => ({
      ...first,
      '/code password': refused('step_up_required', { secondFactors: factors }),
    });
    const byApp = await signIn(stepUp([app]));
    await byApp.page.giveUsername('alice');
    await byApp.page.givePassword('secret');
    expect(byApp.page.snapshot().screen).toMatchObject({ name: 'code', second: true });
    const byMail = await signIn(stepUp([mail]));
    await byMail.page.giveUsername('alice');
    await byMail.page.givePassword('secret');
    expect(byMail.page.snapshot().screen).toEqual({ name: 'factors', second: true });
    expect(byMail.sent.some((call) => call.body['grant_type'] === 'otp_challenge')).toBe(false);
  });

  test('copied with spaces and hyphens they are the same', () => {
    expect(plainCode(' 123 456\n')).toBe('123456');
    expect(plainCode('ABCD\u2013EFGH-JK')).toBe('ABCDEFGHJK');
  });
});

describe('an enrollment that an operator prepared', () => {
  const waiting = { ...add, protectionFactor: { pendingDevice: true } };
  const answers = {
    '/flow': { body: flow({ enrollActions: [waiting] }) },
    '/enroll/code password': { body: { expires_in: 300 } },
  };

  test('asks for the code, then makes the passkey, and is not offered to who does not ask', async () => {
    const { page, sent, screen } = await signIn(answers);
    await page.giveUsername('alice');
    await page.adding.begin();
    expect(screen()).toBe('enrollment-code');
    await page.adding.giveEnrollmentCode('ABCD1234');
    expect(screen()).toBe('make');
    await page.adding.make();
    expect(screen()).toBe('added');
    expect(sent.find((call) => call.path === '/enroll/code')?.body).toMatchObject({
      authType: 'AT_ENROLLMENT_CODE',
      password: 'ABCD1234',
    });
    const other = await signIn(answers);
    await other.page.giveUsername('alice');
    other.page.choosePassword();
    await other.page.givePassword('secret');
    expect(other.left).toHaveLength(1);
  });

  test('opens an enrollment that a password would protect, where she has no password', async () => {
    const { page, screen } = await signIn();
    await page.giveUsername('alice');
    await page.adding.begin();
    expect(screen()).toBe('protect');
    page.adding.takeEnrollmentCode();
    await page.adding.giveEnrollmentCode('ABCD1234');
    expect(screen()).toBe('make');
  });

  test('with a password demanded beside it, the password is asked for', async () => {
    const both = { ...add, protectionFactor: { authType: 'AT_EMPPWD', pendingDevice: true } };
    const { page, screen } = await signIn({ ...answers, '/flow': { body: flow({ enrollActions: [both] }) } });
    await page.giveUsername('alice');
    await page.adding.begin();
    expect(screen()).toBe('protect');
    await page.adding.proveProtection('secret');
    expect(screen()).toBe('make');
  });
});

describe('a theme', () => {
  const colors = {
    accent: '#112233',
    onAccent: '#ffffff',
    background: '#eeeeee',
    onBackground: '#000000',
    surface: '#ffffff',
    text: '#000000',
    link: '#112233',
  };
  const theme: Theme = {
    theme_id: 'default',
    version: 1,
    name: 'Demo',
    language: 'de',
    languages: ['de'],
    logo: null,
    logo_dark: null,
    background_image: '/x/a".png',
    colors: { light: colors, dark: { ...colors, accent: '#445566' } },
    labels: { 'portal.title': 'Willkommen' },
    scopes: {},
  };

  test('gives every colour for both schemes, and an address that can not end its own quotes', () => {
    const properties = new Map(themeProperties(theme));
    expect(properties.get('--accent')).toBe('light-dark(#112233, #445566)');
    expect(properties.get('--background-image')).toBe('url("/x/a%22.png")');
    expect(properties.size).toBe(10);
  });

  test('has its words where they are in the language of the page', () => {
    expect(labelOf(theme, 'portal.title', 'de')).toBe('Willkommen');
    expect(labelOf(theme, 'portal.title', 'en')).toBeNull();
    expect(labelOf(theme, 'portal.help', 'de')).toBeNull();
  });
});

describe('without a request', () => {
  test('the page says how to begin', async () => {
    const page = new SignIn({
      conversation: null,
      themeId: null,
      passkeys: {
        support: 'yes',
        inField: async () => false,
        ask: async () => null,
        make: async () => null,
        stopAsking: () => {},
      },
      language: () => 'en',
      now: () => 0,
      leave: () => {},
    });
    await page.start();
    expect(page.snapshot().screen).toEqual({ name: 'over', fault: 'request-missing' });
  });
});

describe('where the browser goes', () => {
  const issued = { code: 'c', state: 's', iss: 'i' };
  test('query or fragment, as the request said; what was there stays', () => {
    expect(returnWithCode(request, issued)).toBe('https://pay.example/callback?a=1&code=c&state=s&iss=i');
    expect(returnWithCode({ ...request, response_mode: 'fragment' }, issued)).toBe(
      'https://pay.example/callback?a=1#code=c&state=s&iss=i',
    );
    expect(returnWithError({ ...request, redirect_uri: 'app.example:/cb' }, 'access_denied')).toBe(
      'app.example:/cb?error=access_denied&state=st&iss=http%3A%2F%2Flocalhost%2Fdemo',
    );
  });
  test.each(['javascript:alert(1)', 'data:text/html,x', 'blob:https://x/1'])('never %s', (redirect_uri) => {
    expect(() => returnWithCode({ ...request, redirect_uri }, issued)).toThrow();
  });
});

describe('words', () => {
  test('follow the first language that we speak', async () => {
    expect((await chooseWords(['it', 'de-AT', 'en'])).language).toBe('de');
    expect((await chooseWords(['fr-CA'])).words.signIn).toBe('Se connecter');
    expect((await chooseWords(['es'])).language).toBe('es');
    expect((await chooseWords(['it', 'constructor'])).language).toBe('en');
  });
  test.each([
    [{ error: 'invalid_grant', hid_failure: { reason: 17 } }, 'password', 'password-wrong'],
    [{ error: 'invalid_grant', hid_failure: { reason: 17 } }, 'passkey', 'passkey-refused'],
    [{ error: 'invalid_grant', hid_failure: { reason: 107 } }, 'new-passkey', 'passkey-not-allowed'],
    [{ error: 'invalid_grant', hid_failure: { reason: 108 } }, 'new-passkey', 'passkey-known'],
    [{ error: 'invalid_grant', hid_failure: { reason: 101 } }, 'passkey', 'passkey-timed-out'],
    [{ error: 'invalid_grant', hid_failure: { reason: 999 } }, 'new-passkey', 'passkey-not-allowed'],
    [{ error: 'access_denied' }, 'new-passkey', 'passkey-not-allowed'],
    [{ error: 'invalid_grant', hid_failure: { reason: 17 } }, 'code', 'code-wrong'],
    [{ error: 'invalid_grant' }, 'enrollment-code', 'enrollment-code-wrong'],
    [{ error: 'access_denied' }, null, 'not-permitted'],
    [{ error: 'invalid_request' }, null, 'request-over'],
    [{ error: 'server_error' }, null, 'server-failed'],
  ] as const)('%j after a %s: %s', (error, proving, fault) => {
    expect(faultOf(error, proving)).toBe(fault);
  });
});
