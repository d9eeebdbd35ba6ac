import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { accessibilityFaults } from './accessibility.ts';
import { takePicture } from './screenshot.ts';

const narrow = { width: 320, height: 640 };
const wide = { width: 1280, height: 800 };

/** Of axe's rules those that judge colours: all others say the same of the same elements in either scheme. */
const colourRules = ['color-contrast', 'link-in-text-block'];

/**
 * One state of a page, as everybody sees it: in both colour schemes, at 320 and 1280 pixels, left to right and right to left.
 * No accessibility fault, nothing to scroll for sideways; with KEYWARDEN_SCREENSHOTS=1 pictures to be looked at.
 */
export async function lookAt(page: Page, name: string): Promise<void> {
  const before = page.viewportSize() ?? wide;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const viewport of [narrow, wide]) {
      await page.setViewportSize(viewport);
      await requireFit(page, `${name}, ${colorScheme}, ${viewport.width}`);
      await takePicture(page, `${name}-${viewport.width}-${colorScheme}`);
    }
    const rules = colorScheme === 'light' ? undefined : colourRules;
    expect(await accessibilityFaults(page, rules), `${name}, ${colorScheme}`).toEqual([]);
  }
  await page.setViewportSize(narrow);
  await page.evaluate(() => {
    document.documentElement.dir = 'rtl';
  });
  await requireFit(page, `${name}, right to left`);
  await takePicture(page, `${name}-rtl`);
  await page.evaluate(() => {
    document.documentElement.dir = 'ltr';
  });
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(before);
}

/** In either direction a page grows to its own side: both are looked at. */
async function requireFit(page: Page, where: string): Promise<void> {
  const { excess, outside } = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const beyond = [...document.querySelectorAll('main *, header *, footer')].filter((element) => {
      if (element.closest('.visually-hidden') !== null) return false;
      const { left, right, width: own } = element.getBoundingClientRect();
      return own > 0 && (left < -0.5 || right > width + 0.5);
    });
    return {
      excess: document.documentElement.scrollWidth - width,
      outside: beyond.map((element) => element.outerHTML.slice(0, 120)),
    };
  });
  expect({ excess, outside }, where).toEqual({ excess: 0, outside: [] });
}
