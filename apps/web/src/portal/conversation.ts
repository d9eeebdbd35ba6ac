import {
  AuthnError,
  CredentialOptions,
  csrfHeader,
  FactorProven,
  FidoChallenge,
  FlowAnswer,
  IssuedCode,
  newPasswordAuthType,
  type OfferedFactor,
  OneTimeCodeSent,
  RequestDescription,
  type Sharing,
  type Theme,
} from '@keywarden/api/authn';
import { type Static, type TSchema, Type } from 'typebox';
import { Check } from 'typebox/schema';
import { faultOf, faultOfPassword, PortalFailure, type Tried } from './failure.ts';
import { readTheme, type ThemeWish } from './theme.ts';

export interface PortalSurroundings {
  readonly fetch: typeof globalThis.fetch;
  /** Keeps the token of the transaction over a reload. */
  readonly memory: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  readonly wait: (milliseconds: number) => Promise<void>;
  /** In which language she is to be written to, and asked for consent; null: she chose none. */
  readonly chosenLanguage?: () => string | null;
}

/** What is still missing once a factor is proven. */
export type Proven =
  | { readonly missing: null }
  | { readonly missing: 'second-factor'; readonly factors: readonly OfferedFactor[] }
  | { readonly missing: 'new-password'; readonly minimumLength: number }
  | { readonly missing: 'consent'; readonly sharings: readonly Sharing[] };

interface Call<S extends TSchema> {
  readonly path: string;
  readonly method?: 'POST' | 'PUT';
  readonly body: Readonly<Record<string, unknown>>;
  readonly answer: S;
  readonly tried?: Tried;
}

type Reply<T> = { readonly ok: true; readonly body: T } | { readonly ok: false; readonly error: AuthnError };

const Nothing = Type.Null();
/** Of what an operator issued, whatever the tenant's own authTypes are. */
const enrollmentCodeAuthType = 'AT_ENROLLMENT_CODE';
const triedBy = { FIDO: 'passkey', LOGIN: 'password', OTP: 'code' } as const;
/** Characters, where the service names no other number. */
const usualMinimumLength = 8;
const tries = [400, 1200, 3000] as const;

/** One transaction of the authentication service, call after call, each with the newest server-csrf-token. */
export class Conversation {
  readonly requestUri: string;
  readonly #base: string;
  readonly #surroundings: PortalSurroundings;
  /** Calls take turns: each needs the token that the one before it got. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(place: { base: string; requestUri: string }, surroundings: PortalSurroundings) {
    this.#base = place.base;
    this.requestUri = place.requestUri;
    this.#surroundings = surroundings;
  }

  describe(): Promise<RequestDescription> {
    return this.#expect({ path: '/request', body: {}, answer: RequestDescription });
  }

  /** Whose sign-in this is; null where that can't be told: a page without a brand is better than none. */
  theme(wish: ThemeWish): Promise<Theme | null> {
    return readTheme({ base: this.#base, fetch: this.#surroundings.fetch }, wish);
  }

  flow(username: string | null): Promise<FlowAnswer> {
    return this.#expect({ path: '/flow', body: named(username), answer: FlowAnswer });
  }

  challenge(authType: string, username: string | null): Promise<FidoChallenge> {
    const body = { grant_type: 'fido_challenge', authType, ...named(username) };
    return this.#expect({ path: '/code', body, answer: FidoChallenge });
  }

  /** @param password what a person typed, or what her authenticator answered */
  async prove(
    factor: Pick<OfferedFactor, 'code' | 'type'>,
    proof: { readonly username: string | null; readonly password: unknown },
  ): Promise<Proven> {
    const tried = triedBy[factor.type];
    const body = {
      grant_type: 'password',
      authType: factor.code,
      ...named(proof.username),
      password: proof.password,
    };
    const reply = await this.#call({ path: '/code', body, answer: FactorProven, tried });
    return reply.ok ? { missing: null } : missingOf(reply.error, tried);
  }

  /** A password of her own in the place of the temporary one that she proved. */
  async replacePassword(username: string | null, newPassword: string): Promise<Proven> {
    const body = {
      grant_type: 'password',
      authType: newPasswordAuthType,
      ...named(username),
      password: newPassword,
    };
    const reply = await this.#call({ path: '/code', body, answer: FactorProven });
    if (reply.ok) return { missing: null };
    const { reason } = reply.error.newPassword ?? {};
    if (reason !== undefined) throw new PortalFailure(faultOfPassword[reason]);
    return missingOf(reply.error, null);
  }

  /** The authorization code, or what is missing for it. */
  async code(authType: string, username: string | null): Promise<IssuedCode | Proven> {
    const body = { grant_type: 'code_request', authType, ...named(username) };
    const reply = await this.#call({ path: '/code', body, answer: IssuedCode });
    return reply.ok ? reply.body : missingOf(reply.error, null);
  }

  async signConsent(
    username: string | null,
    sharings: readonly { readonly scope: string; readonly status: 'accepted' | 'rejected'; exp: number }[],
  ): Promise<void> {
    const body = { ...named(username), sharings };
    await this.#expect({ path: '/consent', method: 'PUT', body, answer: Type.Unknown() });
  }

  /** Sends a one-time code by mail, to whoever has such an address. */
  sendCode(authType: string, username: string): Promise<OneTimeCodeSent> {
    const body = { grant_type: 'otp_challenge', authType, username };
    return this.#expect({ path: '/code', body, answer: OneTimeCodeSent });
  }

  async proveProtection(
    authType: string,
    { tried, ...proof }: { username: string; password: string; tried: 'password' | 'code' },
  ): Promise<void> {
    const body = { grant_type: 'password', authType, ...proof };
    await this.#expect({ path: '/enroll/code', body, answer: FactorProven, tried });
  }

  /** The one-time code with which an operator lets her fill a device that waits for her. */
  async giveEnrollmentCode({ username, code }: { username: string; code: string }): Promise<void> {
    const body = { grant_type: 'password', authType: enrollmentCodeAuthType, username, password: code };
    await this.#expect({ path: '/enroll/code', body, answer: FactorProven, tried: 'enrollment-code' });
  }

  async creationOptions(enroll: {
    readonly authType: string;
    readonly enrollId: string;
    readonly username: string;
  }): Promise<CredentialOptions['publicKeyCredentialOptions']> {
    const body = { enroll_step: 'getcredentialoptions', ...enroll };
    const answer = await this.#expect({ path: '/enroll/fido', body, answer: CredentialOptions });
    return answer.publicKeyCredentialOptions;
  }

  async register(
    enroll: { readonly authType: string; readonly enrollId: string; readonly username: string },
    credential: unknown,
  ): Promise<void> {
    const body = { enroll_step: 'registercredential', ...enroll, credential };
    await this.#expect({ path: '/enroll/fido', body, answer: Nothing, tried: 'new-passkey' });
  }

  /** The code is out: the token opens nothing any more. */
  forget(): void {
    this.#surroundings.memory.removeItem(this.#memoryName);
  }

  get #memoryName(): string {
    return `keywarden.transaction.${this.requestUri}`;
  }

  /** Throws PortalFailure where the service refuses. */
  async #expect<S extends TSchema>(call: Call<S>): Promise<Static<S>> {
    const reply = await this.#call(call);
    if (reply.ok) return reply.body;
    throw new PortalFailure(faultOf(reply.error, call.tried ?? null));
  }

  #call<S extends TSchema>(call: Call<S>): Promise<Reply<Static<S>>> {
    const mine = this.#turn.then(
      () => this.#send(call),
      () => this.#send(call),
    );
    this.#turn = mine;
    return mine;
  }

  async #send<S extends TSchema>(call: Call<S>): Promise<Reply<Static<S>>> {
    const { memory } = this.#surroundings;
    const token = memory.getItem(this.#memoryName);
    const response = await this.#sendUntilAnswered(call, token);
    const newest = response.headers.get(csrfHeader);
    if (newest !== null) memory.setItem(this.#memoryName, newest);
    const text = await response.text();
    const body = text === '' ? null : parsed(text);
    if (response.ok && Check(call.answer, body)) return { ok: true, body };
    if (response.status === 429) throw new PortalFailure('too-many-requests');
    if (!response.ok && Check(AuthnError, body)) return { ok: false, error: body };
    throw new PortalFailure('server-failed');
  }

  /** The very same request again after a lost answer gets the very same answer. */
  async #sendUntilAnswered(call: Call<TSchema>, token: string | null): Promise<Response> {
    const { fetch, wait, chosenLanguage } = this.#surroundings;
    const chosen = chosenLanguage?.() ?? null;
    const body = JSON.stringify({
      request_uri: this.requestUri,
      ...(chosen !== null && { ui_locales: chosen }),
      ...call.body,
    });
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await fetch(`${this.#base}${call.path}`, {
          method: call.method ?? 'POST',
          headers: { 'content-type': 'application/json', ...(token !== null && { [csrfHeader]: token }) },
          body,
          credentials: 'omit',
          cache: 'no-store',
        });
      } catch (cause) {
        const pause = tries[attempt];
        if (pause === undefined) throw new PortalFailure('server-unreachable', { cause });
        await wait(pause);
      }
    }
  }
}

function named(username: string | null): Readonly<Record<string, string>> {
  return username === null ? {} : { username };
}

function missingOf(error: AuthnError, tried: Tried | null): Proven {
  if (error.error === 'step_up_required') {
    const { secondFactors: factors = [], newPassword } = error;
    if (!factors.some(({ code }) => code === newPasswordAuthType))
      return { missing: 'second-factor', factors };
    return { missing: 'new-password', minimumLength: newPassword?.minimumLength ?? usualMinimumLength };
  }
  if (error.error === 'consent_required') return { missing: 'consent', sharings: error.sharings ?? [] };
  throw new PortalFailure(faultOf(error, tried));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
