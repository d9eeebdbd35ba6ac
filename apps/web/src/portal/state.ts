import type {
  OfferedEnrollAction,
  OfferedFactor,
  RequestDescription,
  Sharing,
  Theme,
} from '@keywarden/api/authn';
import type { PortalFault } from './failure.ts';

/** Milliseconds between two mails: the first one is usually on its way. */
export const resendPause = 30_000;

/** A one-time code is asked for; `resendAt`: when a mail may be sent again, null where none was. */
export interface CodeScreen {
  readonly name: 'code';
  readonly second: boolean;
  readonly factor: OfferedFactor;
  readonly resendAt: number | null;
}

export type Screen =
  | { readonly name: 'loading' | 'leaving' | 'username' | 'make' | 'added' | 'offer' | 'enrollment-code' }
  | { readonly name: 'over'; readonly fault: PortalFault }
  | { readonly name: 'factors' | 'password'; readonly second: boolean }
  | { readonly name: 'new-password'; readonly minimumLength: number }
  | CodeScreen
  | { readonly name: 'protect'; readonly factor: OfferedFactor; readonly resendAt: number | null }
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
  /** One-time codes of her app and by mail. */
  readonly codes: readonly OfferedFactor[];
  readonly add: OfferedEnrollAction | null;
  /** A passkey would do here, but not in this browser or at this address. */
  readonly unusable: PortalFault | null;
  readonly busy: boolean;
  /** While the browser shows its own dialog. */
  readonly asking: boolean;
  readonly fault: PortalFault | null;
}

export const atFirst: SignInState = {
  screen: { name: 'loading' },
  request: null,
  theme: null,
  username: null,
  bound: false,
  loginHint: '',
  passkey: null,
  password: null,
  codes: [],
  add: null,
  unusable: null,
  busy: false,
  asking: false,
  fault: null,
};
