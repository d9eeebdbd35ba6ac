import type { Account, OwnApp, OwnAppBegun, OwnPasskey, OwnSession } from '@keywarden/api/account';
import type { Theme } from '@keywarden/api/authn';
import { Type } from 'typebox';
import { Check } from 'typebox/schema';
import { AddingPasskey } from '../adding-passkey.ts';
import type { Conversation } from '../conversation.ts';
import { PortalFailure, type PortalFault } from '../failure.ts';
import type { Passkeys } from '../passkeys.ts';
import { Stage } from '../stage.ts';
import { atFirst, type SignInState } from '../state.ts';
import { type AccountClient, SignInTooOld } from './client.ts';

/** What she was about to do when she had to sign in again. */
const Intention = Type.Union([
  Type.Object({ what: Type.Enum(['add-passkey', 'set-password']) }),
  Type.Object({ what: Type.Literal('add-app'), authType: Type.String() }),
  Type.Object({ what: Type.Enum(['remove-passkey', 'remove-app']), id: Type.String() }),
]);
type Intention =
  | { readonly what: 'add-passkey' | 'set-password' }
  | { readonly what: 'add-app'; readonly authType: string }
  | { readonly what: 'remove-passkey' | 'remove-app'; readonly id: string };

export type AccountDialog =
  | { readonly name: 'rename'; readonly passkey: OwnPasskey }
  | { readonly name: 'remove'; readonly kind: 'passkeys'; readonly subject: OwnPasskey }
  | { readonly name: 'remove'; readonly kind: 'apps'; readonly subject: OwnApp }
  | { readonly name: 'password'; readonly minimumLength: number; readonly current: boolean }
  | { readonly name: 'app'; readonly begun: OwnAppBegun }
  | { readonly name: 'again'; readonly intention: Intention };

export interface AccountState {
  readonly screen: 'loading' | 'signed-out' | 'account' | 'adding' | 'leaving';
  readonly theme: Theme | null;
  readonly account: Account | null;
  readonly dialog: AccountDialog | null;
  /** What was done last, to be read out. */
  readonly done: 'renamed' | 'removed' | 'ended' | 'app-added' | 'password-changed' | null;
  readonly busy: boolean;
  readonly asking: boolean;
  readonly fault: PortalFault | null;
}

interface Settings {
  readonly client: AccountClient;
  readonly conversation: (requestUri: string) => Conversation;
  readonly theme: () => Promise<Theme | null>;
  readonly passkeys: Passkeys;
  readonly memory: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  readonly now: () => number;
  readonly go: (url: string) => void;
}

const memoryName = 'keywarden.account.intention';

/** A person's own account: what she sees of it and does about it. */
export class AccountPage {
  readonly #settings: Settings;
  readonly #stage: Stage<AccountState>;
  /** The steps of a new passkey, while she is in them. */
  #adding: { readonly stage: Stage<SignInState>; readonly steps: AddingPasskey } | null = null;

  constructor(settings: Settings) {
    this.#settings = settings;
    const first: AccountState = {
      screen: 'loading',
      theme: null,
      account: null,
      dialog: null,
      done: null,
      busy: false,
      asking: false,
      fault: null,
    };
    this.#stage = new Stage(first, (fault) => {
      if (fault !== 'account-ended' && fault !== 'account-sign-in-failed') return false;
      this.#stage.become({ screen: 'signed-out', account: null, dialog: null, fault });
      return true;
    });
  }

  get snapshot(): () => AccountState {
    return this.#stage.snapshot;
  }

  get watch(): (watcher: () => void) => () => void {
    return this.#stage.watch;
  }

  get adding(): { readonly stage: Stage<SignInState>; readonly steps: AddingPasskey } | null {
    return this.#adding;
  }

  get supportsPasskeys(): boolean {
    return this.#settings.passkeys.support === 'yes';
  }

  /** The page speaks another language: what the tenant wrote follows. */
  async speakAnew(): Promise<void> {
    const theme = await this.#settings.theme();
    if (theme !== null) this.#stage.become({ theme });
  }

  /** @param answer what the portal came back with, where this is such a return */
  async start(answer: { readonly code: string; readonly state: string } | null): Promise<void> {
    const { client, theme } = this.#settings;
    await this.#stage.doing(async () => {
      const themed = theme().then((found) => this.#stage.become({ theme: found }));
      if (answer !== null) await client.completeSignIn(answer);
      try {
        await this.#load();
      } catch (error) {
        // Nobody was signed in: nothing ended.
        if (!(error instanceof PortalFailure) || error.fault !== 'account-ended') throw error;
        this.#stage.become({ screen: 'signed-out' });
      }
      await themed;
    });
    await this.#resume();
  }

  signIn(): Promise<void> {
    return this.#stage.doing(() => this.#leaveToSignIn(null));
  }

  /** From the question whether she would. */
  signInAgain(): Promise<void> {
    const { dialog } = this.#stage.snapshot();
    return this.#stage.doing(() => this.#leaveToSignIn(dialog?.name === 'again' ? dialog.intention : null));
  }

  signOut(): Promise<void> {
    return this.#stage.doing(async () => {
      await this.#settings.client.signOut();
      this.#stage.become({ screen: 'signed-out', account: null, dialog: null });
    });
  }

  addPasskey(): Promise<void> {
    return this.#recently({ what: 'add-passkey' }, async () => {
      const { client, conversation, passkeys, now } = this.#settings;
      const begun = await client.beginPasskey();
      const talk = conversation(begun.request_uri);
      const flow = await talk.flow(begun.username);
      const [add] = flow.enrollActions;
      if (add === undefined) throw new PortalFailure('not-permitted');
      const stage = new Stage<SignInState>(
        {
          ...atFirst,
          username: begun.username,
          bound: true,
          add,
          password: flow.firstFactors.find((factor) => factor.type === 'LOGIN') ?? null,
          codes: flow.firstFactors.filter((factor) => factor.type === 'OTP'),
        },
        () => false,
      );
      const steps = new AddingPasskey({
        stage,
        passkeys,
        conversation: () => talk,
        now,
        proven: () => begun.proven,
        signInFirst: () => this.#ask({ what: 'add-passkey' }),
        goOn: () => this.#backFromAdding(talk),
      });
      await steps.begin();
      // Said on the page that she is on, not on one that never came.
      const { fault } = stage.snapshot();
      if (fault !== null) throw new PortalFailure(fault);
      if (stage.snapshot().screen.name === 'loading') return;
      this.#adding = { stage, steps };
      this.#stage.become({ screen: 'adding' });
    });
  }

  askToRename(passkey: OwnPasskey): void {
    this.#stage.become({ dialog: { name: 'rename', passkey }, done: null, fault: null });
  }

  rename(name: string): Promise<void> {
    const { dialog } = this.#stage.snapshot();
    if (dialog?.name !== 'rename') return Promise.resolve();
    return this.#changing(async () => {
      await this.#settings.client.renamePasskey(dialog.passkey.id, name);
      await this.#load();
      this.#stage.become({ dialog: null, done: 'renamed' });
    });
  }

  askToRemove(
    what:
      | { readonly kind: 'passkeys'; readonly subject: OwnPasskey }
      | { readonly kind: 'apps'; readonly subject: OwnApp },
  ): void {
    const intention: Intention = {
      what: what.kind === 'passkeys' ? 'remove-passkey' : 'remove-app',
      id: what.subject.id,
    };
    if (!this.#isRecent) this.#ask(intention);
    else this.#stage.become({ dialog: { name: 'remove', ...what }, done: null, fault: null });
  }

  remove(confirmLast: boolean): Promise<void> {
    const { dialog } = this.#stage.snapshot();
    if (dialog?.name !== 'remove') return Promise.resolve();
    const { kind, subject } = dialog;
    const what = kind === 'passkeys' ? 'remove-passkey' : 'remove-app';
    return this.#recently({ what, id: subject.id }, async () => {
      await this.#settings.client.remove({ kind, id: subject.id, confirmLast });
      await this.#load();
      this.#stage.become({ dialog: null, done: 'removed' });
    });
  }

  /** Without a passkey that was proven just now, the password of now is asked for; who has neither signs in again. */
  askForPassword(): void {
    const { password = null } = this.#stage.snapshot().account ?? {};
    if (password === null) return;
    const free = password.free_until !== null && this.#settings.now() < Date.parse(password.free_until);
    if (!free && !password.held) {
      this.#ask({ what: 'set-password' });
      return;
    }
    const { minimum_length: minimumLength } = password;
    const dialog = { name: 'password', minimumLength, current: !free } as const;
    this.#stage.become({ dialog, done: null, fault: null });
  }

  setPassword(password: { readonly current: string | null; readonly own: string }): Promise<void> {
    return this.#changing(async () => {
      try {
        await this.#settings.client.setPassword(password);
      } catch (error) {
        if (!(error instanceof SignInTooOld)) throw error;
        // Five minutes went by while she typed.
        await this.#load();
        this.askForPassword();
        return;
      }
      await this.#load();
      this.#stage.become({ dialog: null, done: 'password-changed' });
    });
  }

  addApp(authType: string): Promise<void> {
    return this.#recently({ what: 'add-app', authType }, async () => {
      const begun = await this.#settings.client.beginApp(authType);
      this.#stage.become({ dialog: { name: 'app', begun } });
    });
  }

  confirmApp(code: string): Promise<void> {
    const { dialog } = this.#stage.snapshot();
    if (dialog?.name !== 'app') return Promise.resolve();
    return this.#stage.doing(async () => {
      await this.#settings.client.confirmApp(dialog.begun.id, code);
      await this.#load();
      this.#stage.become({ dialog: null, done: 'app-added' });
    });
  }

  endSession(session: OwnSession): Promise<void> {
    return this.#changing(async () => {
      await this.#settings.client.endSession(session);
      await this.#load();
      this.#stage.become({ done: 'ended' });
    });
  }

  endOtherSessions(): Promise<void> {
    return this.#stage.doing(async () => {
      await this.#settings.client.endOtherSessions();
      await this.#load();
      this.#stage.become({ done: 'ended' });
    });
  }

  closeDialog(): void {
    this.#stage.become({ dialog: null, fault: null });
  }

  get #isRecent(): boolean {
    const { account } = this.#stage.snapshot();
    return account !== null && this.#settings.now() < Date.parse(account.recent_until);
  }

  #ask(intention: Intention): void {
    this.#adding = null;
    this.#stage.become({ screen: 'account', dialog: { name: 'again', intention }, done: null, fault: null });
  }

  /** What the server finds too old after all is asked about like what this page knew to be. */
  async #recently(intention: Intention, work: () => Promise<void>): Promise<void> {
    if (!this.#isRecent) {
      this.#ask(intention);
      return;
    }
    await this.#changing(async () => {
      this.#stage.become({ done: null });
      try {
        await work();
      } catch (error) {
        if (!(error instanceof SignInTooOld)) throw error;
        this.#ask(intention);
      }
    });
  }

  /** Where the server knows better, its list is shown beside the fault. */
  #changing(work: () => Promise<void>): Promise<void> {
    return this.#stage.doing(async () => {
      try {
        await work();
      } catch (error) {
        if (error instanceof PortalFailure && error.fault === 'account-changed') {
          await this.#load();
          this.#stage.become({ dialog: null });
        }
        throw error;
      }
    });
  }

  async #load(): Promise<void> {
    const account = await this.#settings.client.details();
    this.#stage.become({ account, screen: 'account' });
  }

  async #leaveToSignIn(intention: Intention | null): Promise<void> {
    const { client, memory, go } = this.#settings;
    const location = await client.beginSignIn(this.#stage.snapshot().account?.username ?? null);
    if (intention === null) memory.removeItem(memoryName);
    else memory.setItem(memoryName, JSON.stringify(intention));
    this.#stage.become({ screen: 'leaving', dialog: null });
    go(location);
  }

  /** On with what she was about to do; she still has to say yes to it. */
  async #resume(): Promise<void> {
    const { memory } = this.#settings;
    const kept = memory.getItem(memoryName);
    memory.removeItem(memoryName);
    const { account } = this.#stage.snapshot();
    if (kept === null || account === null || !this.#isRecent) return;
    const intention: unknown = JSON.parse(kept);
    if (!Check(Intention, intention)) return;
    if (!('id' in intention)) {
      if (intention.what === 'set-password') this.askForPassword();
      else await (intention.what === 'add-app' ? this.addApp(intention.authType) : this.addPasskey());
      return;
    }
    const passkey = account.passkeys.find((one) => one.id === intention.id);
    const app = account.apps.find((one) => one.id === intention.id);
    if (passkey !== undefined) this.askToRemove({ kind: 'passkeys', subject: passkey });
    else if (app !== undefined) this.askToRemove({ kind: 'apps', subject: app });
  }

  async #backFromAdding(talk: Conversation): Promise<void> {
    talk.forget();
    this.#adding = null;
    await this.#stage.doing(() => this.#load());
  }
}
