import { afterEach } from 'vitest';
import { openPages } from './browser.ts';

// A failed test of a page says little without the page: its words go where the failure is told.
afterEach(async ({ task }) => {
  const [error] = task.result?.errors ?? [];
  if (error === undefined) return;
  for (const page of openPages()) {
    const words = await page.locator('body').innerText({ timeout: 2000 }).catch(String);
    error.stack = `${error.stack ?? error.message}\n\n${page.url()} showed:\n${words.replace(/\n+/g, '\n')}`;
  }
});
