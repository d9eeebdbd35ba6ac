import { type RelyingClient, relyingClient } from '@keywarden/cli/road';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityFaults } from '../src/accessibility.ts';
import { addAuthenticator, openAnonymousWindow, startBrowser, type Window } from '../src/browser.ts';
import { type DemoStack, startDemoStack } from '../src/demo-stack.ts';
import { PortalPage } from '../src/pages/portal-page.ts';
import { PlainPage } from '../src/plain-page.ts';
import { takePicture } from '../src/screenshot.ts';

let stack: DemoStack;
let browser: Browser;
let client: RelyingClient;
beforeAll(async () => {
  [stack, browser] = await Promise.all([startDemoStack(), startBrowser()]);
  client = await relyingClient(stack.issuer, stack.file.client);
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

const passwordOf = (username: string) => stack.file.users[username]?.password ?? '';

describe("Chromium's own WebAuthn through a plain page that calls the endpoints", () => {
  let window: Window;
  let page: PlainPage;
  beforeAll(async () => {
    window = await openAnonymousWindow(browser);
    await addAuthenticator(window);
    page = await PlainPage.open(window.page, stack.file);
  });
  afterAll(() => window?.close());

  async function transaction() {
    await page.forgetTransaction();
    const pushed = await client.push();
    const common = { request_uri: pushed.requestUri, username: 'bob' };
    return { pushed, common };
  }

  it('an enrollment without a proven protection factor is refused', async () => {
    const { common } = await transaction();
    const members = { ...common, enroll_step: 'getcredentialoptions', authType: 'AT_FIDO' };
    expect(await page.post('/enroll/fido', members)).toMatchObject({
      status: 403,
      body: { error: 'access_denied' },
    });
  });

  it('a wrong password proves nothing', async () => {
    const { common } = await transaction();
    const proof = { ...common, grant_type: 'password', authType: 'AT_EMPPWD', password: 'wrong' };
    expect(await page.post('/enroll/code', proof, 'form')).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    const members = { ...common, enroll_step: 'getcredentialoptions', authType: 'AT_FIDO' };
    expect(await page.post('/enroll/fido', members)).toMatchObject({ status: 403 });
  });

  it('enrolls after the password was proven in the same transaction, once', async () => {
    const { common } = await transaction();
    const proof = { ...common, grant_type: 'password', authType: 'AT_EMPPWD', password: passwordOf('bob') };
    expect(await page.post('/enroll/code', proof, 'form')).toMatchObject({
      status: 200,
      body: { expires_in: expect.any(Number) },
    });
    const step = (enroll_step: string, more = {}) =>
      page.post('/enroll/fido', { ...common, authType: 'AT_FIDO', enroll_step, ...more });
    const offered = await step('getcredentialoptions');
    expect(offered).toMatchObject({
      status: 200,
      body: { publicKeyCredentialOptions: { rp: { id: 'localhost' }, user: { name: 'bob' } } },
    });
    const credential = await page.create(offered.body['publicKeyCredentialOptions']);
    expect((await step('registercredential', { credential })).status).toBe(201);
    // A lost answer is asked for again.
    expect((await step('registercredential', { credential })).status).toBe(201);
    expect((await stack.management.assignment('bob')).keys).toHaveLength(1);
  });

  it('signs in with what it enrolled, and the ID token verifies', async () => {
    const { pushed, common } = await transaction();
    const code = (members: object) => page.post('/code', { ...common, authType: 'AT_FIDO', ...members });
    const challenge = await code({ grant_type: 'fido_challenge' });
    expect(challenge).toMatchObject({ status: 200, body: { rpId: 'localhost', allowCredentials: [{}] } });
    const assertion = await page.get(challenge.body);
    expect(await code({ grant_type: 'password', password: assertion })).toMatchObject({ status: 200 });
    const granted = await code({ grant_type: 'code_request' });
    expect(granted).toMatchObject({ status: 200, body: { code: expect.any(String), iss: stack.issuer } });
    const callback = new URL(stack.file.client.redirectUri);
    for (const [name, value] of Object.entries(granted.body)) callback.searchParams.set(name, String(value));
    const { claims } = await client.redeem(pushed, callback);
    expect(claims).toMatchObject({ iss: stack.issuer, aud: stack.file.client.id, nonce: pushed.nonce });
    await expect(client.redeem(pushed, callback)).rejects.toMatchObject({ code: 'sign-in-refused' });
  });

  it('a key that keeps no passkeys signs in whoever says her name: it shows no user handle', async () => {
    const elsewhere = await openAnonymousWindow(browser);
    await addAuthenticator(elsewhere, { keepsPasskeys: false });
    const plain = await PlainPage.open(elsewhere.page, stack.file);
    const begin = async () => {
      await plain.forgetTransaction();
      return { request_uri: (await client.push()).requestUri, username: 'bob', authType: 'AT_FIDO' };
    };
    const enrollment = await begin();
    const proof = { ...enrollment, grant_type: 'password', authType: 'AT_EMPPWD' };
    await plain.post('/enroll/code', { ...proof, password: passwordOf('bob') });
    const step = (enroll_step: string, more = {}) =>
      plain.post('/enroll/fido', { ...enrollment, enroll_step, ...more });
    const offered = await step('getcredentialoptions');
    const credential = await plain.create(offered.body['publicKeyCredentialOptions']);
    expect((await step('registercredential', { credential })).status).toBe(201);

    const signIn = await begin();
    const challenge = await plain.post('/code', { ...signIn, grant_type: 'fido_challenge' });
    const assertion = await plain.get(challenge.body);
    expect((assertion as { response: { userHandle?: string } }).response.userHandle ?? '').toBe('');
    const proven = await plain.post('/code', { ...signIn, grant_type: 'password', password: assertion });
    expect(proven, JSON.stringify(proven.body)).toMatchObject({ status: 200 });
    await elsewhere.close();
  });

  it('an assertion over another challenge is refused with reason 17', async () => {
    const { common } = await transaction();
    const code = (members: object) => page.post('/code', { ...common, authType: 'AT_FIDO', ...members });
    const challenge = await code({ grant_type: 'fido_challenge' });
    const assertion = await page.get({ ...challenge.body, challenge: 'A'.repeat(43) });
    expect(await code({ grant_type: 'password', password: assertion })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', hid_failure: { authType: 'AT_FIDO' } },
    });
    expect(await code({ grant_type: 'code_request' })).toMatchObject({ status: 400 });
  });
});

describe('the portal', () => {
  let window: Window;
  let portal: PortalPage;
  beforeAll(async () => {
    window = await openAnonymousWindow(browser);
    await addAuthenticator(window);
    portal = new PortalPage(window.page);
  });
  afterAll(async () => {
    await takePicture(window.page, 'portal-last');
    expect(window.faults).toEqual([]);
    await window.close();
  });
  const redirectUri = () => stack.file.client.redirectUri;

  it('a wrong password is told without saying whether the user exists', async () => {
    for (const username of ['carol', 'nobody']) {
      const pushed = await client.push();
      await portal.open(pushed.authorizationUrl);
      await portal.continueAs(username);
      await portal.press('Use your password');
      await portal.enterPassword('wrong', 'Sign in');
      await portal.alert().getByText('The username or password is not right.').waitFor();
    }
  });

  it('carol adds a passkey after she proved her password, and it signs her in', async () => {
    const pushed = await client.push();
    await portal.open(pushed.authorizationUrl);
    await portal.continueAs('carol');
    await portal.press('Add a passkey');
    await portal.enterPassword(passwordOf('carol'), 'Continue');
    await portal.press('Create passkey');
    await portal.heading('Passkey added').waitFor();
    await takePicture(window.page, 'portal-added');
    await portal.press('Continue');
    const callback = await portal.backAtApplication(redirectUri());
    expect(callback.searchParams.get('state')).toBe(pushed.state);
    const { claims } = await client.redeem(pushed, callback);
    expect(claims).toMatchObject({ iss: stack.issuer, nonce: pushed.nonce });
    expect((await stack.management.assignment('carol')).keys).toHaveLength(1);
  });

  it('carol signs in with it in a new transaction, as the same person', async () => {
    const pushed = await client.push();
    await portal.open(pushed.authorizationUrl);
    await portal.continueAs('carol');
    await takePicture(window.page, 'portal-factors');
    await portal.press('Sign in with a passkey');
    const callback = await portal.backAtApplication(redirectUri());
    const { claims } = await client.redeem(pushed, callback);
    const { user } = await stack.management.assignment('carol');
    expect(claims.sub).toBe(user.reference);
  });

  it('alice signs in with her password and is told nothing of passkeys that are not hers', async () => {
    const pushed = await client.push();
    await portal.open(pushed.authorizationUrl);
    await portal.continueAs('alice');
    await portal.press('Use your password');
    await portal.enterPassword(passwordOf('alice'), 'Sign in');
    await portal.press('Not now');
    const callback = await portal.backAtApplication(redirectUri());
    await client.redeem(pushed, callback);
  });

  it.each(['light', 'dark'] as const)('has no accessibility fault in %s', async (colorScheme) => {
    const themed = await openAnonymousWindow(browser, { colorScheme });
    const pushed = await client.push();
    const page = new PortalPage(themed.page);
    await page.open(pushed.authorizationUrl);
    const check = async (name: string) => {
      await takePicture(themed.page, `portal-${name}-${colorScheme}`);
      expect(await accessibilityFaults(themed.page)).toEqual([]);
    };
    await check('username');
    await page.continueAs('carol');
    await page.heading('Sign in').waitFor();
    await check('factors');
    await themed.close();
  });

  it('fits into 320 pixels without scrolling sideways', async () => {
    const narrow = await openAnonymousWindow(browser, { viewport: { width: 320, height: 568 } });
    const pushed = await client.push();
    await new PortalPage(narrow.page).open(pushed.authorizationUrl);
    await takePicture(narrow.page, 'portal-320');
    expect(await narrow.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
    await narrow.close();
  });
});
