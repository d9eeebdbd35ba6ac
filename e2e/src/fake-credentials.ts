import type { Page } from 'playwright-core';

export interface FakeOutcome {
  readonly on: 'create' | 'get';
  /** The DOMException that the browser would reject with. */
  readonly name: string;
  /** Milliseconds that go by on the page's clock until then. */
  readonly after?: number;
}

/**
 * A fake of `navigator.credentials`: it rejects as browsers do in cases that no virtual authenticator can bring about (another
 * window in the way, a key that can't do what is asked, the five minutes of a sign-in that run out).
 */
export async function fakeRefusal(page: Page, outcome: FakeOutcome): Promise<void> {
  await page.evaluate(({ on, name, after = 0 }) => {
    const refuse = () => {
      const real = Date.now;
      Date.now = () => real() + after;
      return Promise.reject(new DOMException('fake', name));
    };
    Object.defineProperty(navigator.credentials, on, { configurable: true, value: refuse });
  }, outcome);
}
