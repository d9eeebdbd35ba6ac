import type { Locator, Page } from 'playwright-core';

/** The portal of the authentication service, by what a person signing in sees on it. */
export class PortalPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Where the application sends the browser with its pushed request. */
  async open(authorizationUrl: URL): Promise<void> {
    await this.#page.goto(authorizationUrl.href);
    await this.username().waitFor();
  }

  username(): Locator {
    return this.#page.getByRole('textbox', { name: 'Username', exact: true });
  }

  heading(text: string): Locator {
    return this.#page.getByRole('heading', { level: 1, name: text, exact: true });
  }

  alert(): Locator {
    return this.#page.locator('.fault[role=alert]');
  }

  async continueAs(username: string): Promise<void> {
    await this.username().fill(username);
    await this.press('Continue');
  }

  /** The field alone: its eye has a label of its own. */
  async enterPassword(password: string, button: 'Continue' | 'Sign in'): Promise<void> {
    await this.#page.getByRole('textbox', { name: 'Password', exact: true }).fill(password);
    await this.press(button);
  }

  async press(name: string): Promise<void> {
    await this.#page.getByRole('button', { name, exact: true }).click();
  }

  /** The redirect URI with what the service appended; its page is the application's and not ours. */
  async backAtApplication(redirectUri: string): Promise<URL> {
    await this.#page.waitForURL((url) => url.href.startsWith(`${redirectUri}?`));
    return new URL(this.#page.url());
  }
}
