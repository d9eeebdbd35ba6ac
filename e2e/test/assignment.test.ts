import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accessibilityFaults } from '../src/accessibility.ts';
import { openAnonymousWindow, openOperatorWindow, startBrowser, type Window } from '../src/browser.ts';
import { type DemoStack, startDemoStack } from '../src/demo-stack.ts';
import { callManagement, createUser, deviceBySerial } from '../src/management-calls.ts';
import { AssignmentPage } from '../src/pages/assignment-page.ts';
import { saveScreenshot, takePicture } from '../src/screenshot.ts';

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
let page: AssignmentPage;
beforeEach(async () => {
  window = await openOperatorWindow(browser, stack);
  page = new AssignmentPage(window.page, stack);
});
/** What a test left otherwise than it was: put right after it, however it ended. */
const putRight: (() => Promise<void>)[] = [];
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await saveScreenshot(window.page, `failed-${task.name}`);
  const { faults } = window;
  await window.close();
  for (const act of putRight.splice(0).reverse()) await act();
  expect(faults).toEqual([]);
});

/** Nobody touches this key until the test is over, or touches it itself. */
async function holdTouch(serial: string): Promise<void> {
  putRight.push(() => stack.handleKey(serial, 'auto-touch'));
  await stack.handleKey(serial, 'hold-touch');
}

async function pullOut(serial: string): Promise<{ putBack: () => Promise<void> }> {
  const putBack = once(() => stack.handleKey(serial, 'attach'));
  putRight.push(putBack);
  await stack.handleKey(serial, 'remove');
  return { putBack };
}

async function stopService(): Promise<{ startAgain: () => Promise<void> }> {
  const startAgain = once(() => stack.startWorkstation());
  putRight.push(startAgain);
  await stack.stopWorkstation();
  return { startAgain };
}

/** The second call gets what came of the first. */
function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= act();
    return done;
  };
}

const pinOf = (serial: string) => stack.file.virtualKeys.find((key) => key.serial === serial)?.pin ?? '';
const device = (serial: string) => deviceBySerial(stack.management, serial);
const keysOf = async (username: string) => (await stack.management.assignment(username)).keys;

describe('each state offers its own choice and button, and ends in Enrollment Successful', () => {
  it('Not Configured: a policy is chosen, then Configure & Assign Device', async () => {
    await page.open('alice');
    await page.connected().waitFor();
    const key = page.key('VK-0001');
    await key.inState('Not Configured');
    expect(await key.buttons()).toEqual(['Configure & Assign Device']);
    await key.policyChoice().selectOption({ label: 'Standard employee' });
    await key.assign().click();
    await page.choosePin('246810');
    await page.success().waitFor();
    expect(await device('VK-0001')).toMatchObject({
      status: 'ENROLLED',
      policy: { name: 'Standard employee' },
      owner: { username: 'alice' },
    });
    expect(await keysOf('alice')).toHaveLength(1);
    await page.backToKeys().click();
    await window.page.getByRole('heading', { name: 'FIDO Keys', exact: true }).waitFor();
    await page.open('bob');
    await page.key('VK-0001').row.getByText('Assigned to Alice Liddell').waitFor();
    expect(await page.key('VK-0001').assign().isEnabled()).toBe(false);
  });

  it('Ready: the linked policy is used, Configure & Assign Device', async () => {
    await page.open('alice');
    const key = page.key('VK-0002');
    await key.inState('Ready');
    expect(await key.buttons()).toEqual(['Configure & Assign Device']);
    expect(await key.policyChoice().count()).toBe(0);
    await key.row.getByText('Standard employee').waitFor();
    await key.assign().click();
    await page.choosePin('246810');
    await page.success().waitFor();
    expect(await device('VK-0002')).toMatchObject({ status: 'ENROLLED', owner: { username: 'alice' } });
    await page.backToKeys().click();
    await window.page.getByRole('heading', { name: 'FIDO Keys', exact: true }).waitFor();
  });

  it('Configured: Assign Device', async () => {
    await page.open('bob');
    const key = page.key('VK-0003');
    await key.inState('Configured');
    expect(await key.buttons()).toEqual(['Assign Device']);
    expect(await key.policyChoice().count()).toBe(0);
    await key.assign().click();
    await page.enterPin(pinOf('VK-0003'));
    await page.success().waitFor();
    expect(await device('VK-0003')).toMatchObject({ status: 'ENROLLED', owner: { username: 'bob' } });
  });

  it('Revoked: Assign Device enrolls it again, for whomever', async () => {
    await page.open('carol');
    const key = page.key('VK-0004');
    await key.inState('Revoked');
    expect(await key.buttons()).toEqual(['Assign Device']);
    expect(await key.policyChoice().count()).toBe(0);
    await key.assign().click();
    await page.enterPin(pinOf('VK-0004'));
    await page.success().waitFor();
    expect(await device('VK-0004')).toMatchObject({ status: 'ENROLLED', owner: { username: 'carol' } });
  });
});

describe('before anything can be assigned', () => {
  it('an operator who is not signed in signs in first and comes back', async () => {
    const anonymous = await openAnonymousWindow(browser);
    await anonymous.page.goto(`${stack.baseUrl}/assign-user/alice`);
    expect(new URL(anonymous.page.url()).pathname).toBe('/sign-in');
    await anonymous.page.goto(stack.file.operator.signInUrl);
    expect(new URL(anonymous.page.url()).pathname).toBe('/assign-user/alice');
    await new AssignmentPage(anonymous.page, stack).connected().waitFor();
    await anonymous.close();
  });

  it('a stopped service is told, Connect to Service works once it is started', async () => {
    const { startAgain } = await stopService();
    await page.open('alice');
    await page.connect().waitFor();
    await page
      .text(/service/i)
      .first()
      .waitFor();
    await page.connect().click();
    await page.connect().waitFor();
    await startAgain();
    await page.connect().click();
    await page.connected().waitFor();
    await page.key('VK-0001').row.waitFor();
  });

  it('a service that stops under the open page is told, and found again', async () => {
    await page.open('alice');
    await page.connected().waitFor();
    const { startAgain } = await stopService();
    await page.connect().waitFor();
    await startAgain();
    await page.connect().click();
    await page.connected().waitFor();
  });

  it('an unknown user is named, and no key can be assigned', async () => {
    await page.open('nobody');
    await page.text('There is nobody called nobody in the directory.').waitFor();
    expect(await page.anyAssign().count()).toBe(0);
  });

  it('a tenant without a default identity provider says who can mend it', async () => {
    const path = '/identity-providers/default';
    const { items } = await stack.management.identityProviders();
    const set = (identityProviderId: string | null) =>
      callManagement(stack.management, { method: 'PUT', path, body: { identityProviderId } });
    const usual = items[0]?.identityProviderId ?? null;
    putRight.push(async () => void (await set(usual)));
    await set(null);
    await page.open('alice');
    await page.text('This tenant has no default identity provider.').waitFor();
    expect(await page.anyAssign().count()).toBe(0);
    await set(usual);
    await window.page.reload();
    await page.text('Alice Liddell').first().waitFor();
  });
});

describe('when something goes wrong in the middle, the message is clear and the state is true', () => {
  beforeAll(async () => {
    for (const name of ['dora', 'emil', 'fritz', 'gina', 'hanna']) {
      await createUser(stack.management, name, name[0]?.toUpperCase() + name.slice(1));
    }
  });

  async function configureAndAssign(username: string, serial: string): Promise<void> {
    await page.open(username);
    const key = page.key(serial);
    await key.assign().waitFor();
    await key.policyChoice().selectOption({ label: 'Standard employee' });
    await key.assign().click();
  }

  it('a wrong PIN costs a try, the tries left are told, the right one goes on', async () => {
    await stack.management.revokeDevice((await device('VK-0003')).deviceId, 'For this test');
    await page.open('dora');
    await page.key('VK-0003').assign().click();
    await page.enterPin('99999999');
    await page.text('7 tries left').waitFor();
    expect(await device('VK-0003')).toMatchObject({ status: 'REVOKED', owner: null });
    await page.enterPin(pinOf('VK-0003'));
    await page.success().waitFor();
    expect(await device('VK-0003')).toMatchObject({ status: 'ENROLLED', owner: { username: 'dora' } });
  });

  it('a key pulled in the middle', async () => {
    await holdTouch('VK-0005');
    await configureAndAssign('emil', 'VK-0005');
    await page.choosePin('246810');
    await page.touch().waitFor();
    const { putBack } = await pullOut('VK-0005');
    await page.text(/The key was removed/).waitFor();
    expect((await device('VK-0005')).owner).toBeNull();
    expect(await keysOf('emil')).toHaveLength(0);
    await stack.handleKey('VK-0005', 'auto-touch');
    await putBack();
    await page.key('VK-0005').assign().last().waitFor();
  });

  it('the operator cancels', async () => {
    await configureAndAssign('fritz', 'VK-0006');
    await page.cancel().waitFor();
    // Escape in a menu closes the menu and nothing else.
    const menu = window.page.getByRole('menu');
    await window.page.getByRole('button', { name: 'Colours, Language' }).click();
    await menu.waitFor();
    await window.page.keyboard.press('Escape');
    await menu.waitFor({ state: 'detached' });
    await page.cancel().click();
    await page.text('You cancelled.').waitFor();
    expect(await device('VK-0006')).toMatchObject({ status: 'NOT_CONFIGURED', owner: null });
    expect(await keysOf('fritz')).toHaveLength(0);
  });

  it('the server is killed between the credential and its registration, and the page goes on by itself', async () => {
    let killed = false;
    await window.page.route('**/complete', async (route) => {
      if (!killed) {
        killed = true;
        await stack.killServer();
        await stack.startServer();
      }
      await route.continue();
    });
    await configureAndAssign('hanna', 'VK-0008');
    await page.choosePin('246810');
    await page.success().waitFor({ timeout: 40_000 });
    expect(killed).toBe(true);
    expect(await device('VK-0008')).toMatchObject({ status: 'ENROLLED', owner: { username: 'hanna' } });
    expect(await keysOf('hanna')).toHaveLength(1);
  }, 90_000);

  it('the page is reloaded in the middle of an enrollment', async () => {
    await holdTouch('VK-0007');
    await configureAndAssign('gina', 'VK-0007');
    await page.choosePin('246810');
    await page.touch().waitFor();
    await window.page.reload();
    await stack.handleKey('VK-0007', 'auto-touch');
    await page.goOn().click();
    // The PIN that was set before the reload; the service forgot it with the page.
    await page.enterPin('246810');
    await page.success().waitFor();
    expect(await device('VK-0007')).toMatchObject({ status: 'ENROLLED', owner: { username: 'gina' } });
    expect(await keysOf('gina')).toHaveLength(1);
  });
});

describe('an enrollment that an earlier page left open', () => {
  it('after the key had made its credential goes on without asking the key again', async () => {
    await createUser(stack.management, 'ida', 'Ida');
    const sent = new Promise<void>((resolve) => {
      void window.page.route(
        '**/complete',
        async (route) => {
          await route.abort();
          resolve();
        },
        { times: 1 },
      );
    });
    await page.open('ida');
    await page.key('VK-0006').policyChoice().selectOption({ label: 'Standard employee' });
    await page.key('VK-0006').assign().click();
    await page.choosePin('246810');
    await sent;
    await window.page.reload();
    await holdTouch('VK-0006');
    await page.goOn().click();
    await page.success().waitFor();
    expect(await device('VK-0006')).toMatchObject({ status: 'ENROLLED', owner: { username: 'ida' } });
    expect(await keysOf('ida')).toHaveLength(1);
  });

  it('can be rolled back, by an operator who came for somebody else', async () => {
    await createUser(stack.management, 'karl', 'Karl');
    await holdTouch('VK-0005');
    await page.open('karl');
    await page.key('VK-0005').policyChoice().selectOption({ label: 'Contractors' });
    await page.key('VK-0005').assign().click();
    // The key was pulled in an earlier test after its PIN was set.
    await page.enterPin('246810');
    await page.choosePin('24681012');
    await page.touch().waitFor();
    await page.open('alice');
    await stack.handleKey('VK-0005', 'auto-touch');
    await page.key('VK-0005').row.getByText('An enrollment of this key for Karl was left open.').waitFor();
    expect(await page.goOn().count()).toBe(0);
    await page.rollBack().click();
    await page.text('You cancelled.').waitFor();
    expect(await device('VK-0005')).toMatchObject({ status: 'NOT_CONFIGURED', owner: null });
    expect(await keysOf('karl')).toHaveLength(0);
  });

  it('is rolled back also after the key was pulled out and put back', async () => {
    await createUser(stack.management, 'lena', 'Lena');
    const { deviceId } = await device('VK-0006');
    await stack.management.revokeDevice(deviceId, 'For this test');
    const made = window.page.waitForRequest('**/complete');
    await window.page.route('**/complete', (route) => route.abort());
    await page.open('lena');
    await page.key('VK-0006').inState('Revoked');
    await page.key('VK-0006').assign().click();
    await page.enterPin('246810');
    await made;
    const { putBack } = await pullOut('VK-0006');
    await window.page.reload();
    await page.connected().waitFor();
    await putBack();
    await page.rollBack().click();
    await page.enterPin('246810');
    await page.text('You cancelled.').waitFor();
    await page.text('The passkey was taken off the key again. It is not assigned.').waitFor();
    expect(await device('VK-0006')).toMatchObject({ status: 'REVOKED', owner: null });
    expect(await keysOf('lena')).toHaveLength(0);
    await window.page.reload();
    await page.key('VK-0006').inState('Revoked');
    expect(await page.rollBack().count()).toBe(0);
  });
});

describe('reading changes nothing', () => {
  it('the page, its data and a second visit leave devices, enrollments and the log as they were', async () => {
    const state = async () => {
      const lists = ['devices', 'enrollments', 'events', 'users', 'policies', 'workstations'];
      const answers = await Promise.all(
        lists.map((name) => callManagement(stack.management, { method: 'GET', path: `/${name}?limit=200` })),
      );
      return answers.map(({ body }) => body);
    };
    // The workstation's session is asked for by POST and is remembered as seen.
    await stopService();
    const before = await state();
    await page.open('carol');
    await page.text('Carol Chen').first().waitFor();
    await window.page.reload();
    await page.text('Carol Chen').first().waitFor();
    expect(await state()).toEqual(before);
  });
});

describe('the page', () => {
  it.each(['light', 'dark'] as const)('has no accessibility fault in %s', async (colorScheme) => {
    const themed = await openOperatorWindow(browser, stack, { colorScheme });
    const themedPage = new AssignmentPage(themed.page, stack);
    await themedPage.open('alice');
    await themedPage.connected().waitFor();
    await themedPage.key('VK-0001').row.waitFor();
    await takePicture(themed.page, `assign-${colorScheme}`);
    expect(await accessibilityFaults(themed.page)).toEqual([]);
    await themed.close();
  });

  it('fits into 320 pixels without scrolling sideways', async () => {
    const narrow = await openOperatorWindow(browser, stack, { viewport: { width: 320, height: 640 } });
    const narrowPage = new AssignmentPage(narrow.page, stack);
    await narrowPage.open('alice');
    await narrowPage.key('VK-0001').row.waitFor();
    await takePicture(narrow.page, 'assign-320');
    expect(await narrow.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
    await narrow.close();
  });
});
