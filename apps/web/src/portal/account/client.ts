import {
  Account,
  AccountSessionOpened,
  AccountSignInBegun,
  OwnAppBegun,
  OwnEnrollment,
} from '@keywarden/api/account';
import { type PasswordFault, passwordFaults } from '@keywarden/api/authn';
import { Problem } from '@keywarden/api/problem';
import { type Static, type TSchema, Type } from 'typebox';
import { Check } from 'typebox/schema';
import { faultOfPassword, PortalFailure, type PortalFault } from '../failure.ts';

const Nothing = Type.Null();

/** The person signed in too long ago for what she wants; she signs in again first. */
export class SignInTooOld extends Error {
  override readonly name = 'SignInTooOld';
}

const faults: Readonly<Record<string, PortalFault>> = {
  'sign-in-required': 'account-ended',
  'account-sign-in-invalid': 'account-sign-in-failed',
  'not-found': 'account-changed',
  'passkey-not-found': 'account-changed',
  'passkey-state-forbids': 'account-changed',
  'version-conflict': 'account-changed',
  'last-way-in': 'account-changed',
  'one-time-code-wrong': 'app-code-wrong',
  'one-time-code-app-not-found': 'app-over',
  'one-time-codes-not-offered': 'apps-not-offered',
  'current-password-wrong': 'current-password-wrong',
  'password-disabled': 'authenticator-disabled',
  'passwords-not-offered': 'account-changed',
  'input-invalid': 'name-not-good',
  'rate-limited': 'too-many-requests',
};

interface Call<S extends TSchema> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly answer: S;
}

/** The door of the account page. What it refuses throws PortalFailure or SignInTooOld. */
export class AccountClient {
  readonly #base: string;
  readonly #fetch: typeof globalThis.fetch;

  readonly #chosenLanguage: () => string | null;

  /**
   * @param base `/<tenant>/authn`
   * @param chosenLanguage in which she is told by mail; null: she chose none
   */
  constructor(base: string, around: { fetch: typeof globalThis.fetch; chosenLanguage: () => string | null }) {
    this.#base = `${base}/account`;
    this.#fetch = around.fetch;
    this.#chosenLanguage = around.chosenLanguage;
  }

  details(): Promise<Account> {
    return this.#call({ method: 'GET', path: '/details', answer: Account });
  }

  async beginSignIn(loginHint: string | null): Promise<string> {
    const body = loginHint === null ? {} : { login_hint: loginHint };
    const begun = await this.#call({ method: 'POST', path: '/sign-in', body, answer: AccountSignInBegun });
    return begun.location;
  }

  async completeSignIn(answer: { readonly code: string; readonly state: string }): Promise<void> {
    await this.#call({ method: 'POST', path: '/session', body: answer, answer: AccountSessionOpened });
  }

  async signOut(): Promise<void> {
    await this.#call({ method: 'DELETE', path: '/session', answer: Nothing });
  }

  beginPasskey(): Promise<OwnEnrollment> {
    return this.#call({ method: 'POST', path: '/passkeys', answer: OwnEnrollment });
  }

  async renamePasskey(id: string, name: string): Promise<void> {
    await this.#call({ method: 'PUT', path: `/passkeys/${id}`, body: { name }, answer: Nothing });
  }

  /** @param confirmLast she knows that no way in is left */
  async remove(what: { kind: 'passkeys' | 'apps'; id: string; confirmLast: boolean }): Promise<void> {
    const query = { ...this.#inLanguage, ...(what.confirmLast && { confirm_last: 'true' }) };
    await this.#call({ method: 'DELETE', path: `/${what.kind}/${what.id}`, query, answer: Nothing });
  }

  /** @param current null: a passkey was proven just now */
  async setPassword({
    current,
    own,
  }: {
    readonly current: string | null;
    readonly own: string;
  }): Promise<void> {
    await this.#call({
      method: 'POST',
      path: '/password',
      query: this.#inLanguage,
      body: { ...(current !== null && { current_password: current }), new_password: own },
      answer: Nothing,
    });
  }

  beginApp(authType: string): Promise<OwnAppBegun> {
    const query = { auth_type: authType };
    return this.#call({ method: 'POST', path: '/apps', query, answer: OwnAppBegun });
  }

  async confirmApp(id: string, code: string): Promise<void> {
    await this.#call({
      method: 'POST',
      path: `/apps/${id}/confirmation`,
      query: this.#inLanguage,
      body: { code },
      answer: Nothing,
    });
  }

  async endSession({ kind, id }: { readonly kind: string; readonly id: string }): Promise<void> {
    await this.#call({ method: 'DELETE', path: `/sessions/${kind}/${id}`, answer: Nothing });
  }

  async endOtherSessions(): Promise<void> {
    await this.#call({ method: 'DELETE', path: '/sessions', answer: Nothing });
  }

  get #inLanguage(): Readonly<Record<string, string>> {
    const chosen = this.#chosenLanguage();
    return chosen === null ? {} : { ui_locales: chosen };
  }

  async #call<S extends TSchema>({ method, path, query = {}, body, answer }: Call<S>): Promise<Static<S>> {
    const address = Object.keys(query).length === 0 ? path : `${path}?${new URLSearchParams(query)}`;
    const response = await this.#send(method, address, body);
    const text = await response.text();
    const parsed: unknown = text === '' ? null : parsedOrNothing(text);
    if (response.ok && Check(answer, parsed)) return parsed;
    const problem = Check(Problem, parsed) ? parsed : null;
    const code = problem?.code ?? null;
    if (code === 'sign-in-too-old') throw new SignInTooOld();
    const reason = problem?.particulars?.['reason'];
    if (code === 'password-rejected' && isPasswordFault(reason)) {
      throw new PortalFailure(faultOfPassword[reason]);
    }
    throw new PortalFailure((code === null ? undefined : faults[code]) ?? 'server-failed');
  }

  async #send(method: string, path: string, body: object | undefined): Promise<Response> {
    const fetch = this.#fetch;
    try {
      return await fetch(`${this.#base}${path}`, {
        method,
        headers: body === undefined ? {} : { 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        credentials: 'same-origin',
        cache: 'no-store',
      });
    } catch (cause) {
      throw new PortalFailure('server-unreachable', { cause });
    }
  }
}

function isPasswordFault(value: unknown): value is PasswordFault {
  return passwordFaults.some((fault) => fault === value);
}

function parsedOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
