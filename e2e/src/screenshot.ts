import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../screenshots');

/** Pictures prove nothing and take as long as all the rest: made for whoever wants to look at them. */
const wanted = process.env['KEYWARDEN_SCREENSHOTS'] !== undefined;

/** With KEYWARDEN_SCREENSHOTS=1 what a page looks like in a test that goes well. */
export async function takePicture(page: Page, name: string): Promise<void> {
  if (wanted) await saveScreenshot(page, name);
}

/** Kept beside the tests, never committed: to be looked at. */
export async function saveScreenshot(page: Page, name: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = `${name.replace(/[^\w-]+/g, '-').slice(0, 80)}.png`;
  await page.screenshot({ path: path.join(folder, file), fullPage: true });
}
