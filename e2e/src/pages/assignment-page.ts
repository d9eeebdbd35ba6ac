import type { Locator, Page } from 'playwright-core';
import type { DemoStack } from '../demo-stack.ts';

/** One key in the list, found by its serial number. */
export class KeyRow {
  readonly row: Locator;

  constructor(page: Page, serial: string) {
    this.row = page.getByRole('listitem').filter({ hasText: serial });
  }

  /** Exactly one of the seed's two labels is on the row. */
  async buttons(): Promise<readonly string[]> {
    const labels = await this.row.getByRole('button', { name: /Assign Device$/ }).allInnerTexts();
    return labels.map((label) => label.trim());
  }

  assign(): Locator {
    return this.row.getByRole('button', { name: /Assign Device$/ });
  }

  policyChoice(): Locator {
    return this.row.getByRole('combobox', { name: 'Policy' });
  }
}

/** `/assign-user/<username>`, by what a person sees on it. */
export class AssignmentPage {
  readonly page: Page;
  readonly #stack: DemoStack;

  constructor(page: Page, stack: DemoStack) {
    this.page = page;
    this.#stack = stack;
  }

  async open(username: string): Promise<void> {
    await this.page.goto(`${this.#stack.baseUrl}/assign-user/${encodeURIComponent(username)}`);
  }

  key(serial: string): KeyRow {
    return new KeyRow(this.page, serial);
  }

  heading(): Locator {
    return this.page.getByRole('heading', { name: 'FIDO Key Management' });
  }

  connected(): Locator {
    return this.page.getByText(/^Service Connected$/i);
  }

  connect(): Locator {
    return this.page.getByRole('button', { name: 'Connect to Service' });
  }

  success(): Locator {
    return this.page.getByText('Enrollment Successful');
  }

  backToKeys(): Locator {
    return this.page.getByRole('button', { name: 'Back to Fido Keys' });
  }

  cancel(): Locator {
    return this.page.getByRole('button', { name: 'Cancel' });
  }

  alert(): Locator {
    return this.page.getByRole('alert');
  }

  /** A new PIN is asked for twice, a known one once. */
  async choosePin(pin: string): Promise<void> {
    const fields = this.page.locator('input[type="password"]');
    await fields.first().fill(pin);
    await fields.nth(1).fill(pin);
    await this.page.getByRole('button', { name: 'Set PIN' }).click();
  }

  async enterPin(pin: string): Promise<void> {
    await this.page.locator('input[type="password"]').first().fill(pin);
    await this.page.keyboard.press('Enter');
  }
}
