import { fromBase64Url, toBase64Url } from '@keywarden/fido2/bytes';
import type { Actor } from '../audit.ts';
import { DomainError } from '../errors.ts';
import type { Ports, Tables } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import type { Client } from './client.ts';
import type { CallLanguages } from './languages.ts';
import { usernameOrNull } from './parameters.ts';
import { AuthenticationRefusal, invalidGrant, invalidRequest, type Refusal } from './refusal.ts';
import { decoyToken, rotated, type TokenIssuer, tokenIssuer } from './token.ts';
import type { AuthenticationTransaction, Exchange, TransactionState } from './transaction.ts';
import { usualWorkflow, type Workflow } from './workflow.ts';

/** One call of a transaction, as a door received it. */
export interface AuthenticationCall {
  readonly ports: Ports;
  readonly tenantId: TenantId;
  readonly actor: Actor;
  readonly requestUri: string;
  /** The `server-csrf-token` header, null where there was none. */
  readonly presentedToken: string | null;
  /** SHA-256, base64url, over everything that makes this request this request: door, token, parameters. */
  readonly digest: string;
  readonly receivedAt: Date;
  readonly languages?: CallLanguages;
}

export type Answer<T> =
  | { readonly kind: 'done'; readonly body: T }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** What goes back: the answer and the token that the next call must bring. */
export interface Answered<T> {
  readonly token: string;
  readonly answer: Answer<T>;
}

/** What a step sees: the transaction as it is now, and what governs it. */
export interface Scene {
  readonly call: AuthenticationCall;
  readonly transaction: AuthenticationTransaction;
  readonly workflow: Workflow;
  readonly client: Client;
  readonly now: Date;
}

/**
 * A step either answers at once, or goes on: outside of the database, after what it must not lose was written, or, where
 * that takes no time and waits for nothing, `at-once` in the same transaction: what comes out is told to nobody before it
 * is kept. Where the state stays as it was, nothing is written: the repeat comes out the same, and the token needs no
 * successor.
 */
export type Decision<T, C> =
  | { readonly kind: 'answer'; readonly body: T; readonly state?: TransactionState }
  | {
      readonly kind: 'go-on';
      readonly state: TransactionState;
      readonly carry: C;
      readonly pace?: 'at-once';
    };

/**
 * Runs in one database transaction with the state that it returns; repeated from the start when somebody was faster. The
 * very state that it was given: nothing has changed.
 */
export type Settlement<T> = (fresh: TransactionState, tables: Tables) => Promise<Settled<T>>;

export interface Settled<T> {
  readonly state: TransactionState;
  readonly answer: Answer<T>;
}

export interface Step<T, C> {
  /** Asks in advance for what `decide` reads, so that it comes with the transaction. */
  ahead?(tables: Tables): void;
  decide(scene: Scene, tables: Tables): Promise<Decision<T, C>>;
  /** The slow part (signatures, password hashes), with no row locked. */
  conclude?(carry: C, scene: Scene): Promise<Settlement<T>>;
}

/** Milliseconds in which a request without a token, the first of its transaction, may be repeated. */
const tokenlessRepeat = 30_000;
/** Calls at once on one transaction that each get their turn. */
const turns = 64;

/**
 * Every call of a transaction goes through here: it is found, its token checked, a repeat answered as before, the step
 * taken, and the next token told, whatever the outcome.
 */
export async function converse<T, C = never>(
  call: AuthenticationCall,
  step: Step<T, C>,
): Promise<Answered<T>> {
  const tokens = await tokenIssuer(call.ports, call.tenantId);
  const opened = await decideInTurn(call, step, tokens);
  if ('token' in opened) return opened;
  const { scene, carry } = opened;
  return settleInTurn(scene, await concludedBy(step, carry, scene), tokens);
}

function concludedBy<T, C>(step: Step<T, C>, carry: C, scene: Scene): Promise<Settlement<T>> {
  if (step.conclude === undefined) throw new Error('a step that goes on must conclude');
  return step.conclude(carry, scene);
}

/** Asks in advance for the authenticators of whom the call names; a malformed name is told in its place. */
export function readUserAhead(tables: Tables, username: string | null): void {
  const wellFormed = username === null ? null : usernameOrNull(username);
  if (wellFormed !== null) tables.authenticators.readAhead(wellFormed);
}

async function decideInTurn<T, C>(
  call: AuthenticationCall,
  step: Step<T, C>,
  tokens: TokenIssuer,
): Promise<Answered<T> | { readonly scene: Scene; readonly carry: C }> {
  const { ports, tenantId } = call;
  for (let turn = 0; turn < turns; turn += 1) {
    const outcome = await inTransaction(call, async (tables) => {
      const now = ports.clock.now();
      step.ahead?.(tables);
      const loaded = await tables.transactions.load(call.requestUri, now);
      if (loaded === null) {
        return refused<T>(invalidRequest('The request_uri is unknown or has expired'), decoyToken(ports));
      }
      const { transaction, client } = loaded;
      const repeat = await repeated<T>(call, transaction, tokens);
      if (repeat !== null) return repeat;
      if (!tokens.accepts(transaction, call.presentedToken)) {
        return refused<T>(
          invalidRequest('The server-csrf-token header is missing or is not the newest'),
          decoyToken(ports),
        );
      }
      const workflow = loaded.workflow?.document ?? usualWorkflow;
      const scene: Scene = { call, transaction, workflow, client, now };
      const decision = await decideOrRefuse(step, scene, tables);
      if (decision.kind === 'go-on') {
        if (decision.pace === 'at-once') {
          const settle = await concludedBy(step, decision.carry, scene);
          return write(scene, await settle(decision.state, tables), { tables, tokens });
        }
        if (decision.state === transaction.state) return { scene, carry: decision.carry };
        const updated = { ...transaction, state: decision.state };
        if (!(await tables.transactions.update(updated))) throw new Outrun();
        const version = transaction.version + 1;
        return { scene: { ...scene, transaction: { ...updated, version } }, carry: decision.carry };
      }
      const answer: Answer<T> =
        decision.kind === 'answer'
          ? { kind: 'done', body: decision.body }
          : { kind: 'refused', refusal: decision.refusal };
      const changed = decision.kind === 'answer' ? decision.state : undefined;
      return write(scene, { state: changed ?? transaction.state, answer }, { tables, tokens });
    });
    if (outcome !== null) return outcome;
  }
  throw new DomainError('version-conflict', 'Too many calls of one transaction at once. Try again.', {
    detail: `tenant ${tenantId}: a step of the authentication service found no turn`,
  });
}

async function settleInTurn<T>(
  scene: Scene,
  settle: Settlement<T>,
  tokens: TokenIssuer,
): Promise<Answered<T>> {
  const { call } = scene;
  let { transaction } = scene;
  for (let turn = 0; turn < turns; turn += 1) {
    const current = turn === 0 ? transaction : null;
    const outcome = await inTransaction(call, async (tables) => {
      const now = call.ports.clock.now();
      const fresh = current ?? (await tables.transactions.load(call.requestUri, now))?.transaction;
      if (fresh === undefined) {
        return refused<T>(
          invalidRequest('The request_uri is unknown or has expired'),
          decoyToken(call.ports),
        );
      }
      transaction = fresh;
      const settled = await settle(fresh.state, tables);
      return write({ ...scene, transaction: fresh, now }, settled, { tables, tokens });
    });
    if (outcome !== null) return outcome;
  }
  throw new DomainError('version-conflict', 'Too many calls of one transaction at once. Try again.');
}

async function write<T>(
  scene: Scene,
  settled: Settled<T>,
  { tables, tokens }: { tables: Tables; tokens: TokenIssuer },
): Promise<Answered<T>> {
  const { call, transaction } = scene;
  const { ports, tenantId } = call;
  const current = settled.state === transaction.state ? tokens.newest(transaction) : null;
  if (current !== null) return { token: current, answer: settled.answer };
  const next = {
    ...transaction,
    state: {
      ...rotated(ports, settled.state),
      lastExchange: {
        digest: call.digest,
        tokenless: call.presentedToken === null,
        answeredAt: ports.clock.now().toISOString(),
        sealedAnswer: toBase64Url(
          await ports.secrets.seal(
            tenantId,
            sealing,
            new TextEncoder().encode(JSON.stringify(settled.answer)),
          ),
        ),
      },
    },
  };
  if (!(await tables.transactions.update(next))) throw new Outrun();
  const token = tokens.newest(next);
  if (token === null) throw new Error('a rotated state has a token');
  return { token, answer: settled.answer };
}

const sealing = 'authentication-answer';

/**
 * The answer to the very same request again, after its answer was lost. Whoever received the answer holds a newer token
 * and so never sends the very same request: a replay is no repeat. Requests at once are no repeats of each other either.
 */
async function repeated<T>(
  call: AuthenticationCall,
  transaction: AuthenticationTransaction,
  tokens: TokenIssuer,
): Promise<Answered<T> | null> {
  const exchange = transaction.state.lastExchange;
  if (exchange === null || exchange.digest !== call.digest) return null;
  const age = call.receivedAt.getTime() - Date.parse(exchange.answeredAt);
  if (age < 0 || (exchange.tokenless && age > tokenlessRepeat)) return null;
  const token = tokens.newest(transaction);
  if (token === null) return null;
  return { token, answer: await unsealed<T>(call, exchange) };
}

async function unsealed<T>({ ports, tenantId }: AuthenticationCall, exchange: Exchange): Promise<Answer<T>> {
  const bytes = await ports.secrets.open(tenantId, sealing, fromBase64Url(exchange.sealedAnswer));
  // What is opened under the tenant's key is what `write` sealed: the same digest names the same door and its answer.
  return JSON.parse(new TextDecoder().decode(bytes)) as Answer<T>;
}

async function decideOrRefuse<T, C>(
  step: Step<T, C>,
  scene: Scene,
  tables: Tables,
): Promise<Decision<T, C> | { readonly kind: 'refuse'; readonly refusal: Refusal }> {
  if (scene.transaction.state.retriesExhausted) {
    return { kind: 'refuse', refusal: invalidGrant('retries-exhausted', null) };
  }
  try {
    return await step.decide(scene, tables);
  } catch (error) {
    if (error instanceof AuthenticationRefusal) return { kind: 'refuse', refusal: error.refusal };
    throw error;
  }
}

/** Somebody wrote the transaction first: everything is rolled back and begun again. */
class Outrun extends Error {
  override readonly name = 'Outrun';
}

async function inTransaction<R>(
  call: AuthenticationCall,
  work: (tables: Tables) => Promise<R>,
): Promise<R | null> {
  try {
    return await call.ports.store.transaction(call.tenantId, work);
  } catch (error) {
    if (error instanceof Outrun) return null;
    throw error;
  }
}

function refused<T>(refusal: Refusal, token: string): Answered<T> {
  return { token, answer: { kind: 'refused', refusal } };
}

/** A request whose parameters are wrong is told so within its conversation, so that its client keeps its token. */
export function refuseMalformed(call: AuthenticationCall, what: string): Promise<Answered<never>> {
  return converse<never>(call, {
    async decide() {
      throw new AuthenticationRefusal(invalidRequest(what));
    },
  });
}
