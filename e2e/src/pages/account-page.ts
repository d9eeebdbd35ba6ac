import type { Locator, Page } from 'playwright-core';

/** A person's own account page, by what she sees on it. */
export class AccountPage {
  readonly #page: Page;
  readonly #url: string;

  constructor(page: Page, place: { baseUrl: string; tenant: string }) {
    this.#page = page;
    this.#url = `${place.baseUrl}/${place.tenant}/authn/account`;
  }

  async open(): Promise<void> {
    await this.#page.goto(this.#url);
    await this.heading('Your account').waitFor();
  }

  /** Back from the portal; the address has neither code nor state any more. */
  async arrived(): Promise<void> {
    await this.section('Passkeys').waitFor();
    await this.#page.waitForURL(this.#url);
  }

  heading(text: string): Locator {
    return this.#page.getByRole('heading', { level: 1, name: text, exact: true });
  }

  section(name: string): Locator {
    return this.#page.getByRole('region', { name, exact: true });
  }

  rows(section: string): Locator {
    return this.section(section).getByRole('listitem');
  }

  dialog(): Locator {
    return this.#page.getByRole('dialog');
  }

  button(name: string): Locator {
    return this.#page.getByRole('button', { name, exact: true });
  }

  async press(name: string): Promise<void> {
    await this.button(name).click();
  }

  async pressInDialog(name: string): Promise<void> {
    await this.dialog().getByRole('button', { name, exact: true }).click();
  }
}
