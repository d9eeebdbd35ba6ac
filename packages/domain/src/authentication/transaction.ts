import type { AuthorizationRequest } from './authorization-request.ts';
import type { Client } from './client.ts';
import type { Evidence } from './evidence.ts';
import type { StoredWorkflow } from './workflow.ts';

/**
 * One run through the authentication service, named by its `request_uri`. Everything that a later call relies on is
 * here, so that it may land on another process.
 */
export interface AuthenticationTransaction {
  readonly requestUri: string;
  readonly clientId: string;
  readonly request: AuthorizationRequest;
  /** The request object as the OpenID provider keeps it, so that it can check it again. */
  readonly requestObject: string;
  /** Whether the client had authenticated when it pushed the request. */
  readonly trusted: boolean;
  readonly state: TransactionState;
  /** Counts writes: an update holds only where it is unchanged. */
  readonly version: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export interface TransactionState {
  /** 32 random bytes, base64url, from which the newest `server-csrf-token` is derived; null before the first answer. */
  readonly tokenSeed: string | null;
  /** The one before: whoever lost the answer that told of the newest may go on from it. */
  readonly previousTokenSeed: string | null;
  /** Who proved a factor or the protection; nobody else may go on. */
  readonly subject: TransactionSubject | null;
  readonly provenFactors: readonly ProvenFactor[];
  readonly protection: ProvenProtection | null;
  /** Wrong answers by authType. */
  readonly failures: Readonly<Record<string, number>>;
  /** Wrong answers to the protection, all of them. */
  readonly protectionFailures: number;
  readonly assertionChallenge: AssertionChallenge | null;
  readonly registrationChallenge: RegistrationChallenge | null;
  /** The newest one-time code that was sent by mail; gone when it was used. */
  readonly mailedCode: MailedCode | null;
  readonly mailsSent: number;
  /** Too many wrong answers to a factor: nothing more is answered. */
  readonly retriesExhausted: boolean;
  readonly codeIssued: boolean;
  /** Scopes about which she decided here, for a request that wants to hear it again; absent: none. */
  readonly decidedScopes?: readonly string[];
  readonly lastExchange: Exchange | null;
}

export interface TransactionSubject {
  readonly userId: string;
  readonly username: string;
  /** True when the credential named her: no call said a username. */
  readonly usernameless: boolean;
}

export interface ProvenFactor extends Evidence {
  readonly factorId: string;
  readonly authType: string;
  readonly acr: string;
  /** RFC 8176 values and `pop`. */
  readonly amr: readonly string[];
  readonly second: boolean;
  /** ISO 8601. */
  readonly at: string;
}

export interface ProvenProtection extends Evidence {
  readonly authType: string;
  readonly userId: string;
  /** ISO 8601. */
  readonly at: string;
  /** The device that waits, where the proof was the one-time code that was issued for it. */
  readonly deviceId: string | null;
}

export interface AssertionChallenge {
  /** base64url of 32 random bytes. */
  readonly challenge: string;
  readonly authType: string;
  /** null: whoever the discoverable credential belongs to. */
  readonly username: string | null;
  /** ISO 8601. */
  readonly expiresAt: string;
}

export interface MailedCode {
  readonly authType: string;
  readonly username: string;
  /** HMAC-SHA-256 under the tenant's key, base64url. Of nobody's code too: it is made like any other and not sent. */
  readonly codeHash: string;
  /** ISO 8601. */
  readonly expiresAt: string;
  /** Wrong answers that are left. */
  readonly tries: number;
}

export interface RegistrationChallenge {
  readonly challenge: string;
  readonly authType: string;
  readonly enrollId: string;
  /** null: a username that nobody has. */
  readonly userId: string | null;
  readonly username: string;
  /** What `user.id` was, base64url. */
  readonly userHandle: string;
  /** Which of the devices that wait for her it fills; `required`: one of them or none. */
  readonly pending: { readonly deviceId: string | null; readonly required: boolean };
  readonly expiresAt: string;
  /**
   * SHA-256, base64url, of the first registration that answered it; no other may. The very same one may come again
   * after a lost answer or a crash: judging the same bytes twice tells nobody anything.
   */
  readonly answeredBy: string | null;
}

/** The newest answered request, so that its repeat gets the same answer. */
export interface Exchange {
  /** SHA-256, base64url, over door, token and body. */
  readonly digest: string;
  /** Whether the request carried a token; one without may be repeated for a short while alone. */
  readonly tokenless: boolean;
  /** ISO 8601. */
  readonly answeredAt: string;
  /** The answer as JSON, sealed: it may hold a code. base64url. */
  readonly sealedAnswer: string;
}

export interface LoadedTransaction {
  readonly transaction: AuthenticationTransaction;
  /** null: the tenant has stored none and lives by the usual one. */
  readonly workflow: Pick<StoredWorkflow, 'version' | 'document'> | null;
  readonly client: Client;
}

export const freshTransactionState: TransactionState = {
  tokenSeed: null,
  previousTokenSeed: null,
  subject: null,
  provenFactors: [],
  protection: null,
  failures: {},
  protectionFailures: 0,
  assertionChallenge: null,
  registrationChallenge: null,
  mailedCode: null,
  mailsSent: 0,
  retriesExhausted: false,
  codeIssued: false,
  lastExchange: null,
};

/** Seconds that a request_uri, and with it the whole transaction, lives. */
export const transactionLifetime = 300;
