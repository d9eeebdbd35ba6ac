/**
 * The pictures of the README, from the running demo: `npm run build && npm run screenshots -w e2e`, then look at them.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openOperatorWindow, startBrowser } from './browser.ts';
import { startDemoStack } from './demo-stack.ts';
import { AssignmentPage } from './pages/assignment-page.ts';

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../docs/images');

const stack = await startDemoStack({ virtualKeys: 4 });
const browser = await startBrowser();
try {
  await mkdir(folder, { recursive: true });
  // Left blinking, the row stays open at the step that a person has to do.
  await stack.handleKey('VK-0003', 'hold-touch');
  for (const colorScheme of ['light', 'dark'] as const) {
    const viewport = { width: 1120, height: 760 };
    const window = await openOperatorWindow(browser, stack, { colorScheme, viewport, deviceScaleFactor: 2 });
    const page = new AssignmentPage(window.page, stack);
    await page.open('alice');
    await page.connected().waitFor();
    await page.key('VK-0003').assign().click();
    await page.enterPin(stack.file.virtualKeys[2]?.pin ?? '');
    await page.touch().waitFor();
    await window.page.screenshot({ path: path.join(folder, `assign-${colorScheme}.png`) });
    await page.cancel().click();
    await page.text('You cancelled.').waitFor();
    await window.close();
  }
} finally {
  await browser.close();
  await stack.stop();
}
