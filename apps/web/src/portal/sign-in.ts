import type { FlowAnswer, IssuedCode, OfferedFactor, Sharing, Theme } from '@keywarden/api/authn';
import { AddingPasskey } from './adding-passkey.ts';
import type { Conversation, Proven } from './conversation.ts';
import { PortalFailure, type PortalFault } from './failure.ts';
import { CeremonyReplaced, unsupported } from './passkey-failure.ts';
import type { Passkeys } from './passkeys.ts';
import { returnWithCode, returnWithError } from './return-url.ts';
import { Stage } from './stage.ts';
import { atFirst, resendPause, type SignInState } from './state.ts';

export interface SignInSettings {
  readonly conversation: Conversation | null;
  readonly themeId: string | null;
  /** Of the page's own words: the theme's should be in the same. */
  readonly language: () => string;
  /** The application asks for these, BCP 47, the best first. */
  readonly suggest?: (tags: readonly string[]) => Promise<void>;
  readonly passkeys: Passkeys;
  readonly now: () => number;
  readonly leave: (url: string) => void;
}

const ending: readonly PortalFault[] = [
  'request-over',
  'retries-exhausted',
  'request-missing',
  'way-not-enough',
];

/** One person signing in, page by page; which page comes next is decided here. */
export class SignIn {
  readonly #settings: SignInSettings;
  readonly #stage: Stage<SignInState>;
  readonly adding: AddingPasskey;
  /** authTypes, in the order in which they were proven. */
  #proven: readonly string[] = [];

  constructor(settings: SignInSettings) {
    this.#settings = settings;
    this.#stage = new Stage(atFirst, (fault) => {
      if (!ending.includes(fault)) return false;
      this.#stage.become({ screen: { name: 'over', fault } });
      return true;
    });
    this.adding = new AddingPasskey({
      stage: this.#stage,
      passkeys: settings.passkeys,
      conversation: () => this.#conversation,
      now: settings.now,
      proven: () => this.#proven,
      signInFirst: () => this.#showFactors(this.#factors, false),
      goOn: () =>
        this.#proven.length === 0 ? this.signInWithPasskey() : this.#stage.doing(() => this.#finish()),
    });
  }

  get snapshot(): () => SignInState {
    return this.#stage.snapshot;
  }

  get watch(): (watcher: () => void) => () => void {
    return this.#stage.watch;
  }

  start(): Promise<void> {
    const { language, suggest } = this.#settings;
    return this.#stage.doing(async () => {
      const conversation = this.#conversation;
      const before = language();
      const [request, theme] = await Promise.all([conversation.describe(), this.#readTheme()]);
      await suggest?.((request.ui_locales ?? '').split(' '));
      const again = language() === before ? null : await this.#readTheme();
      this.#stage.become({ request, theme: again ?? theme });
      const flow = await conversation.flow(null);
      this.#take(flow);
      this.#stage.become({ loginHint: flow.loginHint ?? '', screen: { name: 'username' } });
    });
  }

  /** The page speaks another language: what the tenant wrote follows, and what is asked for consent. */
  async speakAnew(): Promise<void> {
    if (this.#settings.conversation === null) return;
    const language = this.#settings.language();
    const theme = await this.#readTheme();
    // Of two choices in a row the later one holds.
    if (theme !== null && language === this.#settings.language()) this.#stage.become({ theme });
    const { screen } = this.#state;
    if (screen.name === 'consent') await this.#stage.doing(() => this.#finish());
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
      await this.#stage.doing(() => this.#prove(passkey, null, credential));
    } catch (error) {
      // Nobody asked for it: the page works without.
      if (!(error instanceof PortalFailure || error instanceof CeremonyReplaced)) throw error;
    }
  }

  giveUsername(username: string): Promise<void> {
    this.#settings.passkeys.stopAsking();
    return this.#stage.doing(async () => {
      const flow = await this.#conversation.flow(username);
      this.#take(flow);
      this.#stage.become({ username });
      this.#showFactors(flow.firstFactors, false);
    });
  }

  changeUsername(): void {
    this.adding.forget();
    this.#stage.become({ username: null, add: null, fault: null, screen: { name: 'username' } });
  }

  choosePassword(): void {
    this.#stage.become({ fault: null, screen: { name: 'password', second: this.#second } });
  }

  /** A code by mail is sent at once; one of an app is there already. */
  chooseCode(factor: OfferedFactor): Promise<void> {
    const second = this.#second;
    return this.#stage.doing(async () => {
      const resendAt = await this.#sendCode(factor);
      this.#stage.become({ screen: { name: 'code', second, factor, resendAt } });
    });
  }

  sendCodeAgain(): Promise<void> {
    const { screen } = this.#state;
    if (screen.name !== 'code') return Promise.resolve();
    return this.#stage.doing(async () => {
      const resendAt = await this.#sendCode(screen.factor);
      this.#stage.become({ screen: { ...screen, resendAt } });
    });
  }

  backToFactors(): void {
    const second = this.#second;
    this.adding.forget();
    this.#stage.become({ fault: null, screen: { name: 'factors', second } });
  }

  signInWithPasskey(): Promise<void> {
    const { passkeys } = this.#settings;
    const { passkey, username } = this.#state;
    if (passkey === null) return Promise.resolve();
    passkeys.stopAsking();
    return this.#stage.doing(async () => {
      const challenge = await this.#conversation.challenge(passkey.code, username);
      const credential = await this.#stage.inDialog(() => passkeys.ask(challenge, false));
      await this.#prove(passkey, username, credential);
    });
  }

  givePassword(text: string): Promise<void> {
    const { password, username } = this.#state;
    if (password === null) return Promise.resolve();
    return this.#stage.doing(() => this.#prove(password, username, text));
  }

  /** Instead of the temporary one that somebody else knows as well. */
  giveNewPassword(newPassword: string): Promise<void> {
    const { screen, username } = this.#state;
    if (screen.name !== 'new-password') return Promise.resolve();
    return this.#stage.doing(async () => {
      const proven = await this.#conversation.replacePassword(username, newPassword);
      await this.#goOnWith(proven, true);
    });
  }

  giveCode(digits: string): Promise<void> {
    const { screen, username } = this.#state;
    if (screen.name !== 'code') return Promise.resolve();
    return this.#stage.doing(() => this.#prove(screen.factor, username, digits));
  }

  decide(accepted: readonly string[]): Promise<void> {
    const { screen, username } = this.#state;
    if (screen.name !== 'consent') return Promise.resolve();
    const sharings = screen.sharings.map(({ scope }: Sharing) => ({
      scope,
      status: accepted.includes(scope) ? ('accepted' as const) : ('rejected' as const),
      exp: -1,
    }));
    return this.#stage.doing(async () => {
      await this.#conversation.signConsent(username, sharings);
      await this.#finish();
    });
  }

  /** Back to the application with a no. */
  deny(): void {
    const { request, screen } = this.#state;
    if (request === null) return;
    const unmet = screen.name === 'over' && screen.fault === 'way-not-enough';
    this.#stage.become({ screen: { name: 'leaving' } });
    this.#settings.conversation?.forget();
    const error = unmet ? 'unmet_authentication_requirements' : 'access_denied';
    this.#settings.leave(returnWithError(request, error));
  }

  get #state(): SignInState {
    return this.#stage.snapshot();
  }

  get #conversation(): Conversation {
    if (this.#settings.conversation === null) throw new PortalFailure('request-missing');
    return this.#settings.conversation;
  }

  #readTheme(): Promise<Theme | null> {
    const { themeId, language } = this.#settings;
    return this.#conversation.theme({ themeId, language: language() });
  }

  get #second(): boolean {
    const { screen } = this.#state;
    return 'second' in screen && screen.second;
  }

  get #factors(): readonly OfferedFactor[] {
    const { passkey, password, codes } = this.#state;
    return [passkey, password, ...codes].filter((factor) => factor !== null);
  }

  async #sendCode(factor: OfferedFactor): Promise<number | null> {
    const { username } = this.#state;
    if (factor.method !== 'email' || username === null) return null;
    await this.#conversation.sendCode(factor.code, username);
    return this.#settings.now() + resendPause;
  }

  #take(flow: FlowAnswer): void {
    this.#takeFactors(flow.firstFactors);
    const [add] = flow.enrollActions;
    const { support } = this.#settings.passkeys;
    const wanted = add !== undefined || flow.firstFactors.some((factor) => factor.type === 'FIDO');
    this.#stage.become({
      add: support === 'yes' ? (add ?? null) : null,
      unusable: support === 'yes' || !wanted ? null : unsupported[support],
    });
  }

  #takeFactors(factors: readonly OfferedFactor[]): void {
    const passkey = factors.find((factor) => factor.type === 'FIDO') ?? null;
    this.#stage.become({
      passkey: this.#settings.passkeys.support === 'yes' ? passkey : null,
      password: factors.find((factor) => factor.type === 'LOGIN') ?? null,
      codes: factors.filter((factor) => factor.type === 'OTP'),
    });
  }

  /** A choice of one is none: its page comes at once. A mail is not sent before somebody asks for it. */
  #showFactors(factors: readonly OfferedFactor[], second: boolean): void {
    this.#takeFactors(factors);
    const { passkey, password, codes } = this.#state;
    const [code] = codes;
    if (passkey === null && password !== null && codes.length === 0) {
      this.#stage.become({ screen: { name: 'password', second } });
    } else if (passkey === null && password === null && codes.length === 1 && code?.method === 'totp') {
      this.#stage.become({ screen: { name: 'code', second, factor: code, resendAt: null } });
    } else {
      this.#stage.become({ screen: { name: 'factors', second } });
    }
  }

  async #prove(factor: OfferedFactor, username: string | null, password: unknown): Promise<void> {
    const proven = await this.#conversation.prove(factor, { username, password });
    this.#proven = [...this.#proven.filter((one) => one !== factor.code), factor.code];
    this.#stage.become({ bound: true });
    await this.#goOnWith(proven, factor.type !== 'FIDO');
  }

  async #goOnWith(proven: Proven, mayOffer: boolean): Promise<void> {
    if (proven.missing === 'second-factor') {
      this.#showFactors(proven.factors, true);
    } else if (proven.missing === 'new-password') {
      this.#stage.become({ screen: { name: 'new-password', minimumLength: proven.minimumLength } });
    } else if (await this.adding.comesNext(mayOffer)) {
      // Its page is shown.
    } else if (proven.missing === 'consent') {
      this.#stage.become({ screen: { name: 'consent', sharings: proven.sharings } });
    } else {
      await this.#finish();
    }
  }

  async #finish(): Promise<void> {
    const { request, username } = this.#state;
    const authType = this.#proven.at(-1);
    if (request === null || authType === undefined) throw new PortalFailure('request-over');
    const answer = await this.#conversation.code(authType, username);
    if (!isIssued(answer)) {
      await this.#goOnWith(answer, false);
      return;
    }
    this.#stage.become({ screen: { name: 'leaving' } });
    this.#conversation.forget();
    this.#settings.leave(returnWithCode(request, answer));
  }
}

function isIssued(answer: IssuedCode | Proven): answer is IssuedCode {
  return 'code' in answer;
}
