import type { Page } from 'playwright-core';

/** Asks the browser for a passkey from beside the page's own scripts, as an extension does, until it is ended. */
export async function anotherCeremony(page: Page): Promise<{ end(): Promise<void> }> {
  const controller = await page.evaluateHandle(() => {
    const abort = new AbortController();
    void navigator.credentials
      .get({
        publicKey: { challenge: new Uint8Array(32), timeout: 60_000 },
        signal: abort.signal,
      })
      .catch(() => {});
    return abort;
  });
  return { end: () => controller.evaluate((abort) => abort.abort()) };
}

/**
 * Lets the browser's own time for a sign-in run out sooner, and the page's clock show what it would show then: the browser is
 * asked for fewer milliseconds than the page wants, and refuses by itself.
 */
export async function shortenMinutes(
  page: Page,
  time: { readonly minutes: number; readonly milliseconds: number },
): Promise<void> {
  await page.evaluate(({ minutes, milliseconds }) => {
    const credentials = navigator.credentials;
    const ask = credentials.get.bind(credentials);
    const sooner = async (options: CredentialRequestOptions) => {
      try {
        const publicKey = options.publicKey && { ...options.publicKey, timeout: milliseconds };
        return await ask({ ...options, ...(publicKey && { publicKey }) });
      } finally {
        const now = Date.now;
        Date.now = () => now() + minutes * 60_000 - milliseconds;
      }
    };
    Object.defineProperty(credentials, 'get', { configurable: true, value: sooner });
  }, time);
}
