import type { Locator, Page } from 'playwright-core';
import type { DemoStack } from '../demo-stack.ts';

/** One key in the list, found by its serial number. */
export class KeyRow {
  readonly row: Locator;

  constructor(page: Page, serial: string) {
    this.row = page.getByRole('listitem').filter({ hasText: serial });
  }

  /** Until the server has said which key this is, the row offers nothing that can be pressed. */
  async inState(state: 'Not Configured' | 'Ready' | 'Configured' | 'Revoked' | 'Enrolled'): Promise<void> {
    await this.row.getByText(state, { exact: true }).waitFor();
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
    return this.row.getByRole('combobox', { name: /^Policy for/ });
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
    return this.page.getByText('Service Connected').first();
  }

  connect(): Locator {
    return this.page.getByRole('button', { name: 'Connect to Service' });
  }

  success(): Locator {
    return this.page.getByRole('heading', { name: 'Enrollment Successful' });
  }

  backToKeys(): Locator {
    return this.page.getByRole('button', { name: 'Back to Fido Keys' });
  }

  cancel(): Locator {
    return this.page.getByRole('button', { name: 'Cancel' });
  }

  /** Of a key that an earlier page left in the middle. */
  goOn(): Locator {
    return this.page.locator('.key-row-open').getByRole('button', { name: 'Continue' });
  }

  rollBack(): Locator {
    return this.page.locator('.key-row-open').getByRole('button', { name: 'Roll back' });
  }

  touch(): Locator {
    return this.page.locator('.road-key-words').getByText('Touch the key');
  }

  text(text: string | RegExp): Locator {
    return this.page.getByText(text);
  }

  anyAssign(): Locator {
    return this.page.getByRole('button', { name: /Assign Device$/ });
  }

  /** A new PIN is asked for twice. */
  async choosePin(pin: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'New PIN' }).fill(pin);
    await this.page.getByRole('textbox', { name: 'Repeat the PIN' }).fill(pin);
    await this.page.getByRole('button', { name: 'Set PIN' }).click();
  }

  async enterPin(pin: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'PIN', exact: true }).fill(pin);
    await this.page.keyboard.press('Enter');
  }
}
