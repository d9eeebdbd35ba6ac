import { createHmac } from 'node:crypto';
import { equalBytes, fromBase64Url, toBase64Url } from '@keywarden/fido2/bytes';
import { recordEvent } from '../commands/audit-trail.ts';
import type { Ports, Tables, UserAuthenticators } from '../ports/index.ts';
import { foldUsername } from '../username.ts';
import {
  type Answered,
  type AuthenticationCall,
  converse,
  type Decision,
  type Scene,
} from './conversation.ts';
import { decoysOf } from './decoys.ts';
import { languageWish } from './languages.ts';
import { intendMail } from './mail-outbox.ts';
import { oneTimeCodePurpose } from './one-time-code-app.ts';
import { factorOf, normalisedUsername, requiredUsername } from './parameters.ts';
import { type NotProven, type Proof, type ProofInHand, provenBy, reserveAttempt } from './proof.ts';
import { AuthenticationRefusal, invalidGrant, invalidRequest } from './refusal.ts';
import { requireSameUsername, requireUnchangedUsername } from './subject.ts';
import { type MailedCode, type TransactionState, transactionLifetime } from './transaction.ts';
import { type OneTimeCodeFactor, oneTimeCodeDigits, type Workflow } from './workflow.ts';

/** Seconds for which a mailed code is good: mails are slow, and so are people who change windows. */
export const mailedCodeLifetime = 600;
/** Seconds that are left of the transaction when the code has ended: for whoever typed it at the last moment. */
const afterCode = 60;
/**
 * Seconds that a transaction lives at most, whatever is sent in it: a code that is sent in its usual time has all of its own.
 */
export const longestTransactionLifetime = transactionLifetime + mailedCodeLifetime + afterCode;
/** Mails that one transaction may ask for. */
const mailsPerTransaction = 3;
/** Mails to one user, over all transactions, until a pause; a right code begins the count again. */
const mailsInARow = 5;
/** Milliseconds of that pause. */
const mailPause = 15 * 60_000;
/** Wrong answers to one mailed code, whatever the factor's own limit. */
const triesPerCode = 5;
/** Apps of one user that a code is compared with. */
const mostApps = 5;

/**
 * Sends a code to the user's address. Whether there is anybody of that name with an address, the answer and the work are
 * the same: the mail is only intended here, to nobody if need be.
 */
export function requestOneTimeCode(
  call: AuthenticationCall,
  input: { readonly authType: string; readonly username: string | null },
): Promise<Answered<{ readonly expiresIn: number; readonly digits: number }>> {
  const { ports } = call;
  return converse(call, {
    async decide(scene, tables) {
      const { transaction, now } = scene;
      const { state, request } = transaction;
      const username = normalisedUsername(input.username) ?? state.subject?.username ?? null;
      const named = requiredUsername(username);
      requireSameUsername(state, named);
      const factor = mailedFactorOf(scene, input.authType);
      if (state.mailsSent >= mailsPerTransaction) {
        throw new AuthenticationRefusal(invalidGrant('code-sends-exhausted', factor.code));
      }
      await reserveMail(scene, tables, { username: named, factor });
      const authenticators = await tables.authenticators.findByUsername(named);
      const digits = oneTimeCodeDigits.email;
      const code = randomDigits(ports, digits);
      const lastEnd = transaction.createdAt.getTime() + longestTransactionLifetime * 1000;
      const ends = Math.min(now.getTime() + mailedCodeLifetime * 1000, lastEnd - afterCode * 1000);
      const until = new Date(ends + afterCode * 1000);
      if (until > transaction.expiresAt) await tables.transactions.prolong(transaction.requestUri, until);
      const expiresIn = Math.max(1, Math.floor((ends - now.getTime()) / 1000));
      await intendMail(
        { ports, tables },
        {
          user: authenticators?.user ?? null,
          topic: { about: 'one-time-code', code, minutes: Math.max(1, Math.floor(expiresIn / 60)) },
          languages: languageWish(call, request.uiLocales),
          notAfter: new Date(ends),
        },
      );
      await recordEvent(
        { ports, tables, actor: call.actor },
        {
          type: 'authentication.code-sent',
          // As for a wrong answer: who it is stays open until somebody proves it.
          target: { kind: 'user', id: '', name: named },
          description: `A code for ${factor.code} was asked for by mail.`,
        },
      );
      const mailedCode: MailedCode = {
        authType: factor.code,
        username: named,
        codeHash: toBase64Url(await macOf(scene, { factor, username: named, code })),
        expiresAt: new Date(ends).toISOString(),
        tries: triesPerCode,
      };
      return {
        kind: 'answer',
        state: { ...state, mailedCode, mailsSent: state.mailsSent + 1 },
        body: { expiresIn, digits },
      };
    },
  });
}

function mailedFactorOf({ call, workflow, transaction }: Scene, authType: string): OneTimeCodeFactor {
  const { factor, second } = factorOf(workflow, authType);
  if (factor.type !== 'OTP' || factor.method !== 'email' || !call.ports.mail.available) {
    throw new AuthenticationRefusal(invalidRequest('This authType is no code that is sent by mail'));
  }
  // Nobody's mailbox is filled by whoever knows a name alone, where the workflow asks for something else first.
  if (second && !transaction.state.provenFactors.some((proven) => !proven.second)) {
    if (!protectsEnrollment(workflow, factor)) {
      throw new AuthenticationRefusal(invalidGrant('factor-not-proven', factor.code));
    }
  }
  return factor;
}

function protectsEnrollment({ enrollActions }: Workflow, factor: OneTimeCodeFactor): boolean {
  return enrollActions.some((action) => action.protectionFactor?.authType === factor.code);
}

async function reserveMail(
  { call, now }: Scene,
  tables: Tables,
  { username, factor }: { username: string; factor: OneTimeCodeFactor },
): Promise<void> {
  const decoys = await decoysOf(call.ports, call.tenantId);
  const reserved = await tables.attempts.reserve({
    subject: decoys.attemptSubject(`mail:${username}`),
    authType: factor.code,
    threshold: mailsInARow,
    disabledUntil: new Date(now.getTime() + mailPause),
    now,
  });
  if (!reserved) throw new AuthenticationRefusal(invalidGrant('code-sends-exhausted', factor.code));
}

/** Uniform: what does not divide evenly is thrown again. */
export function randomDigits({ random }: Pick<Ports, 'random'>, digits: number): string {
  const range = 10 ** digits;
  const limit = Math.floor(2 ** 32 / range) * range;
  for (;;) {
    const bytes = random.bytes(4);
    const value = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
    if (value < limit) return String(value % range).padStart(digits, '0');
  }
}

async function macOf(
  { call, transaction }: Scene,
  { factor, username, code }: { factor: OneTimeCodeFactor; username: string; code: string },
): Promise<Uint8Array> {
  const key = await call.ports.secrets.key(call.tenantId, 'mailed-code');
  return createHmac('sha256', key)
    .update(JSON.stringify([transaction.requestUri, factor.code, foldUsername(username), code]))
    .digest();
}

/** Takes the digits of a one-time code in, as `takeProof` does. */
export async function takeOneTimeCode<T>(
  scene: Scene,
  tables: Tables,
  { proof, factor, state }: { proof: Proof; factor: OneTimeCodeFactor; state: TransactionState },
): Promise<Decision<T, ProofInHand>> {
  const { ports, tenantId } = scene.call;
  if (typeof proof.password !== 'string') {
    throw new AuthenticationRefusal(invalidRequest('Malformed password'));
  }
  // As people read it: in groups, in whatever digits their keyboard writes.
  const code = proof.password.normalize('NFKC').replaceAll(/[\s-]/g, '');
  const username = requiredUsername(proof.username ?? state.subject?.username ?? null);
  requireSameUsername(state, username);
  const decoys = await decoysOf(ports, tenantId);
  const subject = decoys.attemptSubject(`one-time-code:${username}`);
  const taken = { code, username, factor, state };
  if (factor.method === 'totp') {
    await reserveAttempt(scene, tables, { factor, subject });
    const authenticators = await tables.authenticators.findByUsername(username);
    const judge = () => judgeAppCode(scene, { ...taken, authenticators });
    return { kind: 'go-on', state, carry: { factor, judge, subject, username } };
  }
  const mailed = usableMailedCode(scene, factor);
  requireUnchangedUsername(mailed.username, username);
  await reserveAttempt(scene, tables, { factor, subject });
  const authenticators = await tables.authenticators.findByUsername(username);
  const judge = () => judgeMailedCode(scene, { ...taken, mailed, authenticators });
  const counted = { ...state, mailedCode: { ...mailed, tries: mailed.tries - 1 } };
  return { kind: 'go-on', state: counted, carry: { factor, judge, subject, username } };
}

function usableMailedCode({ transaction, now }: Scene, factor: OneTimeCodeFactor): MailedCode {
  const { mailedCode } = transaction.state;
  const usable =
    mailedCode !== null &&
    mailedCode.authType === factor.code &&
    mailedCode.tries > 0 &&
    Date.parse(mailedCode.expiresAt) > now.getTime();
  if (!usable) throw new AuthenticationRefusal(invalidGrant('challenge-unusable', factor.code));
  return mailedCode;
}

interface TakenCode {
  readonly code: string;
  readonly username: string;
  readonly factor: OneTimeCodeFactor;
  readonly authenticators: UserAuthenticators | null;
}

const wrong: NotProven = { failure: 'bad-credential', detail: 'wrong code, or nothing that shows one' };

async function judgeAppCode(scene: Scene, { code, factor, authenticators }: TakenCode) {
  const { ports, tenantId } = scene.call;
  const apps = (authenticators?.oneTimeCodeApps ?? []).filter((app) => app.authType === factor.code);
  for (const app of apps.slice(0, mostApps)) {
    const secret = await ports.secrets.open(tenantId, oneTimeCodePurpose, app.sealedSecret);
    const step = ports.timeBasedCodes.stepOf(secret, code, scene.now);
    if (step === null || authenticators === null) continue;
    return provenBy(
      authenticators,
      {
        usernameless: false,
        amr: ['otp'],
        appId: app.appId,
        // RFC 6238 §5.2: a code is accepted once.
        use: async (fresh, tables) =>
          (await tables.oneTimeCodeApps.recordUse(app.appId, { step, at: scene.now })) ? fresh : null,
      },
      { workflow: scene.workflow, factor },
    );
  }
  if (apps.length === 0) {
    // Who has no app, or does not exist, takes as long: what seals is as much work as what opens.
    const key = await ports.secrets.key(tenantId, 'one-time-code-decoy');
    const nobodys = key.export().subarray(0, ports.timeBasedCodes.secretLength);
    await ports.secrets.seal(tenantId, oneTimeCodePurpose, nobodys);
    ports.timeBasedCodes.stepOf(nobodys, code, scene.now);
  }
  return wrong;
}

async function judgeMailedCode(
  scene: Scene,
  { code, username, factor, authenticators, mailed }: TakenCode & { readonly mailed: MailedCode },
) {
  const { ports, tenantId } = scene.call;
  const right = equalBytes(await macOf(scene, { factor, username, code }), fromBase64Url(mailed.codeHash));
  if (!right || authenticators === null) return wrong;
  return provenBy(
    authenticators,
    {
      usernameless: false,
      // RFC 8176: one-time password, over a channel of its own.
      amr: ['otp', 'mca'],
      use: async (fresh, tables) => {
        if (fresh.mailedCode?.codeHash !== mailed.codeHash) return null;
        const decoys = await decoysOf(ports, tenantId);
        await tables.attempts.clear(decoys.attemptSubject(`mail:${username}`), factor.code);
        return { ...fresh, mailedCode: null };
      },
    },
    { workflow: scene.workflow, factor },
  );
}
