import type { OfferedEnrollAction, OfferedFactor } from '@keywarden/api/authn';
import type { CreationOptionsJson } from '@keywarden/api/webauthn';
import type { Conversation } from './conversation.ts';
import type { Passkeys } from './passkeys.ts';
import type { Stage } from './stage.ts';
import { resendPause, type SignInState } from './state.ts';

interface Surroundings {
  readonly stage: Stage<SignInState>;
  readonly passkeys: Passkeys;
  readonly conversation: () => Conversation;
  readonly now: () => number;
  /** authTypes proven in this transaction. */
  readonly proven: () => readonly string[];
  readonly signInFirst: () => void;
  /** On with what she came for. */
  readonly goOn: () => Promise<void>;
}

/** A passkey added on the way: after, before or instead of another proof. */
export class AddingPasskey {
  readonly #around: Surroundings;
  #wanted = false;
  #declined = false;
  /** What protects the enrollment was proven apart, or an operator's code taken. */
  #protected = false;
  #options: CreationOptionsJson | null = null;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  forget(): void {
    this.#wanted = false;
  }

  /** She asks for it. */
  begin(): Promise<void> {
    this.#wanted = true;
    return this.#around.stage.doing(() => this.#nextStep());
  }

  /** After a proof: whether a page of this comes next. */
  async comesNext(mayOffer: boolean): Promise<boolean> {
    const { add, username } = this.#state;
    if (add === null || username === null) return false;
    if (this.#wanted) {
      await this.#nextStep();
      return true;
    }
    // Who would first need a code that an operator issued is not bothered.
    if (!mayOffer || this.#declined || add.protectionFactor?.pendingDevice === true) return false;
    this.#around.stage.become({ screen: { name: 'offer' } });
    return true;
  }

  /** @param text a password, or the digits of a one-time code */
  proveProtection(text: string): Promise<void> {
    const { screen, username } = this.#state;
    if (screen.name !== 'protect' || username === null) return Promise.resolve();
    return this.#around.stage.doing(async () => {
      const { code, type } = screen.factor;
      const tried = type === 'OTP' ? 'code' : 'password';
      await this.#around.conversation().proveProtection(code, { username, password: text, tried });
      this.#protected = true;
      this.#around.stage.become({ bound: true });
      await this.#nextStep();
    });
  }

  sendCodeAgain(): Promise<void> {
    const { screen, username } = this.#state;
    if (screen.name !== 'protect' || username === null) return Promise.resolve();
    return this.#around.stage.doing(() => this.#askFor(screen.factor, username));
  }

  /** She has a one-time code of an operator's instead. */
  takeEnrollmentCode(): void {
    this.#around.stage.become({ fault: null, screen: { name: 'enrollment-code' } });
  }

  giveEnrollmentCode(code: string): Promise<void> {
    const { username } = this.#state;
    if (username === null) return Promise.resolve();
    return this.#around.stage.doing(async () => {
      await this.#around.conversation().giveEnrollmentCode({ username, code });
      this.#protected = true;
      this.#around.stage.become({ bound: true });
      await this.#nextStep();
    });
  }

  make(): Promise<void> {
    const { add, username } = this.#state;
    if (add === null || username === null) return Promise.resolve();
    const { stage, passkeys } = this.#around;
    const enroll = { authType: add.code, enrollId: add.enrollId, username };
    return stage.doing(async () => {
      const conversation = this.#around.conversation();
      const options = this.#options ?? (await conversation.creationOptions(enroll));
      // A challenge counts once, whatever becomes of it.
      this.#options = null;
      const credential = await stage.inDialog(() => passkeys.make(options));
      await conversation.register(enroll, credential);
      this.#wanted = false;
      this.#declined = true;
      stage.become({ screen: { name: 'added' } });
    });
  }

  /** Afterwards. */
  goOn(): Promise<void> {
    return this.#around.goOn();
  }

  decline(): Promise<void> {
    this.#wanted = false;
    this.#declined = true;
    if (this.#around.proven().length > 0) return this.#around.goOn();
    this.#around.signInFirst();
    return Promise.resolve();
  }

  get #state(): SignInState {
    return this.#around.stage.snapshot();
  }

  async #nextStep(): Promise<void> {
    const { add, username } = this.#state;
    if (add === null || username === null) return;
    const { authType, pendingDevice = false } = add.protectionFactor ?? {};
    const proven = this.#around.proven();
    if (this.#protected || (authType === undefined ? proven.length > 0 : proven.includes(authType))) {
      await this.#readyToMake(add, username);
      return;
    }
    const factor = authType === undefined ? null : this.#factor(authType);
    if (factor !== null) await this.#askFor(factor, username);
    else if (pendingDevice) this.takeEnrollmentCode();
    // Nothing that could be proven apart: she signs in first, and makes it then.
    else this.#around.signInFirst();
  }

  async #askFor(factor: OfferedFactor, username: string): Promise<void> {
    let resendAt: number | null = null;
    if (factor.method === 'email') {
      await this.#around.conversation().sendCode(factor.code, username);
      resendAt = this.#around.now() + resendPause;
    }
    this.#around.stage.become({ fault: null, screen: { name: 'protect', factor, resendAt } });
  }

  #factor(authType: string): OfferedFactor | null {
    const { password, codes } = this.#state;
    return [password, ...codes].find((factor) => factor?.code === authType) ?? null;
  }

  /** The options are fetched before the button is there: some browsers want the dialog right at the press. */
  async #readyToMake(add: OfferedEnrollAction, username: string): Promise<void> {
    const enroll = { authType: add.code, enrollId: add.enrollId, username };
    this.#options = await this.#around.conversation().creationOptions(enroll);
    this.#around.stage.become({ screen: { name: 'make' } });
  }
}
