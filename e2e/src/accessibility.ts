import axe from 'axe-core';
import type { Page } from 'playwright-core';

export interface AccessibilityFault {
  readonly rule: string;
  /** The elements that break it. */
  readonly at: readonly string[];
}

/**
 * What axe finds wrong with the page as it stands, without what is in frames: by all of its rules, or by these. Its script is
 * put into a document once, and stays there: putting it there and opening a page to collect the result, each time, takes ten
 * times as long as looking.
 */
export async function accessibilityFaults(
  page: Page,
  rules?: readonly string[],
): Promise<readonly AccessibilityFault[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  return page.evaluate(async (only) => {
    const { axe: script } = window as unknown as { axe: typeof axe };
    const { violations } = await script.run(
      { exclude: ['iframe'] },
      {
        resultTypes: ['violations'],
        iframes: false,
        ...(only !== undefined && { runOnly: { type: 'rule', values: [...only] } }),
      },
    );
    return violations.map(({ id, nodes }) => ({ rule: id, at: nodes.map((node) => node.html) }));
  }, rules);
}
