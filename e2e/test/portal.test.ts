import { cpus, loadavg } from 'node:os';
import { type RelyingClient, relyingClient } from '@keywarden/cli/road';
import { Secret, TOTP } from 'otpauth';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  addAuthenticator,
  insecureHost,
  openAnonymousWindow,
  startBrowser,
  type Window,
} from '../src/browser.ts';
import { anotherCeremony, shortenMinutes } from '../src/ceremonies.ts';
import { choosePlace, type DemoStack, startDemoStack } from '../src/demo-stack.ts';
import { fakeRefusal } from '../src/fake-credentials.ts';
import { lookAt } from '../src/look.ts';
import { type Mailbox, openMailbox } from '../src/mailbox.ts';
import { AccountPage } from '../src/pages/account-page.ts';
import { PortalPage } from '../src/pages/portal-page.ts';
import { takePicture } from '../src/screenshot.ts';

let stack: DemoStack;
let browser: Browser;
let client: RelyingClient;
let mailbox: Mailbox;
beforeAll(async () => {
  mailbox = await openMailbox();
  const place = await choosePlace();
  const environment = {
    ...place.environment,
    KEYWARDEN_SMTP_URL: mailbox.url,
    KEYWARDEN_MAIL_FROM: 'Keywarden <keywarden@demo.example>',
  };
  [stack, browser] = await Promise.all([
    startDemoStack({ virtualKeys: 4, settings: { ...place, environment } }),
    startBrowser(),
  ]);
  client = await relyingClient(stack.issuer, stack.file.client);
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  await mailbox?.close();
});

const passwordOf = (username: string) => stack.file.users[username]?.password ?? '';
const redirectUri = () => stack.file.client.redirectUri;

/** As an operator's page: what the console does. */
async function management(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${stack.baseUrl}/${stack.file.tenant}/api/v1${path}`, {
    method,
    headers: { cookie: stack.management.cookie, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return text === '' ? {} : JSON.parse(text);
}

/** Milliseconds from the navigation on. */
function largestContentfulPaint(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => resolve(list.getEntries().at(-1)?.startTime ?? 0)).observe({
          type: 'largest-contentful-paint',
          buffered: true,
        });
      }),
  );
}

function documentLanguage(page: Page): Promise<{ lang: string; dir: string }> {
  return page.evaluate(() => ({ lang: document.documentElement.lang, dir: document.documentElement.dir }));
}

describe('the first page', () => {
  it('paints its largest part within a second', async ({ skip }) => {
    const times: number[] = [];
    // Whatever else this machine does at the moment slows single loads down: one of ten is not in its way.
    while (times.length < 10 && !times.some((time) => time < 1000)) {
      const window = await openAnonymousWindow(browser);
      const pushed = await client.push();
      await new PortalPage(window.page).open(pushed.authorizationUrl);
      times.push(await largestContentfulPaint(window.page));
      await window.close();
    }
    const best = Math.min(...times);
    const waiting = loadavg()[0] ?? 0;
    skip(
      best >= 1000 && waiting > 2 * cpus().length,
      `this machine is too busy to tell: ${waiting.toFixed(1)} processes at once on ${cpus().length} processors`,
    );
    expect(best, times.join(', ')).toBeLessThan(1000);
    expect(best).toBeGreaterThan(0);
  });

  it.each([
    ['de-AT', 'de', 'Bei Demo application anmelden', 'Weiter'],
    ['fr-FR', 'fr', 'Se connecter à Demo application', 'Continuer'],
    ['es-MX', 'es', 'Iniciar sesión en Demo application', 'Continuar'],
    ['it-IT', 'en', 'Sign in to Demo application', 'Continue'],
  ])('speaks the language of a browser set to %s', async (locale, language, title, button) => {
    const window = await openAnonymousWindow(browser, { locale });
    const pushed = await client.push();
    await window.page.goto(pushed.authorizationUrl.href);
    await new PortalPage(window.page).heading(title).waitFor();
    await window.page.getByRole('button', { name: button, exact: true }).waitFor();
    const { lang, dir } = await documentLanguage(window.page);
    expect({ lang, dir }).toEqual({ lang: language, dir: 'ltr' });
    await lookAt(window.page, `portal-first-${language}`);
    expect(window.faults).toEqual([]);
    await window.close();
  });

  it('speaks as the application asks, and as she chooses from then on, on her account page too', async () => {
    const window = await openAnonymousWindow(browser, { locale: 'de-DE' });
    const { page } = window;
    const portal = new PortalPage(page);
    const asked = await client.push({ ui_locales: 'nl fr-CA' });
    await page.goto(asked.authorizationUrl.href);
    await portal.heading('Se connecter à Demo application').waitFor();
    expect(await documentLanguage(page)).toEqual({ lang: 'fr', dir: 'ltr' });
    const field = page.getByRole('textbox', { name: 'Identifiant' });
    await field.fill('alice');
    const languages = page.getByRole('contentinfo').getByRole('combobox');
    await languages.focus();
    await languages.selectOption({ label: 'Español' });
    await portal.heading('Iniciar sesión en Demo application').waitFor();
    expect(await documentLanguage(page)).toEqual({ lang: 'es', dir: 'ltr' });
    // What she typed is still there, and so is she.
    expect(await page.getByRole('textbox', { name: 'Nombre de usuario' }).inputValue()).toBe('alice');
    expect(await languages.evaluate((element) => element === document.activeElement)).toBe(true);
    const again = await client.push({ ui_locales: 'fr' });
    await page.goto(again.authorizationUrl.href);
    await portal.heading('Iniciar sesión en Demo application').waitFor();
    await page.goto(`${stack.issuer}/authn/account`);
    await portal.heading('Su cuenta').waitFor();
    expect(await documentLanguage(page)).toEqual({ lang: 'es', dir: 'ltr' });
    await page.getByRole('contentinfo').getByRole('combobox').selectOption({ label: 'English' });
    await portal.heading('Your account').waitFor();
    await page.reload();
    await portal.heading('Your account').waitFor();
    expect(window.faults).toEqual([]);
    await window.close();
  });

  it('is used from the keyboard alone', async () => {
    const window = await openAnonymousWindow(browser);
    const { page } = window;
    const pushed = await client.push();
    await new PortalPage(page).open(pushed.authorizationUrl);
    await page.keyboard.type('alice');
    await page.keyboard.press('Enter');
    await new PortalPage(page).heading('Sign in').waitFor();
    await page.getByRole('button', { name: 'Use your password' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('textbox', { name: 'Password', exact: true }).waitFor();
    await page.keyboard.type(passwordOf('alice'));
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Not now' }).press('Enter');
    await new PortalPage(page).backAtApplication(redirectUri());
    await window.close();
  });
});

describe('from a password to a passkey, and on with it', () => {
  let window: Window;
  let portal: PortalPage;
  let account: AccountPage;
  let cdp: CDPSession;
  let authenticatorId: string;
  beforeAll(async () => {
    window = await openAnonymousWindow(browser);
    ({ cdp, authenticatorId } = await addAuthenticator(window, { transport: 'internal' }));
    portal = new PortalPage(window.page);
    account = new AccountPage(window.page, stack.file);
  });
  afterAll(async () => {
    await takePicture(window.page, 'portal-journey-last');
    expect(window.faults).toEqual([]);
    await window.close();
  });

  it('carol signs in with her password, adds the passkey that is offered, and gets to the application', async () => {
    const pushed = await client.push();
    await portal.open(pushed.authorizationUrl);
    await portal.continueAs('carol');
    await portal.heading('Sign in').waitFor();
    await lookAt(window.page, 'portal-factors');
    await portal.press('Use your password');
    await window.page.getByRole('textbox', { name: 'Password', exact: true }).waitFor();
    await lookAt(window.page, 'portal-password');
    await portal.enterPassword('wrong', 'Sign in');
    await portal.alert().waitFor();
    await lookAt(window.page, 'portal-password-wrong');
    await portal.enterPassword(passwordOf('carol'), 'Sign in');
    await portal.heading('Sign in faster next time?').waitFor();
    await lookAt(window.page, 'portal-offer');
    await portal.press('Add a passkey');
    await portal.heading('Add a passkey').waitFor();
    await lookAt(window.page, 'portal-make');
    await portal.press('Create passkey');
    await portal.heading('Passkey added').waitFor();
    await lookAt(window.page, 'portal-added');
    await portal.press('Continue');
    const callback = await portal.backAtApplication(redirectUri());
    const { claims } = await client.redeem(pushed, callback);
    expect(claims).toMatchObject({ iss: stack.issuer, nonce: pushed.nonce });
  });

  it('signs in with it from the list in the username field', async () => {
    const pushed = await client.push();
    await window.page.goto(pushed.authorizationUrl.href);
    const callback = await portal.backAtApplication(redirectUri());
    const { claims } = await client.redeem(pushed, callback);
    const { user } = await stack.management.assignment('carol');
    expect(claims.sub).toBe(user.reference);
  });

  it('sees it on her account page, signed in with it, and gives it a name', async () => {
    await account.open();
    await lookAt(window.page, 'account-signed-out');
    await account.press('Sign in');
    await account.arrived();
    expect(await account.rows('Passkeys').count()).toBe(1);
    await lookAt(window.page, 'account');
    await account.press('Rename Passkey');
    await lookAt(window.page, 'account-rename');
    await account.dialog().getByRole('textbox', { name: 'Name' }).fill('Blue key');
    await account.pressInDialog('Save');
    await account.rows('Passkeys').getByText('Blue key').waitFor();
    await account.dialog().waitFor({ state: 'detached' });
  });

  it('a second one on the same key is refused by the browser, and she is told what to do', async () => {
    await account.press('Add a passkey');
    // She came with her passkey; the workflow wants the password before another one.
    await window.page.getByRole('textbox', { name: 'Password', exact: true }).waitFor();
    await lookAt(window.page, 'account-protect');
    await portal.enterPassword(passwordOf('carol'), 'Continue');
    await portal.press('Create passkey');
    await portal.alert().getByText('already has a passkey for you').waitFor();
    await lookAt(window.page, 'account-already');
  });

  it('on another key it is added', async () => {
    await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
    ({ authenticatorId } = await addAuthenticator(window));
    await portal.press('Create passkey');
    await portal.heading('Passkey added').waitFor();
    await portal.press('Continue');
    await account.rows('Passkeys').nth(1).waitFor();
    expect(await account.rows('Passkeys').count()).toBe(2);
  });

  it('removes one after she was told what it means', async () => {
    await account.press('Remove Blue key');
    await account.dialog().waitFor();
    await lookAt(window.page, 'account-remove');
    await window.page.keyboard.press('Escape');
    expect(await account.rows('Passkeys').count()).toBe(2);
    await account.press('Remove Blue key');
    await account.pressInDialog('Remove');
    await account.dialog().waitFor({ state: 'detached' });
    await expect.poll(() => account.rows('Passkeys').count()).toBe(1);
    expect(await account.rows('Passkeys').getByText('Blue key').count()).toBe(0);
  });

  it('is asked to sign in again where that was more than five minutes ago, and goes on with what she was about to do', async () => {
    await window.page.evaluate(() => {
      const real = Date.now;
      Date.now = () => real() + 6 * 60_000;
    });
    await account.press('Remove Passkey');
    await account.dialog().getByText('more than five minutes ago').waitFor();
    await lookAt(window.page, 'account-again');
    await account.pressInDialog('Sign in again');
    await portal.username().waitFor();
    expect(await portal.username().inputValue()).toBe('carol');
    await portal.press('Sign in with a passkey');
    await account.dialog().getByRole('heading', { name: 'Remove Passkey?' }).waitFor();
    await account.pressInDialog('Cancel');
  });

  it('sees where she is signed in, and ends it', async () => {
    const elsewhere = await openAnonymousWindow(browser);
    const other = new AccountPage(elsewhere.page, stack.file);
    const otherPortal = new PortalPage(elsewhere.page);
    await other.open();
    await other.press('Sign in');
    await otherPortal.continueAs('carol');
    await otherPortal.press('Use your password');
    await otherPortal.enterPassword(passwordOf('carol'), 'Sign in');
    await otherPortal.press('Not now');
    await other.arrived();
    await account.open();
    await account.arrived();
    await lookAt(window.page, 'account-sessions');
    const sessions = account.rows('Where you are signed in');
    // This browser, the other one, and the sign-ins to the application before.
    await expect.poll(() => sessions.count()).toBeGreaterThanOrEqual(3);
    await account.press('End all others');
    await expect.poll(() => sessions.count()).toBe(1);
    await elsewhere.page.reload();
    await elsewhere.page.getByText('Sign in to see and change').waitFor();
    await elsewhere.close();
  });

  it('signs out', async () => {
    await account.press('Sign out');
    await window.page.getByText('Sign in to see and change').waitFor();
    await account.open();
    await window.page.getByText('Sign in to see and change').waitFor();
  });
});

describe('what goes wrong with a passkey is told in plain words', () => {
  let window: Window;
  let portal: PortalPage;
  let cdp: CDPSession;
  let authenticatorId: string;
  beforeAll(async () => {
    window = await openAnonymousWindow(browser);
    ({ cdp, authenticatorId } = await addAuthenticator(window));
    portal = new PortalPage(window.page);
  });
  afterAll(() => window?.close());

  async function factorsOf(username: string) {
    const pushed = await client.push();
    await portal.open(pushed.authorizationUrl);
    await portal.continueAs(username);
    await portal.heading('Sign in').waitFor();
  }
  async function aboutToMake(username: string) {
    await factorsOf(username);
    await portal.press('Add a passkey');
    await portal.enterPassword(passwordOf(username), 'Continue');
    await portal.heading('Add a passkey').waitFor();
    await window.page.getByRole('button', { name: 'Create passkey' }).waitFor();
  }
  const told = async (happened: string, todo: string) => {
    await portal.alert().getByText(happened).waitFor();
    await portal.alert().getByText(todo).waitFor();
  };

  describe('making one', () => {
    // That the key has one of hers already: see above. One page for all: the way on must still be there after each.
    beforeAll(() => aboutToMake('alice'));
    afterEach(async () => {
      await window.page.unroute('**/authn/enroll/fido');
      await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
      await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: true });
    });
    const refused = async (happened: string, todo: string) => {
      await portal.press('Create passkey');
      await told(happened, todo);
      await window.page.getByRole('button', { name: 'Create passkey' }).waitFor();
      await window.page.getByRole('button', { name: 'Not now' }).waitFor();
    };

    it('cancelled: she does not confirm that it is her', async () => {
      await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
      await refused('No passkey was made', 'Try again when you are ready');
    });

    it('timed out: nobody touches the key in the time that the service gives', async () => {
      await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: false });
      // The service's own five minutes, made shorter on the way.
      await window.page.route('**/authn/enroll/fido', async (route) => {
        const response = await route.fetch();
        const { publicKeyCredentialOptions } = await response.json();
        const json = { publicKeyCredentialOptions: { ...publicKeyCredentialOptions, timeout: 700 } };
        await route.fulfill({ response, json });
      });
      await refused('It took too long', 'key or phone at hand');
    });

    it('no fitting authenticator: the only key that is there can’t find out who uses it', async () => {
      await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
      const { authenticatorId: plain } = await addAuthenticator(window, { verifiesUsers: false });
      try {
        await refused('no device here can make one', 'with another device or key');
      } finally {
        await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: plain });
        ({ authenticatorId } = await addAuthenticator(window));
      }
    });

    it('another request for a passkey is under way in this browser', async () => {
      await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: false });
      const other = await anotherCeremony(window.page);
      try {
        await refused('Your browser stopped', 'Close other windows');
      } finally {
        await other.end();
      }
    });

    // Chromium calls all of these NotAllowedError; other browsers tell them apart.
    it.each([
      ['no fitting authenticator', 'NotSupportedError', 'can’t do what is needed', 'Use another one'],
      ['a fault of the device', 'UnknownError', 'could not be used', 'Try again'],
      ['no PIN or fingerprint on it', 'ConstraintError', 'can’t do what is needed', 'set a PIN'],
    ])('in a browser that says so (a fake): %s', async (_case, name, happened, todo) => {
      await fakeRefusal(window.page, { on: 'create', name });
      await refused(happened, todo);
    });
  });

  it('signing in with one, there is none on the key', async () => {
    const pushed = await client.push();
    // Before she says who she is: of somebody who has none, the service names one that could be on a key of any kind.
    await portal.open(pushed.authorizationUrl);
    await portal.press('Sign in with a passkey');
    await told('No passkey was used', 'another way');
    await portal.username().waitFor();
  });

  describe('signing in with one', () => {
    // Of somebody without a passkey the service names one that could be on a key or in a device, another for each tenant
    // and user: for one in a device a browser that has keys alone would wait for its person to fetch it.
    let inDevice: string;
    beforeAll(async () => {
      ({ authenticatorId: inDevice } = await addAuthenticator(window, { transport: 'internal' }));
      await factorsOf('alice');
    });
    afterAll(() => cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: inDevice }));
    afterEach(() => somebodyTouches(true));
    async function somebodyTouches(enabled: boolean) {
      for (const one of [authenticatorId, inDevice])
        await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: one, enabled });
    }
    const refused = async (happened: string, todo: string) => {
      await portal.press('Sign in with a passkey');
      await told(happened, todo);
      await window.page.getByRole('button', { name: 'Use your password' }).waitFor();
    };

    it('there is none of hers on the key', async () => {
      await refused('No passkey was used', 'another way');
    });

    it('another request for a passkey is under way in this browser', async () => {
      await somebodyTouches(false);
      const other = await anotherCeremony(window.page);
      try {
        await refused('Your browser stopped', 'Close other windows');
      } finally {
        await other.end();
      }
    });

    it('timed out: nobody touches the key in five minutes', async () => {
      await somebodyTouches(false);
      await shortenMinutes(window.page, { minutes: 5, milliseconds: 700 });
      await refused('It took too long', 'Have your key');
    });
  });

  it('at an address that is not the service’s own neither works, and she is told where it would', async () => {
    const pushed = await client.push();
    const elsewhere = new URL(`${stack.issuer}/authn/portal?request_uri=${pushed.requestUri}`);
    // The same server by its number: a secure context, and no domain at all.
    elsewhere.hostname = '127.0.0.1';
    await portal.open(elsewhere);
    await portal.press('Sign in with a passkey');
    await told('at the address of this page', 'its usual address');
    await portal.continueAs('alice');
    await portal.press('Add a passkey');
    await portal.enterPassword(passwordOf('alice'), 'Continue');
    await portal.press('Create passkey');
    await told('at the address of this page', 'its usual address');
  });

  it('one of a kind that the workflow forbids is refused by the server, and nothing is added', async () => {
    const { document, version } = await management('GET', '/workflow');
    const workflow = document as { enrollActions: { deviceBoundOnly: boolean; deniedAaguids: string[] }[] };
    // What Chromium's virtual authenticator says it is.
    const deniedAaguids = ['01020304-0506-0708-0102-030405060708', '00000000-0000-0000-0000-000000000000'];
    const stricter = {
      ...workflow,
      enrollActions: workflow.enrollActions.map((action) => ({ ...action, deniedAaguids })),
    };
    await management('PUT', '/workflow', { version, document: stricter, note: '' });
    try {
      await aboutToMake('alice');
      await portal.press('Create passkey');
      await portal.alert().getByText('does not allow this kind of passkey').waitFor();
      await portal.alert().getByText('ask your help desk').waitFor();
      await lookAt(window.page, 'portal-not-allowed');
      expect((await stack.management.assignment('alice')).keys).toHaveLength(0);
    } finally {
      await management('PUT', '/workflow', { version: Number(version) + 1, document: workflow, note: '' });
    }
  });

  it.each([
    ['no-webauthn', 'This browser can’t use passkeys.'],
    ['insecure', 'the connection to this page is not secure'],
  ] as const)(
    'without WebAuthn (%s) the page says so, offers none, and the password still works',
    async (why, words) => {
      const old = why === 'no-webauthn' ? await startBrowser({ webAuthn: 'missing' }) : browser;
      const without = await openAnonymousWindow(old);
      const page = new PortalPage(without.page);
      const pushed = await client.push();
      const address = new URL(`${stack.issuer}/authn/portal?request_uri=${pushed.requestUri}`);
      if (why === 'insecure') address.hostname = insecureHost;
      await page.open(address);
      await without.page.getByText(words).waitFor();
      expect(await without.page.getByRole('button', { name: /passkey/ }).count()).toBe(0);
      await lookAt(without.page, `portal-${why}`);
      await page.continueAs('alice');
      await page.enterPassword(passwordOf('alice'), 'Sign in');
      await page.backAtApplication(redirectUri());
      await without.close();
      if (old !== browser) await old.close();
    },
  );

  it('a page opened by itself, and a sign-in that is over, say where to begin', async () => {
    await window.page.goto(`${stack.issuer}/authn/portal`);
    await portal.heading('This page can’t be opened by itself.').waitFor();
    await lookAt(window.page, 'portal-alone');
    await window.page.goto(`${stack.issuer}/authn/portal?request_uri=urn:ietf:params:oauth:request_uri:none`);
    await portal.heading('This sign-in has expired.').waitFor();
  });
});

describe('an application of somebody else’s', () => {
  it('gets what she allows, after she was asked, and nothing where she says no', async () => {
    const { partner } = stack.file;
    if (partner === undefined) throw new Error('the demo has no application that asks for consent');
    const other = await relyingClient(stack.issuer, partner);
    const window = await openAnonymousWindow(browser);
    const portal = new PortalPage(window.page);
    const upToConsent = async () => {
      const pushed = await other.push();
      await portal.open(pushed.authorizationUrl);
      await portal.continueAs('alice');
      await portal.press('Use your password');
      await portal.enterPassword(passwordOf('alice'), 'Sign in');
      await portal.press('Not now');
      await portal.heading('Partner application asks for access').waitFor();
      return pushed;
    };
    await upToConsent();
    await lookAt(window.page, 'portal-consent');
    await portal.press('Don’t allow');
    const refused = await portal.backAtApplication(partner.redirectUri);
    expect(refused.searchParams.get('error')).toBe('access_denied');
    const pushed = await upToConsent();
    await portal.press('Allow');
    const { claims } = await other.redeem(pushed, await portal.backAtApplication(partner.redirectUri));
    expect(claims).toMatchObject({ aud: partner.id, nonce: pushed.nonce });
    expect(window.faults).toEqual([]);
    await window.close();
  });
});

describe('a password', () => {
  it('that an operator handed over is replaced before the application is reached, and changed later by its owner', async () => {
    const { userId } = await management('POST', '/users', {
      username: 'dana',
      displayName: 'Dana Dormouse',
      email: 'dana@demo.example',
    });
    const given = await management('POST', `/users/${userId}/password`, {});
    const window = await openAnonymousWindow(browser);
    const { page } = window;
    const portal = new PortalPage(page);
    const account = new AccountPage(page, stack.file);
    const pushed = await client.push();
    await portal.open(pushed.authorizationUrl);
    await portal.continueAs('dana');
    await portal.press('Use your password');
    await portal.enterPassword(String(given['password']), 'Sign in');
    await portal.heading('Choose a new password').waitFor();
    await lookAt(page, 'portal-new-password');
    const fresh = page.getByRole('textbox', { name: 'New password', exact: true });
    expect(await fresh.getAttribute('autocomplete')).toBe('new-password');
    await fresh.fill('dana');
    await portal.press('Save password');
    await portal.alert().getByText('This password is too short.').waitFor();
    await fresh.fill(String(given['password']));
    await portal.press('Save password');
    await portal.alert().getByText('the password that is to be replaced').waitFor();
    await lookAt(page, 'portal-new-password-refused');
    await fresh.fill('a kettle of rather odd fish');
    await portal.press('Save password');
    await portal.press('Not now');
    const { claims } = await client.redeem(pushed, await portal.backAtApplication(redirectUri()));
    expect(claims).toMatchObject({ amr: ['pwd'] });

    await account.open();
    await account.press('Sign in');
    await portal.continueAs('dana');
    await portal.press('Use your password');
    await portal.enterPassword('a kettle of rather odd fish', 'Sign in');
    await portal.press('Not now');
    await account.arrived();
    await account.press('Change password');
    const dialog = account.dialog();
    const current = dialog.getByRole('textbox', { name: 'Current password', exact: true });
    expect(await current.evaluate((element) => element === document.activeElement)).toBe(true);
    await lookAt(page, 'account-password');
    await current.fill('not this one');
    const next = dialog.getByRole('textbox', { name: 'New password', exact: true });
    await next.fill('a drawing of muchness');
    await account.pressInDialog('Save password');
    await dialog.getByText('This is not your current password.').waitFor();
    await current.fill('a kettle of rather odd fish');
    await next.fill('password123');
    await account.pressInDialog('Save password');
    await dialog.getByText('everybody tries first').waitFor();
    await next.fill('a drawing of muchness');
    await account.pressInDialog('Save password');
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('status').getByText('Your password was changed.').waitFor({ state: 'attached' });
    await expect.poll(() => account.rows('Where you are signed in').count()).toBe(1);
    expect(window.faults).toEqual([]);
    await window.close();
  });
});

describe('one-time codes of an app', () => {
  const app = { factorId: 'factor.totp', type: 'OTP', method: 'totp', code: 'AT_TOTP', acr: 'acr_totp' };
  let window: Window;
  let portal: PortalPage;
  let account: AccountPage;
  let secret: string;
  let before: Record<string, unknown>;
  beforeAll(async () => {
    before = await management('GET', '/workflow');
    const document = before['document'] as {
      firstFactors: Record<string, unknown>[];
      enrollActions: { upon: string[] }[];
    };
    const password = document.firstFactors.find((factor) => factor['type'] === 'LOGIN') ?? {};
    const changed = {
      ...document,
      firstFactors: document.firstFactors.map((factor) =>
        factor['type'] === 'LOGIN' ? { ...factor, stepUp: 'required' } : factor,
      ),
      secondFactors: [{ ...password, ...app, stepUp: 'notRequired', enrollActions: [] }],
    };
    await management('PUT', '/workflow', {
      version: before['version'],
      document: changed,
      note: 'with codes',
    });
    window = await openAnonymousWindow(browser);
    portal = new PortalPage(window.page);
    account = new AccountPage(window.page, stack.file);
  });
  afterAll(async () => {
    const { version } = await management('GET', '/workflow');
    await management('PUT', '/workflow', { version, document: before['document'], note: '' });
    await takePicture(window.page, 'portal-codes-last');
    expect(window.faults).toEqual([]);
    await window.close();
  });
  const code = (ahead = 0) =>
    TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: Date.now() + ahead * 30_000 });

  it('bob adds one on his account page, with its first code', async () => {
    // He has nothing but his password, and that is not enough from now on: a passkey gets him in.
    const { cdp, authenticatorId } = await addAuthenticator(window);
    await account.open();
    await account.press('Sign in');
    await portal.continueAs('bob');
    await portal.press('Add a passkey');
    await portal.enterPassword(passwordOf('bob'), 'Continue');
    await portal.press('Create passkey');
    await portal.press('Continue');
    await account.arrived();
    await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
    await account.press('Add an authentication app');
    const key = await account.dialog().locator('code').textContent();
    secret = (key ?? '').replaceAll(' ', '');
    await account.dialog().getByRole('img', { name: 'QR code' }).waitFor();
    await lookAt(window.page, 'account-app');
    await account.dialog().getByRole('textbox', { name: 'Code that the app shows' }).fill('000000');
    await account.pressInDialog('Confirm');
    await account.dialog().getByText('not the code that the app should show').waitFor();
    await account.dialog().getByRole('textbox', { name: 'Code that the app shows' }).fill(code());
    await account.pressInDialog('Confirm');
    await account.rows('One-time codes').getByText('Authenticator app').waitFor();
  });

  it('and it is his second factor, pasted as the app shows it', async () => {
    const pushed = await client.push();
    await portal.open(pushed.authorizationUrl);
    await portal.continueAs('bob');
    await portal.press('Use your password');
    await portal.enterPassword(passwordOf('bob'), 'Sign in');
    await portal.heading('One-time code').waitFor();
    await lookAt(window.page, 'portal-code');
    const field = window.page.getByRole('textbox', { name: 'Code' });
    expect(await field.getAttribute('autocomplete')).toBe('one-time-code');
    expect(await field.getAttribute('inputmode')).toBe('numeric');
    await field.fill('000 000');
    await portal.press('Sign in');
    await portal.alert().getByText('This code is not right').waitFor();
    // The one after the one that was used up; right for one step more, should this one end meanwhile.
    const next = code(1);
    await field.fill(` ${next.slice(0, 3)} ${next.slice(3)} `);
    await portal.press('Sign in');
    await portal.press('Not now');
    const callback = await portal.backAtApplication(redirectUri());
    const { claims } = await client.redeem(pushed, callback);
    expect(claims).toMatchObject({ acr: 'acr_totp', amr: expect.arrayContaining(['pwd', 'otp', 'mfa']) });
  });

  it('the only way in that is left is not taken away without saying so', async () => {
    await account.open();
    await account.arrived();
    await account.press('Remove Authenticator app');
    await account.dialog().waitFor();
    // He has his passkey yet.
    expect(await account.dialog().getByRole('checkbox').count()).toBe(0);
    await account.pressInDialog('Remove');
    await account.dialog().waitFor({ state: 'detached' });
    // A password needs a second factor here, so the passkey is all that he has.
    await account.press('Remove Passkey');
    await account.dialog().getByText('the only way in which you can sign in').waitFor();
    await lookAt(window.page, 'account-last-way');
    const remove = account.dialog().getByRole('button', { name: 'Remove' });
    expect(await remove.isDisabled()).toBe(true);
    await account.dialog().getByRole('checkbox').check();
    await remove.click();
    await account.dialog().waitFor({ state: 'detached' });
    await window.page.getByText('You have no passkey yet.').waitFor();
  });
});

describe('an enrollment that an operator prepared', () => {
  it('opens with the code, once', async () => {
    const { items } = (await management('GET', '/users?limit=50')) as {
      items: { userId: string; username: string }[];
    };
    const alice = items.find((user) => user.username === 'alice');
    const issued = await management('POST', `/users/${alice?.userId}/enrollment-codes`, {});
    const window = await openAnonymousWindow(browser);
    await addAuthenticator(window);
    const portal = new PortalPage(window.page);
    const pushed = await client.push();
    await portal.open(pushed.authorizationUrl);
    await portal.continueAs('alice');
    await portal.press('Add a passkey');
    await portal.press('Use an enrollment code of your help desk');
    await lookAt(window.page, 'portal-enrollment-code');
    const field = window.page.getByRole('textbox', { name: 'Enrollment code' });
    await field.fill('AAAAA-AAAAA');
    await portal.press('Continue');
    await portal.alert().getByText('This enrollment code is not right').waitFor();
    await field.fill(String(issued['code']).toLowerCase());
    await portal.press('Continue');
    await portal.press('Create passkey');
    await portal.heading('Passkey added').waitFor();
    await portal.press('Continue');
    await portal.backAtApplication(redirectUri());
    expect(window.faults).toEqual([]);
    await window.close();
  });
});

/** The next one; notices of other things come to the same address. */
async function mailedCode(address: string): Promise<string> {
  for (;;) {
    const [, code] = /^\s*(\d{6,10})\s*$/m.exec(await mailbox.next(address)) ?? [];
    if (code !== undefined) return code;
  }
}

describe('a code by mail', () => {
  it('comes when she asks for it, may be sent again after a while, and signs her in', async () => {
    const before = await management('GET', '/workflow');
    const document = before['document'] as { firstFactors: Record<string, unknown>[] };
    const password = document.firstFactors.find((factor) => factor['type'] === 'LOGIN') ?? {};
    const mailed = {
      ...password,
      factorId: 'factor.mail',
      type: 'OTP',
      method: 'email',
      code: 'AT_EMAILOTP',
    };
    const changed = {
      ...document,
      firstFactors: [...document.firstFactors, { ...mailed, acr: 'acr_mail', enrollActions: [] }],
    };
    await management('PUT', '/workflow', { version: before['version'], document: changed, note: '' });
    const window = await openAnonymousWindow(browser);
    try {
      const portal = new PortalPage(window.page);
      const pushed = await client.push();
      await portal.open(pushed.authorizationUrl);
      await portal.continueAs('alice');
      await portal.press('Get a code by e-mail');
      await window.page.getByText('If an e-mail address is known').waitFor();
      const again = window.page.getByRole('button', { name: /Send another code/ });
      expect(await again.isDisabled()).toBe(true);
      expect(await again.textContent()).toMatch(/in \d+ s/);
      await lookAt(window.page, 'portal-mailed-code');
      await mailedCode('alice@demo.example');
      await window.page.evaluate(() => {
        const real = Date.now;
        Date.now = () => real() + 31_000;
      });
      await window.page.getByRole('button', { name: 'Send another code', exact: true }).click();
      const code = await mailedCode('alice@demo.example');
      await window.page.getByRole('textbox', { name: 'Code' }).fill(code);
      await portal.press('Sign in');
      await portal.press('Not now');
      const callback = await portal.backAtApplication(redirectUri());
      const { claims } = await client.redeem(pushed, callback);
      expect(claims).toMatchObject({ acr: 'acr_mail' });
      expect(window.faults).toEqual([]);
    } finally {
      await takePicture(window.page, 'portal-mail-last');
      const { version } = await management('GET', '/workflow');
      await management('PUT', '/workflow', { version, document, note: '' });
      await window.close();
    }
  });
});

describe('a tenant’s own theme', () => {
  // Not transparent, so that it can be seen on either ground.
  const logo =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 40"><rect width="160" height="40" rx="6" fill="#7a1fa2"/><circle cx="24" cy="20" r="10" fill="#fff"/></svg>';

  it('shows its logo, colours and words in both schemes, and the policy blocks none of it', async () => {
    const { digest } = await management('POST', '/themes/images', {
      mediaType: 'image/svg+xml',
      data: Buffer.from(logo).toString('base64'),
    });
    const { document, version } = await management('GET', '/themes/default');
    const usual = document as { colors: { light: object; dark: object } };
    const own = {
      ...usual,
      name: 'Acme Rockets',
      logo: digest,
      colors: {
        light: { ...usual.colors.light, accent: '#7a1fa2', link: '#6a1b9a', background: '#f7f0fa' },
        dark: { ...usual.colors.dark, accent: '#8e35b8', link: '#d9a7ee', background: '#1a0f20' },
      },
      words: {
        en: {
          labels: {
            'portal.title': 'Welcome aboard',
            'portal.intro': 'Use the name on your badge.',
            'portal.help': 'Lost? Call 1234.',
            'enroll_action.fido': 'Get your rocket key',
          },
          scopes: {},
        },
      },
    };
    await management('PUT', '/themes/default', { version, document: own, note: '' });
    const window = await openAnonymousWindow(browser);
    const portal = new PortalPage(window.page);
    const pushed = await client.push();
    await window.page.goto(pushed.authorizationUrl.href);
    await portal.heading('Welcome aboard').waitFor();
    await window.page.getByText('Use the name on your badge.').waitFor();
    await window.page.getByText('Lost? Call 1234.').waitFor();
    const brand = window.page.getByRole('img', { name: 'Acme Rockets' });
    await brand.waitFor();
    expect(
      await brand.evaluate((image) => image instanceof HTMLImageElement && image.naturalWidth),
    ).toBeGreaterThan(0);
    const background = () =>
      window.page
        .getByRole('button', { name: 'Continue' })
        .evaluate((button) => getComputedStyle(button).backgroundColor);
    expect(await background()).toBe('rgb(122, 31, 162)');
    await lookAt(window.page, 'portal-theme');
    await window.page.emulateMedia({ colorScheme: 'dark' });
    expect(await background()).toBe('rgb(142, 53, 184)');
    await portal.continueAs('alice');
    await window.page.getByRole('button', { name: 'Get your rocket key' }).waitFor();
    expect(await window.page.getByRole('contentinfo').locator('span').allTextContents()).toEqual([
      'Keywarden',
    ]);
    expect(window.faults).toEqual([]);
    await window.close();
  });

  it('another one is worn where the address of the page names it', async () => {
    const { document } = await management('GET', '/themes/default');
    const usual = document as object;
    const words = { en: { labels: { 'portal.title': 'The other door' }, scopes: {} } };
    await management('PUT', '/themes/other', { version: 0, document: { ...usual, words }, note: '' });
    const window = await openAnonymousWindow(browser);
    const pushed = await client.push();
    const address = new URLSearchParams({ request_uri: pushed.requestUri, theme_id: 'other' });
    await window.page.goto(`${stack.issuer}/authn/portal?${address}`);
    await new PortalPage(window.page).heading('The other door').waitFor();
    expect(window.faults).toEqual([]);
    await window.close();
  });
});
