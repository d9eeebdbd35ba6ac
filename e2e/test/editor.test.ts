import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openOperatorWindow, startBrowser, type Window } from '../src/browser.ts';
import { lookAtConsole, outOfReach } from '../src/console-look.ts';
import { type DemoStack, startDemoStack } from '../src/demo-stack.ts';
import { saveScreenshot, takePicture } from '../src/screenshot.ts';

let stack: DemoStack;
let browser: Browser;
beforeAll(async () => {
  [stack, browser] = await Promise.all([startDemoStack({ virtualKeys: 4 }), startBrowser()]);
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
const button = (name: string | RegExp) => page.getByRole('button', { name });
const tab = (name: string) => page.getByRole('tab', { name });
const saveBar = () => page.locator('.save-bar');
const json = () => page.getByLabel('The document as JSON');

/** The bar is checked a moment after the last letter. */
const settled = (words: string | RegExp) => saveBar().getByText(words).waitFor();

describe('the workflow', () => {
  it('is changed in the form, saved as the next version, and shown in its history', async () => {
    await open('workflow');
    await page.getByText('Version 1', { exact: true }).waitFor();
    await settled('Everything is saved');
    const password = page.getByRole('listitem').filter({ hasText: 'factor.password' }).first();
    await password.getByLabel('Wrong answers per sign-in').fill('5');
    await settled('Unsaved changes');
    await saveBar().getByLabel('What did you change?').fill('Five tries');
    await button('Save version 2').click();
    await page.getByText('Version 2', { exact: true }).waitFor();
    await settled('Everything is saved');
    await tab('Versions').click();
    await page.getByRole('row').filter({ hasText: 'Five tries' }).waitFor();
    await button('Compare version 1 with what is in the editor').click();
    await page.locator('.difference [data-kind="added"]').filter({ hasText: '"retry": 5' }).waitFor();
    await takePicture(page, 'workflow-versions');
    await button('Put version 1 into the editor').click();
    await settled('Unsaved changes');
    await button('Save version 3').click();
    await page.getByText('Version 3', { exact: true }).waitFor();
  });

  it('tells a fault at its field and at its line, and can’t be saved with it', async () => {
    await open('workflow');
    const fido = page.getByRole('listitem').filter({ hasText: 'factor.fido' }).first();
    await fido.getByLabel('Wrong answers per sign-in').fill('99');
    await settled('1 fault');
    await fido.getByText('It must be between 1 and 10.').waitFor();
    expect(await button(/^Save version/).isDisabled()).toBe(true);
    await takePicture(page, 'workflow-fault');
    await tab('JSON').click();
    await page.locator('.json-places').getByText('/firstFactors/0/retry').waitFor();
    await page.locator('.json-places').getByRole('button').first().click();
    const selected = await json().evaluate((area: HTMLTextAreaElement) =>
      area.value.slice(area.selectionStart, area.selectionEnd),
    );
    expect(selected).toMatch(/^99/);
    await json().fill('{ "accessCriteria": [], ');
    await page.locator('.json-places').getByText('From here on it is not JSON').waitFor();
    await takePicture(page, 'workflow-json-broken');
    await tab('Form').click();
    await page.getByText('The form can show it once the faults are mended here.').waitFor();
    await button('Discard changes').click();
    await settled('Everything is saved');
  });
});

describe('a fold', () => {
  it('opens where something in it is wrong, and may be closed over it', async () => {
    await open('workflow');
    const fold = page.locator('details').filter({ has: page.getByText('Attestation', { exact: true }) });
    expect(await fold.getAttribute('open')).toBeNull();
    await tab('JSON').click();
    const written = await json().inputValue();
    await json().fill(written.replace(/"attestationTrust": "[a-z]+"/, '"attestationTrust": "roots"'));
    await settled('1 fault');
    await tab('Form').click();
    await fold.getByText('Trust by own roots needs at least one certificate.').waitFor();
    await lookAtConsole(page, 'workflow-fold', [
      { colorScheme: 'light', width: 1280 },
      { colorScheme: 'dark', width: 320 },
    ]);
    await page.setViewportSize({ width: 1280, height: 800 });
    await fold.getByText('Attestation', { exact: true }).click();
    await fold.getByLabel('Root certificates').waitFor({ state: 'hidden' });
    await button('Discard changes').click();
    await settled('Everything is saved');
  });
});

describe('what would she see?', () => {
  it('is answered for a draft, with the reason for each part', async () => {
    await open('workflow');
    await tab('What would she see?').click();
    await page.getByLabel('Username').fill('alice');
    await button('Show').click();
    await page.getByText('Alice Liddell (alice)').waitFor();
    await page.getByText('The person can prove it.').first().waitFor();
    await page.getByText(/The person holds factor\.password/).waitFor();
    await tab('Form').click();
    await page
      .getByRole('listitem')
      .filter({ hasText: 'access_criteria.common_to_all' })
      .last()
      .getByLabel('Groups, one a line')
      .fill('Field staff');
    await tab('What would she see?').click();
    await page.getByLabel('Username').fill('alice');
    await settled('Unsaved changes');
    await button('Show').click();
    await page.getByText('The person is in none of the groups or roles').first().waitFor();
    await takePicture(page, 'workflow-preview');
  });
});

describe('unsaved changes', () => {
  it('are not lost by a click beside them', async () => {
    await open('workflow');
    await page.getByLabel('Wrong answers per sign-in').first().fill('4');
    await settled('Unsaved changes');
    await page.getByRole('link', { name: 'Policies' }).click();
    await page.getByRole('dialog').getByText('Your changes are lost if you leave.').waitFor();
    await button('Stay here').click();
    expect(await page.getByLabel('Wrong answers per sign-in').first().inputValue()).toBe('4');
    await page.getByRole('link', { name: 'Policies' }).click();
    await button('Leave and lose them').click();
    await page.getByRole('heading', { name: 'Policies' }).waitFor();
  });

  it('of two people are both kept until one chooses', async () => {
    await open('workflow');
    await page.getByLabel('Wrong answers per sign-in').first().fill('6');
    await settled('Unsaved changes');
    const other = await openOperatorWindow(browser, stack);
    await other.page.goto(`${stack.baseUrl}/demo/console/workflow`);
    await other.page.getByLabel('Wrong answers per sign-in').first().fill('7');
    await other.page.getByRole('button', { name: /^Save version/ }).click();
    await other.page.locator('.save-bar').getByText('Everything is saved').waitFor();
    await other.close();
    await button(/^Save version/).click();
    await page.getByText(/Somebody else saved version/).waitFor();
    await button('Take theirs, drop mine').click();
    await settled('Everything is saved');
    expect(await page.getByLabel('Wrong answers per sign-in').first().inputValue()).toBe('7');
  });

  it('that open enrollment to anybody need the name of the tenant typed', async () => {
    await open('workflow');
    await page.getByLabel('Let people without a password or passkey').check();
    await page.getByText('Dangerous: whoever knows such a username takes the account.').waitFor();
    await settled('1 thing worth a thought');
    await button(/^Save version/).click();
    const dialog = page.getByRole('dialog');
    const confirm = dialog.getByRole('button', { name: 'Save and open it' });
    expect(await confirm.isDisabled()).toBe(true);
    await dialog.getByLabel('Type demo to confirm').fill('demo');
    await confirm.click();
    await settled('Everything is saved');
    await page.getByLabel('Let people without a password or passkey').uncheck();
    await button(/^Save version/).click();
    await settled('Everything is saved');
  });
});

describe('notices', () => {
  it('lie over nothing that can be pressed or gone to, and are put away by the keyboard alone', async () => {
    const notices = page.getByRole('alert').filter({ hasText: 'The server cannot be reached.' });
    await open('policies');
    await page.route('**/duplicate', (route) => route.abort());
    for (const before of [0, 1]) {
      await button('Actions for Contractors').click();
      await page.getByRole('menuitem', { name: 'Duplicate' }).click();
      await notices.nth(before).waitFor();
    }
    await page.getByRole('link', { name: 'Workflow' }).click();
    await page.getByLabel('Wrong answers per sign-in').first().fill('9');
    await settled('Unsaved changes');
    await lookAtConsole(page, 'notices', [
      { colorScheme: 'light', width: 1280 },
      { colorScheme: 'dark', width: 320 },
    ]);
    for (const width of [1280, 320]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await outOfReach(page), `${width} px`).toEqual([]);
    }
    // What is over the page is over them, too, and Escape closes that alone.
    await button('Add a factor').first().click();
    await page.getByRole('menu').waitFor();
    expect(await outOfReach(page, '[role="menu"]')).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    expect(await notices.count()).toBe(2);
    await page.keyboard.press('Escape');
    await expect.poll(() => notices.count()).toBe(1);
    await notices.getByRole('button', { name: 'Close' }).press('Enter');
    await notices.waitFor({ state: 'detached' });
    // What was done is told without haste, and goes by itself.
    await button(/^Save version/).click();
    await page.getByRole('status').filter({ hasText: 'of the workflow was saved' }).waitFor();
    expect(await outOfReach(page)).toEqual([]);
  });
});

describe('a theme', () => {
  const frame = () => page.frameLocator('iframe');

  it('is made, tried on in the portal’s own pages, saved, and worn by the portal', async () => {
    await open('themes');
    await page.getByRole('heading', { name: 'default' }).waitFor();
    await button('New theme').click();
    await page.getByRole('dialog').getByLabel('Id').fill('Contoso');
    await button('Create theme').click();
    await page.getByText('Use lower-case letters, digits, - and _ alone.').waitFor();
    await page.getByRole('dialog').getByLabel('Id').fill('contoso');
    await button('Create theme').click();
    await page.getByRole('heading', { name: 'contoso' }).waitFor();
    await frame().getByRole('heading', { name: 'Sign in to Payroll' }).waitFor();

    await page.getByLabel('Name', { exact: true }).fill('Contoso Ltd');
    await frame().getByText('Contoso Ltd').first().waitFor();
    await page.getByRole('textbox', { name: 'Buttons' }).first().fill('#7a1fa2');
    await page.getByRole('textbox', { name: 'Links on the card' }).first().fill('#cccccc');
    await page.getByText(/Contrast 1\.6:1/).waitFor();
    await settled('1 thing worth a thought');
    await takePicture(page, 'theme-look');
    await page.getByRole('textbox', { name: 'Links on the card' }).first().fill('#7a1fa2');

    const logo =
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 32"><rect width="120" height="32" rx="6" fill="#7a1fa2"/><circle cx="16" cy="16" r="8" fill="#fff"/></svg>';
    const choose = page.waitForEvent('filechooser');
    await button(/^Choose Logo$/).click();
    await (await choose).setFiles({ name: 'logo.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(logo) });
    await button('Remove: Logo').waitFor();

    await tab('Words').click();
    await page.getByLabel('Language of these words').selectOption({ label: 'German' });
    await page.getByLabel('enroll_action.fido: label').fill('Contoso-Passkey hinzufügen');
    await page.getByLabel('email: label').fill('Ihre Firmenadresse');
    await page.getByText('Give both the label and the description').waitFor();
    await page.getByLabel('email: description').fill('Ihre Firmenadresse lesen');
    await page.getByLabel('Page', { exact: true }).selectOption({ label: 'Add a passkey' });
    await frame().getByText('Contoso-Passkey hinzufügen').waitFor();
    await takePicture(page, 'theme-words');
    await page.getByLabel('Page', { exact: true }).selectOption({ label: 'Consent' });
    await frame().getByText('Ihre Firmenadresse lesen').waitFor();
    await page.getByLabel('Colours', { exact: true }).selectOption({ label: 'Dark' });
    await page.getByLabel('Width', { exact: true }).selectOption({ label: 'Wide' });
    await takePicture(page, 'theme-consent-dark-wide');
    await settled('Unsaved changes');
    await button('Save version 2').click();
    await settled('Everything is saved');

    const told = await page.request.get(`${stack.baseUrl}/demo/authn/theme?theme_id=contoso&lang=de`);
    expect(await told.json()).toMatchObject({
      name: 'Contoso Ltd',
      labels: { 'enroll_action.fido': 'Contoso-Passkey hinzufügen' },
    });
    await page.getByRole('link', { name: 'Themes' }).first().click();
    await page.getByRole('heading', { name: 'contoso' }).waitFor();
    await takePicture(page, 'themes');
    await button('Delete: contoso').click();
    await page.getByRole('dialog').getByLabel('Type contoso to confirm').fill('contoso');
    await button('Delete theme').click();
    await page.getByRole('heading', { name: 'contoso' }).waitFor({ state: 'detached' });
  });
});
