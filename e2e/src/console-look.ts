import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { accessibilityFaults } from './accessibility.ts';
import { takePicture } from './screenshot.ts';

export interface Sight {
  readonly colorScheme: 'light' | 'dark';
  readonly width: 320 | 1280;
}

/** Every scheme, every width and every language, each with each of the others in one of four sights. */
export const sights = {
  'en-GB': [
    { colorScheme: 'light', width: 320 },
    { colorScheme: 'dark', width: 1280 },
  ],
  'de-DE': [
    { colorScheme: 'dark', width: 320 },
    { colorScheme: 'light', width: 1280 },
  ],
} as const satisfies Readonly<Record<string, readonly Sight[]>>;

/** A state of a console page: no accessibility fault, nothing to scroll for sideways, no label cut off. */
export async function lookAtConsole(page: Page, name: string, seen: readonly Sight[]): Promise<void> {
  for (const { colorScheme, width } of seen) {
    const where = `${name}, ${colorScheme}, ${width} px`;
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 800 });
    expect(await cutOff(page), where).toEqual({ excess: 0, labels: [] });
    expect(await accessibilityFaults(page), where).toEqual([]);
    await takePicture(page, `console-${name}-${width}-${colorScheme}`);
  }
}

/** Cells of a table end in an ellipsis where there is no room; states and buttons are read whole everywhere. */
function cutOff(page: Page): Promise<{ excess: number; labels: readonly string[] }> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const labels = [...document.querySelectorAll('main .mark, main button, main h1, main h2')].filter(
      (element) => {
        const { width, right } = element.getBoundingClientRect();
        if (width === 0 || element.closest('.visually-hidden') !== null) return false;
        const frame = element.closest('td, [role="dialog"], main')?.getBoundingClientRect().right ?? 0;
        const inner = element.querySelector('.mantine-Button-label') ?? element;
        return right > frame + 1 || inner.scrollWidth > inner.clientWidth + 1;
      },
    );
    return {
      // Less than nothing where room is kept for a scroll bar.
      excess: Math.max(0, scrollWidth - clientWidth),
      labels: labels.map((element) => element.outerHTML.slice(0, 160)),
    };
  });
}

/**
 * What can't be pressed where it stands once it was gone to: something else lies over its middle. Gone to as the keyboard goes,
 * which scrolls no farther than it must.
 */
export function outOfReach(page: Page, within = 'body'): Promise<readonly string[]> {
  return page.evaluate((place) => {
    const pressable = 'a[href], button, input, select, textarea, summary, [role="tab"], [role="menuitem"]';
    const all = document.querySelectorAll<HTMLElement>(`${place} :is(${pressable})`);
    const covered = [...all].filter((element) => {
      if (!element.checkVisibility({ visibilityProperty: true }) || element.matches('.skip-link, :disabled'))
        return false;
      element.focus();
      element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      const { left, top, width, height } = element.getBoundingClientRect();
      const there = document.elementFromPoint(left + width / 2, top + height / 2);
      const label = there?.closest('label');
      return !element.contains(there) && !there?.contains(element) && label?.control !== element;
    });
    return covered.map((element) => element.outerHTML.slice(0, 160));
  }, within);
}
