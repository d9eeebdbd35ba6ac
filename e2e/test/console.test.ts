import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openOperatorWindow, startBrowser, type Window } from '../src/browser.ts';
import { type DemoStack, startDemoStack } from '../src/demo-stack.ts';
import { createUser, deviceBySerial } from '../src/management-calls.ts';
import { AssignmentPage } from '../src/pages/assignment-page.ts';
import { saveScreenshot } from '../src/screenshot.ts';

let stack: DemoStack;
let browser: Browser;
beforeAll(async () => {
  [stack, browser] = await Promise.all([startDemoStack(), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

let window: Window;
let page: Page;
beforeEach(async () => {
  window = await openOperatorWindow(browser, stack);
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
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Henry Hill can no longer sign in with').waitFor();
    await dialog.getByLabel('Reason').fill('Lost on the train');
    const confirm = dialog.getByRole('button', { name: 'Revoke key' });
    expect(await confirm.isEnabled()).toBe(false);
    await dialog.getByLabel('Type henry to confirm').fill('henry');
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
    await open('users');
    await row('Bob Baker').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await button('Colours, Language').click();
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await page.getByRole('menuitemradio', { name: 'Deutsch' }).click();
    await page.getByRole('heading', { name: 'Personen' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Personen' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
  });

  it('signing out ends the session', async () => {
    // A session of its own: the others go on with theirs.
    await page.context().clearCookies();
    await page.goto(stack.file.operator.signInUrl);
    await button(/^Account of/).click();
    await item('Sign out').click();
    await page.getByRole('heading', { name: 'Sign in to Keywarden' }).waitFor();
    await open('keys');
    expect(new URL(page.url()).pathname).toBe('/sign-in');
  });

  it.each([
    ['light', ['keys', 'policies', 'policies/new', 'users', 'events', 'nowhere']],
    ['dark', ['keys', 'policies/new']],
  ] as const)('no accessibility fault in %s, nothing scrolls sideways', async (colorScheme, paths) => {
    const viewport = { width: 320, height: 640 };
    const narrow = await openOperatorWindow(browser, stack, { colorScheme, viewport });
    for (const path of paths) {
      await narrow.page.goto(`${stack.baseUrl}/demo/console/${path}`);
      await narrow.page.getByRole('heading', { level: 1 }).waitFor();
      await narrow.page.getByRole('status', { name: 'Loading' }).waitFor({ state: 'detached' });
      const { violations } = await new AxeBuilder({ page: narrow.page }).analyze();
      const found = violations.map(({ id, nodes }) => ({ id, at: nodes.map((node) => node.html) }));
      expect({ path, found }).toEqual({ path, found: [] });
      const width = await narrow.page.evaluate(() => document.documentElement.scrollWidth);
      expect({ path, fits: width <= 320 }).toEqual({ path, fits: true });
    }
    await narrow.close();
  });
});
