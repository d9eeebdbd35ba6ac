import type { Page } from 'playwright-core';

/** An answer of the authentication service as a page's script sees it. */
export interface PageAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * A page of somebody else's making, served from the relying party's origin: it knows the endpoints and the browser's
 * WebAuthn API and nothing of our own scripts.
 */
export class PlainPage {
  readonly #page: Page;
  readonly #authn: string;

  private constructor(page: Page, authn: string) {
    this.#page = page;
    this.#authn = authn;
  }

  static async open(page: Page, place: { baseUrl: string; tenant: string }): Promise<PlainPage> {
    const url = `${place.baseUrl}/a-plain-page`;
    await page.route(url, (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Plain</title>' }),
    );
    await page.goto(url);
    return new PlainPage(page, `${place.baseUrl}/${place.tenant}/authn`);
  }

  /** Carries the newest server-csrf-token of the transaction, as the page's own memory does. */
  async post(path: string, members: object, kind: 'json' | 'form' = 'json'): Promise<PageAnswer> {
    return this.#page.evaluate(
      async ({ url, content, form }) => {
        const memory = sessionStorage.getItem('csrf');
        const response = await fetch(url, {
          method: 'POST',
          headers: {
            'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
            ...(memory !== null && { 'server-csrf-token': memory }),
          },
          body: form
            ? new URLSearchParams(content as Record<string, string>).toString()
            : JSON.stringify(content),
        });
        const csrf = response.headers.get('server-csrf-token');
        if (csrf !== null) sessionStorage.setItem('csrf', csrf);
        const text = await response.text();
        return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
      },
      { url: `${this.#authn}${path}`, content: members, form: kind === 'form' },
    );
  }

  /** A new transaction has no token yet. */
  async forgetTransaction(): Promise<void> {
    await this.#page.evaluate(() => sessionStorage.removeItem('csrf'));
  }

  /** `navigator.credentials.create` with the service's options as they came. */
  create(options: unknown): Promise<object> {
    return this.#page.evaluate(async (json) => {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
        json as PublicKeyCredentialCreationOptionsJSON,
      );
      const credential = await navigator.credentials.create({ publicKey });
      return (credential as PublicKeyCredential).toJSON();
    }, options);
  }

  /** `navigator.credentials.get` with the challenge as it came. */
  get(options: unknown): Promise<object> {
    return this.#page.evaluate(async (json) => {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
        json as PublicKeyCredentialRequestOptionsJSON,
      );
      const credential = await navigator.credentials.get({ publicKey });
      return (credential as PublicKeyCredential).toJSON();
    }, options);
  }
}
