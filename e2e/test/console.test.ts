import { TOTP } from 'otpauth';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accessibilityFaults } from '../src/accessibility.ts';
import {
  openAnonymousWindow,
  openOperatorWindow,
  openTab,
  startBrowser,
  type Window,
} from '../src/browser.ts';
import { lookAtConsole, sights } from '../src/console-look.ts';
import { type DemoStack, startDemoStack } from '../src/demo-stack.ts';
import { callManagement, createUser, deviceBySerial } from '../src/management-calls.ts';
import { AssignmentPage } from '../src/pages/assignment-page.ts';
import { saveScreenshot } from '../src/screenshot.ts';

let stack: DemoStack;
let browser: Browser;
let signedIn: Window;
beforeAll(async () => {
  [stack, browser] = await Promise.all([startDemoStack(), startBrowser()]);
  signedIn = await openOperatorWindow(browser, stack);
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

let window: Window;
let page: Page;
beforeEach(async () => {
  window = await openTab(signedIn);
  ({ page } = window);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await saveScreenshot(page, `failed-${task.name}`);
  const { faults } = window;
  await window.close();
  expect(faults).toEqual([]);
});

const open = (path: string) => page.goto(`${stack.baseUrl}/demo/console/${path}`);
const row = (text: string) => page.getByRole('row').filter({ hasText: text });
const button = (name: string | RegExp) => page.getByRole('button', { name });
const item = (name: string) => page.getByRole('menuitem', { name });
const dialog = () => page.getByRole('dialog');

describe('FIDO Keys', () => {
  it('shows what is plugged in and the whole inventory, searched and filtered on the server', async () => {
    await open('keys');
    await page.getByText(/\d+ keys connected/).waitFor();
    await row('VK-0003').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('VK-0004');
    await row('VK-0003').waitFor({ state: 'detached' });
    await row('VK-0004').waitFor();
    expect(new URL(page.url()).searchParams.get('query')).toContain('VK-0004');
    await page.getByLabel('State', { exact: true }).selectOption({ label: 'Retired' });
    await page.getByText('No key matches').waitFor();
    await button('Show all keys').click();
    await row('VK-0003').waitFor();
  });

  it('links a policy to a key that is not there, and unlinks it', async () => {
    await open('keys');
    await row('VK-0008')
      .getByRole('button', { name: /^Actions for/ })
      .click();
    await item('Link a policy').click();
    await page.getByRole('dialog').getByLabel('Policy').selectOption({ label: 'Contractors' });
    await button('Link policy').click();
    await row('VK-0008').getByText('Ready').waitFor();
    expect(await deviceBySerial(stack.management, 'VK-0008')).toMatchObject({
      status: 'READY',
      policy: { name: 'Contractors' },
    });
    await row('VK-0008')
      .getByRole('button', { name: /^Actions for/ })
      .click();
    await item('Unlink its policy').click();
    await row('VK-0008').getByText('Not Configured').waitFor();
  });

  it('revokes only after the owner’s name was typed, and keeps the reason', async () => {
    await createUser(stack.management, 'henry', 'Henry Hill');
    const assignment = new AssignmentPage(page, stack);
    await assignment.open('henry');
    await assignment.key('VK-0003').assign().click();
    await assignment.enterPin(stack.file.virtualKeys.find((key) => key.serial === 'VK-0003')?.pin ?? '');
    await assignment.backToKeys().click();
    await row('VK-0003')
      .getByRole('button', { name: /^Actions for/ })
      .click();
    await item('Revoke').click();
    await dialog().getByText('Henry Hill can no longer sign in with').waitFor();
    await dialog().getByLabel('Reason').fill('Lost on the train');
    const confirm = dialog().getByRole('button', { name: 'Revoke key' });
    expect(await confirm.isEnabled()).toBe(false);
    await dialog().getByLabel('Type henry to confirm').fill('henry');
    await confirm.click();
    await row('VK-0003').getByText('Revoked').waitFor();
    expect(await deviceBySerial(stack.management, 'VK-0003')).toMatchObject({
      status: 'REVOKED',
      owner: null,
    });
    await open('events');
    await page.getByText('Lost on the train').first().waitFor();
  });
});

describe('Policies', () => {
  it('are created, duplicated, changed and deleted; what a key carries is locked and says why', async () => {
    await open('policies');
    await page.getByRole('link', { name: 'Create policy' }).click();
    await button('Create policy').click();
    await page.getByText('Give the policy a name.').waitFor();
    await page.getByLabel('Name').fill('Visitors');
    await page.getByLabel('Shortest PIN').fill('9');
    await button('Create policy').click();
    await row('Visitors').getByText('typed, 9 or more').waitFor();

    await page.getByRole('link', { name: 'Standard employee' }).click();
    await page.getByText(/keys? carr(y|ies) it, so it can be neither edited nor deleted/).waitFor();
    expect(await page.getByLabel('Name').isEnabled()).toBe(false);
    await button('Duplicate').click();
    await page.getByLabel('Name').fill('Standard employee, longer PIN');
    await page.getByLabel('Shortest PIN').fill('12');
    await button('Save').click();
    await row('Standard employee, longer PIN').getByText('typed, 12 or more').waitFor();

    await row('Visitors')
      .getByRole('button', { name: /^Actions for/ })
      .click();
    await item('Delete').click();
    await page.getByRole('dialog').getByLabel('Type Visitors to confirm').fill('Visitors');
    await button('Delete policy').click();
    await row('Visitors').waitFor({ state: 'detached' });
  });
});

describe('everywhere', () => {
  it('a person leads to her assignment page', async () => {
    await open('users');
    await page.getByLabel('Search name, username or e-mail').fill('ali');
    await row('Bob Baker').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Assign a key to Alice Liddell' }).click();
    await page.getByRole('heading', { name: 'FIDO Key Management' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/demo/assign-user/alice');
  });

  it('? shows the keyboard, and the language is kept', async () => {
    // A window of its own: the others go on in English.
    const own = await openOperatorWindow(browser, stack);
    try {
      await own.page.goto(`${stack.baseUrl}/demo/console/users`);
      await own.page.getByRole('row').filter({ hasText: 'Bob Baker' }).waitFor();
      await own.page.keyboard.press('?');
      await own.page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
      await own.page.keyboard.press('Escape');
      await own.page.getByRole('button', { name: 'Colours, Language' }).click();
      expect(await accessibilityFaults(own.page)).toEqual([]);
      await own.page.getByRole('menuitemradio', { name: 'Deutsch' }).click();
      await own.page.getByRole('heading', { name: 'Personen' }).waitFor();
      await own.page.reload();
      await own.page.getByRole('heading', { name: 'Personen' }).waitFor();
      expect(await own.page.locator('html').getAttribute('lang')).toBe('de');
      expect(own.faults).toEqual([]);
    } finally {
      await own.close();
    }
  });

  it('signing out ends the session', async () => {
    // A session of its own: the others go on with theirs.
    const own = await openAnonymousWindow(browser);
    try {
      await own.page.goto(stack.file.operator.signInUrl);
      await own.page.getByRole('button', { name: /^Account of/ }).click();
      await own.page.getByRole('menuitem', { name: 'Sign out' }).click();
      await own.page.getByRole('heading', { name: 'Sign in to Keywarden' }).waitFor();
      await own.page.goto(`${stack.baseUrl}/demo/console/keys`);
      expect(new URL(own.page.url()).pathname).toBe('/sign-in');
      expect(own.faults).toEqual([]);
    } finally {
      await own.close();
    }
  });
});

/** As anybody hands it to the tests: with what its page leaves out where it is empty. */
async function offerApps(): Promise<void> {
  const { body } = await callManagement(stack.management, { method: 'GET', path: '/workflow' });
  const { version, document } = body as {
    version: number;
    document: { firstFactors: { type: string }[] };
  };
  const password = document.firstFactors.find(({ type }) => type === 'LOGIN');
  const app = { type: 'OTP', method: 'totp', factorId: 'factor.totp', code: 'AT_TOTP', acr: 'acr_totp' };
  document.firstFactors.push({ ...password, ...app });
  const path = '/workflow';
  const stored = await callManagement(stack.management, { method: 'PUT', path, body: { version, document } });
  expect(stored.status).toBe(200);
}

describe('a person', () => {
  it('is added, found, renamed, disabled only after the username was typed, and enabled', async () => {
    await open('users');
    await button('Add a person').click();
    await dialog().getByRole('button', { name: 'Add person' }).click();
    await dialog().getByText('Give the person a username.').waitFor();
    await dialog().getByLabel('Name', { exact: true }).fill('Ida Ilg');
    await dialog().getByLabel('Username').fill('bob');
    await dialog().getByLabel('E-mail').fill('ida');
    await dialog().getByRole('button', { name: 'Add person' }).click();
    await dialog().getByText('This is no e-mail address.').waitFor();
    await dialog().getByLabel('E-mail').fill('ida@demo.example');
    await dialog().getByRole('button', { name: 'Add person' }).click();
    await dialog().getByRole('alert').waitFor();
    await dialog().getByLabel('Username').fill('ida');
    await dialog().getByRole('button', { name: 'Add person' }).click();
    await page.getByRole('heading', { name: 'Ida Ilg', level: 1 }).waitFor();

    await button('Edit').click();
    await dialog().getByLabel('Name', { exact: true }).fill('Ida Igel');
    await dialog().getByLabel('E-mail').fill('');
    await dialog().getByRole('button', { name: 'Save changes' }).click();
    await page.getByRole('heading', { name: 'Ida Igel', level: 1 }).waitFor();
    await page.getByText('ida@demo.example').waitFor({ state: 'detached' });

    await button('More actions for Ida Igel').click();
    await item('Disable').click();
    await dialog().getByText('Ida Igel can’t sign in any more').waitFor();
    const confirm = dialog().getByRole('button', { name: 'Disable person' });
    expect(await confirm.isEnabled()).toBe(false);
    await dialog().getByLabel('Type ida to confirm').fill('ida');
    await confirm.click();
    await page.locator('main .person-head').getByText('Disabled').waitFor();
    await page.getByRole('link', { name: 'Assign a key' }).waitFor({ state: 'detached' });
    await button('More actions for Ida Igel').click();
    await item('Enable').click();
    await page.getByRole('link', { name: 'Assign a key' }).waitFor();
  });

  it('is given a temporary password that is shown once, or told why one is refused', async () => {
    await open('users');
    await page.getByRole('link', { name: 'Carol Chen', exact: true }).click();
    await button('More actions for Carol Chen').click();
    await item('Set a temporary password').click();
    await dialog().getByLabel('Password', { exact: true }).selectOption({ label: 'One that you choose' });
    await dialog().getByLabel('Temporary password').fill('short');
    await dialog().getByRole('button', { name: 'Set password' }).click();
    await dialog().getByText('This password is not good enough').waitFor();
    await dialog().getByLabel('Password', { exact: true }).selectOption({ label: 'A random one' });
    await dialog().getByRole('button', { name: 'Set password' }).click();
    await dialog().getByText('It is shown this once.').waitFor();
    expect(await dialog().locator('.secret code').last().innerText()).toMatch(
      /^([a-z2-9]{5}-){3}[a-z2-9]{5}$/,
    );
    await dialog().getByRole('button', { name: 'Done' }).click();
    await dialog().waitFor({ state: 'detached' });
  });

  it('adds an app for one-time codes with the operator, by its first code; and loses it', async () => {
    await open('users');
    await page.getByRole('link', { name: 'Carol Chen', exact: true }).click();
    await button('Add an app').click();
    await dialog().getByText('The workflow has no factor for codes of an app').waitFor();
    await page.keyboard.press('Escape');
    await offerApps();
    await page.reload();
    await button('Add an app').click();
    await dialog().getByLabel('Name', { exact: true }).fill('Work phone');
    await dialog().getByRole('button', { name: 'Show the secret' }).click();
    await dialog().getByRole('img', { name: 'QR code for the app' }).waitFor();
    const focused = page.locator('input:focus');
    expect(await focused.evaluate((field: HTMLInputElement) => field.inputMode)).toBe('numeric');
    const secret = await dialog().locator('.secret code').innerText();
    const code = new TOTP({ secret: secret.replaceAll(' ', '') }).generate();
    await dialog()
      .getByLabel('Code that the app shows now')
      .fill(code === '000000' ? '000001' : '000000');
    await dialog().getByRole('button', { name: 'Confirm code' }).click();
    await dialog().getByText('This is not the code that the app should show now.').waitFor();
    await row('Work phone').getByText('Waits for its first code').waitFor();
    await dialog().getByLabel('Code that the app shows now').fill(code);
    await dialog().getByRole('button', { name: 'Confirm code' }).click();
    await row('Work phone').getByText('Active').waitFor();
    await button('Remove Work phone').click();
    await dialog().getByLabel('Type carol to confirm').fill('carol');
    await dialog().getByRole('button', { name: 'Remove' }).click();
    await row('Work phone').waitFor({ state: 'detached' });
  });

  it('has a passkey waited for, renamed, limited to days and revoked; its code is shown once', async () => {
    await open('users');
    await page.getByRole('link', { name: 'Bob Baker', exact: true }).click();
    await button('Issue an enrollment code').click();
    await dialog().getByLabel('Valid for').selectOption({ label: '1 hour' });
    await dialog().getByRole('button', { name: 'Issue code' }).click();
    await dialog().getByText('It is shown this once.').waitFor();
    expect((await dialog().locator('.shown-once').innerText()).length).toBeGreaterThan(7);
    await dialog().getByRole('button', { name: 'Done' }).click();
    const waiting = row('Waits for the person');
    const act = async (name: string) => {
      await waiting.getByRole('button', { name: /^Actions for/ }).click();
      await item(name).click();
    };
    await act('Rename');
    await dialog().getByLabel('Name', { exact: true }).fill('Travel key');
    await dialog().getByRole('button', { name: 'Save name' }).click();
    await waiting.getByText('Travel key').waitFor();
    await act('Change validity');
    await dialog().getByLabel('First day').fill('2044-05-02');
    await dialog().getByLabel('Last day').fill('2044-05-01');
    await dialog().getByText('The last day lies before the first.').waitFor();
    await dialog().getByLabel('Last day').fill('2044-05-31');
    await dialog().getByRole('button', { name: 'Save validity' }).click();
    await waiting.getByText('from May 2, 2044 until May 31, 2044').waitFor();
    await act('Revoke');
    await dialog().getByLabel('Reason').fill('Not needed');
    await dialog().getByLabel('Type bob to confirm').fill('bob');
    await dialog().getByRole('button', { name: 'Revoke passkey' }).click();
    await waiting.waitFor({ state: 'detached' });
  });
});

describe('an application', () => {
  it('is registered with a secret that is shown once, edited, given another secret, and deleted', async () => {
    await open('clients');
    await button('Register an application').click();
    await dialog().getByRole('button', { name: 'Register application' }).click();
    await dialog().getByText('Give the application a name.').waitFor();
    await dialog().getByLabel('Name').fill('Payroll');
    await dialog().getByLabel('Redirect URIs, one a line').fill('http://pay.example/');
    await dialog().getByRole('button', { name: 'Register application' }).click();
    await dialog()
      .getByText(/A redirect URI is a whole https address/)
      .waitFor();
    await dialog().getByLabel('Redirect URIs, one a line').fill('https://pay.example/callback');
    await dialog().getByRole('button', { name: 'Register application' }).click();
    await dialog().getByText('The secret is shown this once.').waitFor();
    const first = await dialog().locator('.secret code').last().innerText();
    await dialog().getByRole('button', { name: 'Done' }).click();

    await row('Payroll')
      .getByRole('button', { name: /^Actions for/ })
      .click();
    await item('Edit').click();
    await dialog().getByLabel('Name').fill('Wages');
    await dialog()
      .getByLabel('Redirect URIs, one a line')
      .fill('https://pay.example/callback\nhttps://wages.example/');
    await dialog().getByLabel('Ask people before anything of theirs is shared').check();
    await dialog().getByRole('button', { name: 'Save changes' }).click();
    const wages = row('Wages');
    await wages.getByText('https://wages.example/').waitFor();
    await wages.getByText('Asks first').waitFor();

    await wages.getByRole('button', { name: /^Actions for/ }).click();
    await item('New secret').click();
    await dialog().getByLabel('Type Wages to confirm').fill('Wages');
    await dialog().getByRole('button', { name: 'Replace secret' }).click();
    await dialog().getByText('The secret is shown this once.').waitFor();
    expect(await dialog().locator('.secret code').last().innerText()).not.toBe(first);
    await dialog().getByRole('button', { name: 'Done' }).click();
    await wages.getByRole('button', { name: /^Actions for/ }).click();
    await item('Delete').click();
    await dialog().getByLabel('Type Wages to confirm').fill('Wages');
    await dialog().getByRole('button', { name: 'Delete application' }).click();
    await wages.waitFor({ state: 'detached' });
  });

  it('is let register itself, once, by a token that is shown once; what went wrong is told where it was asked for', async () => {
    await open('clients');
    await button('Let one register itself').click();
    await page.route('**/registration-tokens', (route) => route.abort());
    await dialog().getByRole('button', { name: 'Issue token' }).click();
    await dialog().getByRole('alert').getByText('The server cannot be reached.').waitFor();
    await page.unroute('**/registration-tokens');
    await dialog().getByRole('button', { name: 'Issue token' }).click();
    await dialog().getByText('The token is shown this once.').waitFor();
    const [address = '', token = ''] = await dialog().locator('.secret code').allInnerTexts();
    await dialog().getByRole('button', { name: 'Done' }).click();

    const register = () =>
      fetch(address, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ client_name: 'Canteen', redirect_uris: ['https://canteen.example/back'] }),
      });
    expect((await register()).status).toBe(201);
    expect((await register()).status).toBe(401);
    await page.reload();
    await row('Canteen').getByText('Asks first').waitFor();
  });
});

describe('Provisioning', () => {
  it('issues a token that is shown once and provisions at the address shown with it, until it is revoked', async () => {
    await open('provisioning');
    await page.getByText('No token is issued yet').waitFor();
    await button('Issue a token').click();
    await dialog().getByRole('button', { name: 'Issue token' }).click();
    await dialog().getByText('Give the token a name.').waitFor();
    await dialog().getByLabel('Name').fill('Entra ID');
    await dialog().getByRole('button', { name: 'Issue token' }).click();
    await dialog().getByText('The token is shown this once.').waitFor();
    // Where the focus is, Enter held too long closes nothing.
    await page.locator('.told:focus').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    const [address, token] = await dialog().locator('.secret code').allInnerTexts();
    const provision = () =>
      page.request.get(`${address}/Users?count=1`, { headers: { authorization: `Bearer ${token}` } });
    expect((await provision()).status()).toBe(200);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await dialog().getByRole('button', { name: 'Copy the token' }).click();
    await dialog().getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(token);
    await dialog().getByRole('button', { name: 'Done' }).click();
    await button('Revoke Entra ID').click();
    await dialog().getByLabel('Type Entra ID to confirm').fill('Entra ID');
    await dialog().getByRole('button', { name: 'Revoke token' }).click();
    await row('Entra ID').getByText('Revoked').waitFor();
    expect((await provision()).status()).toBe(401);
  });
});

describe('Settings', () => {
  it('hold the password rules, the default identity provider and the signing keys', async () => {
    await open('settings');
    const save = button('Save password rules');
    await page.getByLabel('Shortest password').fill('7');
    await page.getByText('Between 8 and 64.').waitFor();
    expect(await save.isEnabled()).toBe(false);
    await page.getByLabel('Shortest password').fill('12');
    await save.click();
    await page.getByText('The password rules were saved.').waitFor();
    const policy = await callManagement(stack.management, { method: 'GET', path: '/password-policy' });
    expect(policy.body).toMatchObject({ minimumLength: 12 });

    // Each notice is put away: the next one says the same.
    const chooseProvider = async (label: string) => {
      await page.getByLabel('Default').selectOption({ label });
      await button('Save identity provider').click();
      const notice = page
        .getByRole('status')
        .filter({ hasText: 'The default identity provider was changed.' });
      await notice.getByRole('button').click();
      await notice.waitFor({ state: 'detached' });
    };
    await chooseProvider('None: nobody can be looked up');
    await chooseProvider('Built-in directory');

    await button('Change keys now').click();
    await row('Signs next').first().waitFor();
    await button('Withdraw the keys').click();
    await dialog().getByLabel('Type demo to confirm').fill('demo');
    await dialog().getByRole('button', { name: 'Withdraw keys' }).click();
    await page.getByText('The keys were withdrawn. New ones sign.').waitFor();
    await expect.poll(() => row('Signs next').count()).toBe(0);
    await row('Signs').first().waitFor();
  });
});

describe('the log', () => {
  it('is told in German, with its own words below', async () => {
    await createUser(stack.management, 'lorenz', 'Lorenz Log');
    const german = await openOperatorWindow(browser, stack, { locale: 'de-DE' });
    try {
      await german.page.goto(`${stack.baseUrl}/demo/console/events`);
      const rows = german.page.locator('.event-details');
      await rows.first().waitFor();
      await german.page.getByText('lorenz wurde ins Verzeichnis aufgenommen.').first().waitFor();
      // Every one has words of its own: the log's are told apart from them.
      expect(await german.page.locator('.event-details dd[lang="en"]').count()).toBe(await rows.count());
      await rows.first().locator('summary').click();
      await rows.first().getByText('Aufgezeichnet').waitFor();
      expect(german.faults).toEqual([]);
    } finally {
      await german.close();
    }
  });
});

describe.each(['en-GB', 'de-DE'] as const)('every page, in %s', (locale) => {
  const tabs: Readonly<Record<string, readonly Readonly<Record<keyof typeof sights, string>>[]>> = {
    workflow: [
      { 'en-GB': 'Form', 'de-DE': 'Formular' },
      { 'en-GB': 'JSON', 'de-DE': 'JSON' },
      { 'en-GB': 'Versions', 'de-DE': 'Versionen' },
      { 'en-GB': 'What would she see?', 'de-DE': 'Was sähe sie?' },
    ],
    'themes/default': [
      { 'en-GB': 'Look', 'de-DE': 'Aussehen' },
      { 'en-GB': 'Words', 'de-DE': 'Worte' },
    ],
  };
  let other: Window;
  beforeAll(async () => {
    other = await openOperatorWindow(browser, stack, { locale });
  });
  afterAll(() => other?.close());
  const addressOf = async (path: string) => {
    if (path !== 'users/bob') return path;
    const { body } = await callManagement(stack.management, { method: 'GET', path: '/users?query=bob' });
    return `users/${(body as { items: { userId: string }[] }).items[0]?.userId}`;
  };

  it.each([
    ...['keys', 'policies', 'policies/new', 'users', 'users/bob', 'workflow', 'themes', 'themes/default'],
    ...['clients', 'provisioning', 'workstations', 'settings', 'events', 'nowhere'],
  ])('%s is read by everybody, whole', async (path) => {
    await other.page.goto(`${stack.baseUrl}/demo/console/${await addressOf(path)}`);
    await other.page.getByRole('heading', { level: 1 }).waitFor();
    await other.page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null);
    for (const tab of tabs[path] ?? [null]) {
      if (tab !== null) await other.page.getByRole('tab', { name: tab[locale] }).click();
      await lookAtConsole(other.page, `${path} ${tab?.['en-GB'] ?? ''} ${locale}`, sights[locale]);
    }
    expect(other.faults).toEqual([]);
  });
});

// The last one: nothing works on keys afterwards.
describe('a workstation', () => {
  it('is unpaired when its name was typed', async () => {
    await open('workstations');
    const unpair = button(/^Unpair /).first();
    await unpair.waitFor();
    const name = await page.getByRole('row').nth(1).getByRole('cell').first().innerText();
    await unpair.click();
    await dialog().getByLabel(`Type ${name} to confirm`).fill(name);
    await dialog().getByRole('button', { name: 'Unpair workstation' }).click();
    await page.getByText('No workstation is paired yet').waitFor();
  });
});
