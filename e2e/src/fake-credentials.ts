import type { Page } from 'playwright-core';

export interface FakeOutcome {
  readonly on: 'create' | 'get';
  /** The DOMException that the browser would reject with. */
  readonly name: string;
  /** Milliseconds that go by on the page's clock until then. */
  readonly after?: number;
}

/**
 * A fake of `navigator.credentials`: it rejects as browsers do in cases that no virtual authenticator can bring about (a person
 * who says no, a time that runs out, another window in the way).
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

/** A fake of a browser that can't use passkeys on this page: none at all, or not over plain HTTP. */
export async function fakeUnsupported(page: Page, why: 'no-webauthn' | 'insecure'): Promise<void> {
  await page.addInitScript((reason) => {
    Reflect.deleteProperty(window, 'PublicKeyCredential');
    if (reason === 'insecure') Object.defineProperty(window, 'isSecureContext', { value: false });
  }, why);
}
