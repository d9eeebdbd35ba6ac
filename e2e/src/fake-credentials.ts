import type { Page } from 'playwright-core';

export interface FakeOutcome {
  readonly on: 'create' | 'get';
  /** The DOMException that the browser would reject with. */
  readonly name: string;
}

/** A fake of `navigator.credentials`: it rejects as other browsers do where Chromium says NotAllowedError and nothing else. */
export async function fakeRefusal(page: Page, outcome: FakeOutcome): Promise<void> {
  await page.evaluate(({ on, name }) => {
    const refuse = () => Promise.reject(new DOMException('fake', name));
    Object.defineProperty(navigator.credentials, on, { configurable: true, value: refuse });
  }, outcome);
}
