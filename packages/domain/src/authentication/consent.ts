import { recordEvent } from '../commands/audit-trail.ts';
import type { Tables } from '../ports/index.ts';
import { asksForConsent, requestedScopes } from './authorization-request.ts';
import type { ConsentRecord, RequestedConsent } from './consent-record.ts';
import { type Answered, type AuthenticationCall, converse, type Scene } from './conversation.ts';
import { languageWish } from './languages.ts';
import { requiredUsername } from './parameters.ts';
import { userActor } from './prove.ts';
import { AuthenticationRefusal, accessDenied, invalidRequest } from './refusal.ts';
import { requireSameUsername } from './subject.ts';
import { findTheme, presentTheme, type Theme } from './theme.ts';
import type { TransactionSubject } from './transaction.ts';

export interface ConsentDecision {
  readonly scope: string;
  readonly status: 'accepted' | 'rejected';
  /** Seconds; -1: until it is changed. */
  readonly exp: number;
}

export interface ConsentAnswer {
  readonly clientId: string;
  /** Seconds; -1: until it is changed. */
  readonly sharingDuration: number;
  readonly sharings: readonly RequestedConsent[];
}

/** What the client asks of the user, and what she said to it so far. Only she may see it: a factor must be proven. */
export function readConsent(
  call: AuthenticationCall,
  input: { readonly username: string | null },
): Promise<Answered<ConsentAnswer>> {
  return converse(call, {
    async decide(scene, tables) {
      const subject = provenSubject(scene, input.username);
      return { kind: 'answer', body: await consentAnswer(scene, subject, tables) };
    },
  });
}

/** Keeps what the user decided, per user and client. Scopes that the request does not ask for are refused. */
export function signConsent(
  call: AuthenticationCall,
  input: { readonly username: string | null; readonly decisions: readonly ConsentDecision[] },
): Promise<Answered<ConsentAnswer>> {
  return converse(call, {
    async decide(scene, tables) {
      const subject = provenSubject(scene, input.username);
      const asked = new Set(requestedScopes(scene.transaction.request));
      if (input.decisions.some((decision) => !asked.has(decision.scope))) {
        throw new AuthenticationRefusal(
          invalidRequest('A scope in sharings is not one that the client asked for'),
        );
      }
      const records = input.decisions.map(
        ({ scope, status, exp }): ConsentRecord => ({
          userId: subject.userId,
          clientId: scene.client.clientId,
          scope,
          status,
          expiresAt: exp < 0 ? null : new Date(scene.now.getTime() + exp * 1000),
          signedAt: scene.now,
        }),
      );
      await tables.consents.upsert(records);
      await recordEvent(
        { ports: call.ports, tables, actor: userActor(call.actor, subject) },
        {
          type: 'consent.signed',
          target: { kind: 'client', id: scene.client.clientId, name: scene.client.name },
          description: records.map(({ scope, status }) => `${scope}: ${status}`).join(', '),
        },
      );
      const { transaction } = scene;
      const decided = [...(transaction.state.decidedScopes ?? []), ...records.map(({ scope }) => scope)];
      const state = { ...transaction.state, decidedScopes: [...new Set(decided)] };
      const after = { ...scene, transaction: { ...transaction, state } };
      return { kind: 'answer', state, body: await consentAnswer(after, subject, tables) };
    },
  });
}

function provenSubject({ transaction }: Scene, text: string | null): TransactionSubject {
  const { subject, provenFactors } = transaction.state;
  const username = subject?.usernameless === true && text === null ? null : requiredUsername(text);
  requireSameUsername(transaction.state, username);
  if (subject === null || provenFactors.length === 0) {
    throw new AuthenticationRefusal(accessDenied('consent before a factor was proven'));
  }
  return subject;
}

async function consentAnswer(
  scene: Scene,
  subject: TransactionSubject,
  tables: Tables,
): Promise<ConsentAnswer> {
  return {
    clientId: scene.client.clientId,
    sharingDuration: -1,
    sharings: await consentsOf(scene, subject, tables),
  };
}

/** Whether the user is asked at all: for this client, or because this very request says so. */
export function needsConsent({ client, transaction }: Pick<Scene, 'client' | 'transaction'>): boolean {
  return client.consentRequired || asksForConsent(transaction.request);
}

/** One entry per requested scope. */
export async function consentsOf(
  scene: Scene,
  subject: TransactionSubject,
  tables: Tables,
): Promise<readonly RequestedConsent[]> {
  return (await standing(scene, subject, tables)).consents;
}

/** What the user has to be asked, all of it; null: nothing is undecided. */
export async function missingConsent(
  scene: Scene,
  subject: TransactionSubject,
  tables: Tables,
): Promise<readonly RequestedConsent[] | null> {
  const { consents, asked } = await standing(scene, subject, tables);
  return consents.length === 0 || (asked && consents.every(isDecided)) ? null : consents;
}

/** `openid` itself can't be declined, for without it there is nobody to tell of. */
function isDecided({ scope, status }: RequestedConsent): boolean {
  return status === 'accepted' || (status === 'rejected' && scope !== 'openid');
}

interface Standing {
  readonly consents: readonly RequestedConsent[];
  /** She was asked as often as the request wants it. */
  readonly asked: boolean;
}

/**
 * Where the request asks for consent, what she accepted elsewhere, before it or in another window, has expired. What she rejected
 * stays rejected, so that nobody's page shows it as chosen; but then it is no answer to this request either.
 */
async function standing(
  { transaction, client, now, call, workflow }: Scene,
  subject: TransactionSubject,
  tables: Tables,
): Promise<Standing> {
  const records = await tables.consents.list(subject.userId, client.clientId);
  const { scopes } = await scopeWords({ transaction, call, workflow }, tables);
  const signed = new Map(records.map((record) => [record.scope, record]));
  const decided = asksForConsent(transaction.request) ? (transaction.state.decidedScopes ?? []) : null;
  const counts = ({ scope }: ConsentRecord) => decided === null || decided.includes(scope);
  const requested = requestedScopes(transaction.request);
  const consents = requested.map((scope): RequestedConsent => {
    const record = signed.get(scope);
    const { label, description } = scopes[scope] ?? { label: scope, description: scope };
    if (record === undefined) return { scope, label, description, status: 'unknown' };
    const expired =
      (record.expiresAt !== null && record.expiresAt <= now) ||
      (record.status === 'accepted' && !counts(record));
    return { scope, label, description, status: expired ? 'expired' : record.status };
  });
  const asked = requested.some((scope) => {
    const record = signed.get(scope);
    return record !== undefined && counts(record);
  });
  return { consents, asked };
}

/** What scopes are called by the theme of this request, in the best language that the user reads. */
async function scopeWords(
  { call, transaction, workflow }: Pick<Scene, 'call' | 'transaction' | 'workflow'>,
  tables: Tables,
): Promise<Pick<Theme, 'scopes'>> {
  const { asked, accepted } = languageWish(call, transaction.request.uiLocales);
  const stored = await findTheme(tables, workflow.theme_id);
  return presentTheme(stored, [...asked, ...accepted]);
}
