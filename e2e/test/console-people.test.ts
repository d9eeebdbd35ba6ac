import type { GroupDetails, Operator, UserDetails } from '@keywarden/api';
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
import { callManagement } from '../src/management-calls.ts';
import { saveScreenshot } from '../src/screenshot.ts';

let stack: DemoStack;
let browser: Browser;
let signedIn: Window;
beforeAll(async () => {
  [stack, browser] = await Promise.all([startDemoStack({ virtualKeys: 4 }), startBrowser()]);
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
const press = (name: string) => dialog().getByRole('button', { name }).click();

async function call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await callManagement(stack.management, { method, path, body });
  if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}`);
  return answer.body as Answer;
}
const person = (username: string, displayName: string) =>
  call<UserDetails>('POST', '/users', { username, displayName, email: null });
const group = (displayName: string) => call<GroupDetails>('POST', '/groups', { displayName });

describe('Groups', () => {
  it('are created, filled, searched, renamed and deleted; what is lost is told before', async () => {
    for (const [username, name] of [
      ['gina', 'Gina Gray'],
      ['gert', 'Gert Grün'],
      ['hugo', 'Hugo Hall'],
    ] as const) {
      await person(username, name);
    }
    await open('groups');
    await button('Create group').click();
    await press('Create group');
    await dialog().getByText('Give the group a name.').waitFor();
    await dialog().getByLabel('Name').fill('Field staff');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Field staff' }).waitFor();
    await page.getByText('Nobody is in this group').waitFor();

    // Who was ticked stays so while somebody else is looked for; Enter in the search sends nothing.
    await button('Add people').click();
    await dialog().getByLabel('Search people').fill('gina');
    await dialog().getByRole('checkbox', { name: 'Gert Grün (gert)' }).waitFor({ state: 'detached' });
    await dialog().getByRole('checkbox', { name: 'Gina Gray (gina)' }).check();
    await dialog().getByLabel('Search people').fill('HUGO');
    await page.keyboard.press('Enter');
    await dialog().getByRole('checkbox', { name: 'Hugo Hall (hugo)' }).check();
    expect(await dialog().getByRole('checkbox', { name: 'Gina Gray (gina)' }).isChecked()).toBe(true);
    await press('Add 2 people');
    await row('Gina Gray').waitFor();
    await row('Hugo Hall').waitFor();
    await page.getByText('2 people', { exact: true }).waitFor();

    await page.getByLabel('Search members').fill('hug');
    await row('Gina Gray').waitFor({ state: 'detached' });
    await page.getByLabel('Search members').fill('nobody');
    await page.getByText('No member matches').waitFor();
    await button('Show all members').click();
    await row('Gina Gray').waitFor();
    expect(await page.getByLabel('Search members').inputValue()).toBe('');
    await button('Remove Hugo Hall from the group').click();
    await row('Hugo Hall').waitFor({ state: 'detached' });
    await page.getByText('1 person', { exact: true }).waitFor();

    await page.getByRole('link', { name: 'Gina Gray' }).click();
    await page.getByRole('link', { name: 'Field staff' }).click();
    await button('Rename').click();
    await dialog().getByLabel('Name').fill('Field crew');
    await press('Save name');
    await page.getByRole('heading', { name: 'Field crew' }).waitFor();

    await button('Delete').click();
    await dialog()
      .getByText('Field crew and its one membership are deleted for good. The person stays.')
      .waitFor();
    const confirm = dialog().getByRole('button', { name: 'Delete group' });
    expect(await confirm.isEnabled()).toBe(false);
    await dialog().getByLabel('Type Field crew to confirm').fill('Field crew');
    await confirm.click();
    await page.getByRole('heading', { name: 'Groups', exact: true }).waitFor();
    await row('Field crew').waitFor({ state: 'detached' });
    await open('users?query=gina');
    await row('Gina Gray').waitFor();
  });

  it('are paged and searched on the server', async () => {
    for (let number = 1; number <= 52; number += 1) await group(`Site ${String(number).padStart(2, '0')}`);
    await open('groups?query=site');
    await page.getByText('52 groups').waitFor();
    expect(await row('Site 51').count()).toBe(0);
    await button('Next page').click();
    await row('Site 51').waitFor();
    expect(await row('Site 01').count()).toBe(0);
    await button('Previous page').click();
    await row('Site 01').waitFor();
    await page.getByLabel('Search groups by name').fill('site 5');
    await page.getByText('3 groups').waitFor();
    await page.getByLabel('Search groups by name').fill('zzz');
    await page.getByText('No group matches').waitFor();
    await button('Show all groups').click();
    await row('Site 01').waitFor();
  });

  it('tell which access criteria name them, before they are renamed or deleted', async () => {
    const { groupId } = await group('Named');
    const { version, document } = await call<{
      version: number;
      document: { accessCriteria: { accessCriteriaId: string; groups: string[] }[] };
    }>('GET', '/workflow');
    const [criteria] = document.accessCriteria;
    if (criteria === undefined) throw new Error('the workflow has no access criteria');
    const { accessCriteriaId: naming } = criteria;
    const accessCriteria = [{ ...criteria, groups: ['Named'] }];
    const stored = await call<{ version: number }>('PUT', '/workflow', {
      version,
      document: { ...document, accessCriteria },
    });
    try {
      await open(`groups/${groupId}`);
      await page.getByRole('definition').filter({ hasText: naming }).waitFor();
      await button('Rename').click();
      await dialog().getByLabel('Name').fill('Called otherwise');
      await dialog().getByText(`admit nobody by it once it is renamed: ${naming}`).waitFor();
      await press('Cancel');
      await button('Delete').click();
      await dialog().getByText(`will admit nobody by it: ${naming}`).waitFor();
      await press('Cancel');
    } finally {
      await call('PUT', '/workflow', { version: stored.version, document });
    }
  });
});

describe('Operators', () => {
  it('are added with a link that is shown once, signs in, and opens what the role opens', async () => {
    await open('operators');
    await row('Olivia Operator').getByText('you', { exact: true }).waitFor();
    await button('Add operator').click();
    await press('Add and show the link');
    await dialog().getByText('Give the operator a name.').waitFor();
    await dialog().getByLabel('Name').fill('Dora Desk');
    await dialog().getByLabel('E-mail').fill('dora');
    await press('Add and show the link');
    await dialog().getByText('This is no e-mail address.').waitFor();
    await dialog().getByLabel('E-mail').fill('dora@demo.example');
    await dialog().getByLabel('Role').selectOption({ label: 'Help desk' });
    await press('Add and show the link');
    await page.locator('.told:focus').waitFor();
    const link = await dialog().locator('.secret code').innerText();
    await press('Done');
    await row('Dora Desk').getByText('Never').waitFor();
    expect(await page.content()).not.toContain(link);

    const desk = await openAnonymousWindow(browser);
    await desk.page.goto(link);
    await desk.page.getByRole('button', { name: 'Account of Dora Desk' }).waitFor();
    expect(await desk.page.getByRole('link', { name: 'Operators' }).count()).toBe(0);
    await desk.page.goto(`${stack.baseUrl}/demo/console/groups`);
    await desk.page.getByRole('heading', { name: 'Groups', exact: true }).waitFor();
    expect(await desk.page.getByRole('button', { name: 'Create group' }).count()).toBe(0);

    // Deactivated, she is out at once.
    await button('Actions for Dora Desk').click();
    await item('Deactivate').click();
    await dialog().getByText('Dora Desk is signed out of the console everywhere at once').waitFor();
    await dialog().getByLabel('Type Dora Desk to confirm').fill('Dora Desk');
    await press('Deactivate operator');
    await row('Dora Desk').getByText('Deactivated').waitFor();
    await desk.page.reload();
    await desk.page.getByRole('heading', { name: 'Sign in to Keywarden' }).waitFor();
    await desk.close();

    await button('Actions for Dora Desk').click();
    await item('Activate').click();
    await row('Dora Desk').getByText('Active', { exact: true }).waitFor();
    await button('Actions for Dora Desk').click();
    await item('New sign-in link').click();
    await dialog().getByText('It is shown this once').waitFor();
    expect(await dialog().locator('.secret code').innerText()).not.toBe(link);
    await press('Done');
  });

  it('change neither their own role nor owners above them, and see who may what', async () => {
    await open('operators');
    await button('Actions for Olivia Operator').click();
    expect(await item('Deactivate').count()).toBe(0);
    await item('Edit').click();
    expect(await dialog().getByLabel('Role').isEnabled()).toBe(false);
    await dialog().getByText('Nobody changes their own role.').waitFor();
    await press('Cancel');

    const { signInUrl } = await call<{ signInUrl: string }>('POST', '/operators', {
      name: 'Adam Administrator',
      email: null,
      role: 'administrator',
    });
    const admin = await openAnonymousWindow(browser);
    await admin.page.goto(signInUrl);
    await admin.page.goto(`${stack.baseUrl}/demo/console/operators`);
    await admin.page.getByRole('button', { name: 'Actions for Olivia Operator' }).click();
    await admin.page.getByText('Only an owner changes an owner.').waitFor();
    expect(await admin.page.getByRole('menuitem', { name: 'Edit' }).isEnabled()).toBe(false);
    await admin.page.keyboard.press('Escape');
    await admin.page.getByRole('button', { name: 'Add operator' }).click();
    const offered = admin.page.getByRole('dialog').getByLabel('Role').locator('option');
    expect(await offered.allInnerTexts()).toEqual(['Administrator', 'Operator', 'Help desk', 'Auditor']);
    await admin.close();

    await page.getByText('What each role may do').click();
    const matrix = page.getByRole('table', { name: 'What each role may do' });
    const rights = matrix.getByRole('row').filter({ hasText: 'Appoint, change and deactivate owners' });
    expect(await rights.getByText('yes').count()).toBe(1);
    // Every permission has words of its own.
    for (const text of await matrix.locator('td[data-column="permission"]').allInnerTexts()) {
      expect(text).not.toMatch(/^[\w-]+\.[\w-]+$/);
    }
  });

  it('that two people change at once are changed by who has looked', async () => {
    const { operator } = await call<{ operator: Operator }>('POST', '/operators', {
      name: 'Twice Changed',
      email: null,
      role: 'auditor',
    });
    await open('operators?query=twice');
    await button('Actions for Twice Changed').click();
    await item('Edit').click();
    await call('PUT', `/operators/${operator.operatorId}`, { ...operator, role: 'help-desk' });
    await dialog().getByLabel('E-mail').fill('twice@demo.example');
    await press('Save changes');
    await dialog().getByText('Somebody else changed this meanwhile.').waitFor();
    await press('Look at it again');
    await dialog().getByText('This is stored now').waitFor();
    expect(await dialog().locator('.notice dd').allInnerTexts()).toEqual(['Twice Changed', '–', 'Help desk']);
    await dialog().getByLabel('Role').selectOption({ label: 'Help desk' });
    await press('Save changes');
    await row('twice@demo.example').getByText('Help desk').waitFor();
  });
});

describe('a person', () => {
  it('gets another username and a language; what that breaks is told first', async () => {
    const { userId } = await person('renate', 'Renate Rot');
    await open(`users/${userId}`);
    await button('Edit').click();
    expect(await dialog().getByText('What another username changes').count()).toBe(0);
    await dialog().getByLabel('Username').fill('ALICE');
    await dialog().getByText('What another username changes').waitFor();
    await dialog().getByText('only the new name signs in').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog().getByLabel('Language').selectOption({ label: 'German' });
    await press('Save changes');
    await dialog().getByRole('alert').getByText('Somebody else already has this username.').waitFor();
    await dialog().getByLabel('Username').fill('renate.rot');
    await press('Save changes');
    await page.getByRole('definition').filter({ hasText: 'renate.rot' }).waitFor();
    await page.getByRole('definition').filter({ hasText: 'German' }).waitFor();
    expect(await call<UserDetails>('GET', `/users/${userId}`)).toMatchObject({
      username: 'renate.rot',
      language: 'de',
    });
  });

  it('whom somebody else changed meanwhile is looked at again, and nothing typed is lost', async () => {
    const { userId } = await person('konrad', 'Konrad Kahl');
    const theirs = { displayName: 'Konrad Theirs', email: 'theirs@demo.example', status: 'active' };
    await open(`users/${userId}`);
    await button('Edit').click();
    await call('PUT', `/users/${userId}`, theirs);
    await dialog().getByLabel('Name', { exact: true }).fill('Konrad Mine');
    await press('Save changes');
    await dialog().getByText('What you typed is still here.').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await call<UserDetails>('GET', `/users/${userId}`)).toMatchObject({
      displayName: 'Konrad Theirs',
    });
    await press('Look at it again');
    await dialog().getByText('theirs@demo.example').waitFor();
    expect(await dialog().getByLabel('Name', { exact: true }).inputValue()).toBe('Konrad Mine');
    await press('Take what is stored');
    expect(await dialog().getByLabel('Name', { exact: true }).inputValue()).toBe('Konrad Theirs');
    await dialog().getByLabel('Name', { exact: true }).fill('Konrad Both');
    await press('Save changes');
    await page.getByRole('heading', { name: 'Konrad Both' }).waitFor();
    expect(await call<UserDetails>('GET', `/users/${userId}`)).toMatchObject({
      displayName: 'Konrad Both',
      email: 'theirs@demo.example',
    });

    // Disabling writes nothing over it either.
    await call('PUT', `/users/${userId}`, { ...theirs, displayName: 'Konrad Last' });
    await button(/^More actions/).click();
    await item('Disable').click();
    await dialog().getByLabel('Type konrad to confirm').fill('konrad');
    await press('Disable person');
    await dialog().getByText('Somebody else changed this meanwhile.').waitFor();
    await press('Disable person');
    await page.getByText('Disabled', { exact: true }).waitFor();
    expect(await call<UserDetails>('GET', `/users/${userId}`)).toMatchObject({
      displayName: 'Konrad Last',
      status: 'disabled',
    });
  });
});

describe('an application', () => {
  it('that somebody else changed meanwhile is looked at again', async () => {
    const redirectUris = ['https://shared.example/callback'];
    const { client } = await call<{ client: { clientId: string } }>('POST', '/clients', {
      name: 'Shared',
      redirectUris,
    });
    await open('clients');
    await button('Actions for Shared').click();
    await item('Edit').click();
    await call('PUT', `/clients/${client.clientId}`, {
      name: 'Shared by them',
      redirectUris,
      refreshTokens: true,
      clientCredentials: false,
      consentRequired: true,
      mayProvision: false,
    });
    await dialog().getByLabel('Name').fill('Shared by me');
    await press('Save changes');
    await dialog().getByText('Somebody else changed this meanwhile.').waitFor();
    await press('Look at it again');
    await dialog().getByText('Shared by them').waitFor();
    expect(await dialog().getByLabel('Name').inputValue()).toBe('Shared by me');
    await press('Save changes');
    await row('Shared by me').waitFor();
  });
});

describe('every page', () => {
  it.each(Object.entries(sights))('fits, in %s', async (locale, seen) => {
    const { groupId } = await group(`Looked at in ${locale}`);
    const { userId } = await person(`looked-${locale}`.toLowerCase(), 'Lotte Lang');
    await call('POST', `/groups/${groupId}/members`, { userIds: [userId] });
    const look = await openOperatorWindow(browser, stack, { locale });
    try {
      const { page: own } = look;
      const go = async (path: string) => {
        await own.goto(`${stack.baseUrl}/demo/console/${path}`);
        await own.getByRole('heading', { level: 1 }).waitFor();
      };
      await go('groups');
      await own.getByRole('row').nth(1).waitFor();
      await lookAtConsole(own, `groups-${locale}`, seen);
      await go(`groups/${groupId}`);
      await own.getByText('Lotte Lang').waitFor();
      await lookAtConsole(own, `group-${locale}`, seen);
      await go('operators');
      await own.getByRole('row').nth(1).waitFor();
      await own.locator('summary').click();
      await own.locator('td[data-column="permission"]').first().waitFor();
      await lookAtConsole(own, `operators-${locale}`, seen);
      expect(look.faults).toEqual([]);
    } finally {
      await look.close();
    }
  });

  it('says why where the server does not answer, and asks again', async () => {
    for (const [path, api] of [
      ['groups', 'groups'],
      ['operators', 'operators'],
    ] as const) {
      await page.route(`**/api/v1/${api}?*`, (route) => route.abort());
      await open(path);
      await page.getByRole('alert').getByText('The server cannot be reached.').first().waitFor();
      await page.unroute(`**/api/v1/${api}?*`);
      await button('Try again').click();
      await page.getByRole('row').nth(1).waitFor();
    }
  });
});
