import type {
  CreationOptionsJson,
  FidoChallenge,
  FlowAnswer,
  IssuedCode,
  OfferedEnrollAction,
  OfferedFactor,
  RequestDescription,
  Sharing,
  Theme,
} from '@keywarden/api';
import type { Conversation, Proven } from './conversation.ts';
import { PortalFailure, type PortalFault } from './failure.ts';
import { returnWithCode, returnWithDenial } from './return-url.ts';

export interface Passkeys {
  readonly supported: boolean;
  /** Whether the browser can offer passkeys in the username field's own list. */
  readonly inField: () => Promise<boolean>;
  readonly ask: (challenge: FidoChallenge, quietly: boolean) => Promise<unknown>;
  readonly make: (options: CreationOptionsJson) => Promise<unknown>;
  readonly stopAsking: () => void;
  readonly wasReplaced: (error: unknown) => boolean;
}

export type Screen =
  | { readonly name: 'loading' | 'leaving' | 'username' | 'make' | 'added' | 'offer' }
  | { readonly name: 'over'; readonly fault: PortalFault }
  | { readonly name: 'factors' | 'password'; readonly second: boolean }
  | { readonly name: 'protect'; readonly authType: string }
  | { readonly name: 'consent'; readonly sharings: readonly Sharing[] };

export interface SignInState {
  readonly screen: Screen;
  readonly request: RequestDescription | null;
  readonly theme: Theme | null;
  /** null: not said yet, or said by the passkey alone. */
  readonly username: string | null;
  /** Something of hers was proven: the transaction is hers, and another name needs another one. */
  readonly bound: boolean;
  readonly loginHint: string;
  readonly passkey: OfferedFactor | null;
  readonly password: OfferedFactor | null;
  readonly add: OfferedEnrollAction | null;
  readonly busy: boolean;
  /** While the browser shows its own dialog. */
  readonly asking: boolean;
  readonly fault: PortalFault | null;
}

interface Settings {
  readonly conversation: Conversation | null;
  readonly themeId: string | null;
  readonly passkeys: Passkeys;
  readonly leave: (url: string) => void;
}

const ending: readonly PortalFault[] = ['request-over', 'retries-exhausted', 'request-missing'];

/** One person signing in, page by page; everything that decides which page comes next is here. */
export class SignIn {
  readonly #settings: Settings;
  readonly #watchers = new Set<() => void>();
  #state: SignInState = {
    screen: { name: 'loading' },
    request: null,
    theme: null,
    username: null,
    bound: false,
    loginHint: '',
    passkey: null,
    password: null,
    add: null,
    busy: false,
    asking: false,
    fault: null,
  };
  #wantsPasskey = false;
  #offerDeclined = false;
  #provenAuthType: string | null = null;
  #creationOptions: CreationOptionsJson | null = null;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  readonly snapshot = (): SignInState => this.#state;

  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  start(): Promise<void> {
    return this.#doing(async () => {
      const conversation = this.#conversation;
      const [request, theme] = await Promise.all([
        conversation.describe(),
        conversation.theme(this.#settings.themeId),
      ]);
      this.#become({ request, theme });
      const flow = await conversation.flow(null);
      this.#take(flow);
      this.#become({ loginHint: flow.loginHint ?? '', screen: { name: 'username' } });
    });
  }

  /** The browser offers passkeys in the username field, for as long as that page is shown. */
  async offerInField(): Promise<void> {
    const { passkeys } = this.#settings;
    const { passkey } = this.#state;
    if (passkey === null || !(await passkeys.inField())) return;
    try {
      const challenge = await this.#conversation.challenge(passkey.code, null);
      if (this.#state.screen.name !== 'username' || this.#state.busy) return;
      const credential = await passkeys.ask(challenge, true);
      await this.#doing(() => this.#prove(passkey, null, credential));
    } catch (error) {
      // Nobody asked for it: the page works without.
      if (!(error instanceof PortalFailure)) throw error;
    }
  }

  giveUsername(username: string): Promise<void> {
    this.#settings.passkeys.stopAsking();
    return this.#doing(async () => {
      const flow = await this.#conversation.flow(username);
      this.#take(flow);
      this.#become({ username });
      this.#showFactors(flow.firstFactors, false);
    });
  }

  changeUsername(): void {
    this.#wantsPasskey = false;
    this.#become({ username: null, add: null, fault: null, screen: { name: 'username' } });
  }

  choosePassword(): void {
    const { screen } = this.#state;
    const second = screen.name === 'factors' && screen.second;
    this.#become({ fault: null, screen: { name: 'password', second } });
  }

  backToFactors(): void {
    const { screen } = this.#state;
    const second = screen.name === 'password' && screen.second;
    this.#wantsPasskey = false;
    this.#become({ fault: null, screen: { name: 'factors', second } });
  }

  signInWithPasskey(): Promise<void> {
    const { passkeys } = this.#settings;
    const { passkey, username } = this.#state;
    if (passkey === null) return Promise.resolve();
    passkeys.stopAsking();
    return this.#doing(async () => {
      const challenge = await this.#conversation.challenge(passkey.code, username);
      const credential = await this.#inDialog(() => passkeys.ask(challenge, false));
      await this.#prove(passkey, username, credential);
    });
  }

  givePassword(text: string): Promise<void> {
    const { password, username } = this.#state;
    if (password === null) return Promise.resolve();
    return this.#doing(() => this.#prove(password, username, text));
  }

  addPasskey(): Promise<void> {
    const { add, password } = this.#state;
    this.#wantsPasskey = true;
    const authType = add?.protectionFactor?.authType;
    if (this.#provenAuthType !== null) return this.#prepareToMake();
    if (authType !== undefined && authType === password?.code) {
      this.#become({ fault: null, screen: { name: 'protect', authType } });
      return Promise.resolve();
    }
    // Nothing that could be proven apart: she signs in first, and makes it then.
    if (password !== null) this.choosePassword();
    return Promise.resolve();
  }

  proveProtection(text: string): Promise<void> {
    const { screen, username } = this.#state;
    if (screen.name !== 'protect' || username === null) return Promise.resolve();
    return this.#doing(async () => {
      await this.#conversation.proveProtection(screen.authType, { username, password: text });
      this.#become({ bound: true });
      await this.#readyToMake();
    });
  }

  makePasskey(): Promise<void> {
    const { add, username } = this.#state;
    if (add === null || username === null) return Promise.resolve();
    const enroll = { authType: add.code, enrollId: add.enrollId, username };
    return this.#doing(async () => {
      const options = this.#creationOptions ?? (await this.#conversation.creationOptions(enroll));
      // A challenge counts once, whatever becomes of it.
      this.#creationOptions = null;
      const credential = await this.#inDialog(() => this.#settings.passkeys.make(options));
      await this.#conversation.register(enroll, credential);
      this.#wantsPasskey = false;
      this.#offerDeclined = true;
      this.#become({ screen: { name: 'added' } });
    });
  }

  /** After a new passkey: on with what she came for. */
  goOn(): Promise<void> {
    return this.#provenAuthType === null ? this.signInWithPasskey() : this.#doing(() => this.#finish());
  }

  declineOffer(): Promise<void> {
    this.#wantsPasskey = false;
    this.#offerDeclined = true;
    if (this.#provenAuthType === null) {
      this.#showFactors(this.#factors, false);
      return Promise.resolve();
    }
    return this.#doing(() => this.#finish());
  }

  decide(accepted: readonly string[]): Promise<void> {
    const { screen, username } = this.#state;
    if (screen.name !== 'consent') return Promise.resolve();
    const sharings = screen.sharings.map(({ scope }) => ({
      scope,
      status: accepted.includes(scope) ? ('accepted' as const) : ('rejected' as const),
      exp: -1,
    }));
    return this.#doing(async () => {
      await this.#conversation.signConsent(username, sharings);
      await this.#finish();
    });
  }

  /** Back to the application with a no. */
  deny(): void {
    const { request } = this.#state;
    if (request === null) return;
    this.#become({ screen: { name: 'leaving' } });
    this.#settings.conversation?.forget();
    this.#settings.leave(returnWithDenial(request));
  }

  get #conversation(): Conversation {
    if (this.#settings.conversation === null) throw new PortalFailure('request-missing');
    return this.#settings.conversation;
  }

  get #factors(): readonly OfferedFactor[] {
    const { passkey, password } = this.#state;
    return [passkey, password].filter((factor) => factor !== null);
  }

  #take(flow: FlowAnswer): void {
    this.#takeFactors(flow.firstFactors);
    const [add] = flow.enrollActions;
    this.#become({ add: this.#settings.passkeys.supported ? (add ?? null) : null });
  }

  #takeFactors(factors: readonly OfferedFactor[]): void {
    const passkey = factors.find((factor) => factor.type === 'FIDO') ?? null;
    this.#become({
      passkey: this.#settings.passkeys.supported ? passkey : null,
      password: factors.find((factor) => factor.type === 'LOGIN') ?? null,
    });
  }

  #showFactors(factors: readonly OfferedFactor[], second: boolean): void {
    this.#takeFactors(factors);
    const { passkey, password } = this.#state;
    const onlyPassword = passkey === null && password !== null;
    this.#become({ screen: { name: onlyPassword ? 'password' : 'factors', second } });
  }

  async #prove(factor: OfferedFactor, username: string | null, password: unknown): Promise<void> {
    const proven = await this.#conversation.prove(factor, { username, password });
    this.#provenAuthType = factor.code;
    this.#become({ bound: true });
    await this.#goOnWith(proven, factor.type === 'LOGIN');
  }

  async #goOnWith(proven: Proven, byPassword: boolean): Promise<void> {
    if (proven.missing === 'second-factor') {
      this.#showFactors(proven.factors, true);
      return;
    }
    const { add, username } = this.#state;
    if (add !== null && username !== null && this.#wantsPasskey) {
      await this.#readyToMake();
    } else if (add !== null && username !== null && byPassword && !this.#offerDeclined) {
      this.#become({ screen: { name: 'offer' } });
    } else if (proven.missing === 'consent') {
      this.#become({ screen: { name: 'consent', sharings: proven.sharings } });
    } else {
      await this.#finish();
    }
  }

  #prepareToMake(): Promise<void> {
    return this.#doing(() => this.#readyToMake());
  }

  /** The options are fetched before the button is there: some browsers want the dialog right at the press. */
  async #readyToMake(): Promise<void> {
    const { add, username } = this.#state;
    if (add === null || username === null) return;
    const enroll = { authType: add.code, enrollId: add.enrollId, username };
    this.#creationOptions = await this.#conversation.creationOptions(enroll);
    this.#become({ screen: { name: 'make' } });
  }

  async #finish(): Promise<void> {
    const { request, username } = this.#state;
    const authType = this.#provenAuthType;
    if (request === null || authType === null) throw new PortalFailure('request-over');
    const answer = await this.#conversation.code(authType, username);
    if (!isIssued(answer)) {
      await this.#goOnWith(answer, false);
      return;
    }
    this.#become({ screen: { name: 'leaving' } });
    this.#conversation.forget();
    this.#settings.leave(returnWithCode(request, answer));
  }

  async #inDialog<T>(ceremony: () => Promise<T>): Promise<T> {
    this.#become({ asking: true });
    try {
      return await ceremony();
    } finally {
      this.#become({ asking: false });
    }
  }

  /** One thing at a time; what goes wrong is told on the page where it did. */
  async #doing(work: () => Promise<void>): Promise<void> {
    if (this.#state.busy) return;
    this.#become({ busy: true, fault: null });
    try {
      await work();
    } catch (error) {
      if (!(error instanceof PortalFailure)) throw error;
      if (ending.includes(error.fault)) this.#become({ screen: { name: 'over', fault: error.fault } });
      else if (!this.#settings.passkeys.wasReplaced(error)) this.#become({ fault: error.fault });
    } finally {
      this.#become({ busy: false });
    }
  }

  #become(change: Partial<SignInState>): void {
    this.#state = { ...this.#state, ...change };
    for (const watcher of this.#watchers) watcher();
  }
}

function isIssued(answer: IssuedCode | Proven): answer is IssuedCode {
  return 'code' in answer;
}
