import { recordEvent } from '../commands/audit-trail.ts';
import { endOtherSessionsWithin } from '../commands/end-sessions.ts';
import { DomainError } from '../errors.ts';
import type { Ports, UserAuthenticators } from '../ports/index.ts';
import { type AccountHolder, recentAuthentication } from './account-session.ts';
import { decoysOf } from './decoys.ts';
import { passwordMarkOf } from './evidence.ts';
import { hasPassword } from './holdings.ts';
import type { LanguageWish } from './languages.ts';
import { type PasswordPolicy, usualPasswordPolicy } from './password-policy.ts';
import { judgeNewPassword, passwordFactors, rejected, storePassword } from './set-password.ts';
import { type Factor, usualWorkflow, type Workflow } from './workflow.ts';

/** What the account page says of her password. */
export interface OwnPassword {
  readonly held: boolean;
  /** Until then she may set another one without saying the one of now; null: she proved no passkey lately. */
  readonly freeUntil: Date | null;
  readonly minimumLength: number;
}

/** null: passwords prove nothing in this tenant. */
export function ownPasswordOf(
  { session }: AccountHolder,
  input: {
    readonly workflow: Workflow;
    readonly authenticators: UserAuthenticators;
    readonly policy: PasswordPolicy | null;
    readonly now: Date;
  },
): OwnPassword | null {
  const { workflow, authenticators, policy, now } = input;
  if (passwordFactors(workflow).length === 0) return null;
  const proofs = session.provenFactors.flatMap((proven) =>
    proven.credentialId === null ? [] : [Date.parse(proven.at) + recentAuthentication],
  );
  const { minimumLength } = policy ?? usualPasswordPolicy;
  return {
    held: hasPassword(authenticators, now),
    freeUntil: proofs.length === 0 ? null : new Date(Math.max(...proofs)),
    minimumLength,
  };
}

/**
 * She sets a password of her own: with the one of now, or with a passkey that she proved in the last five minutes. Everything
 * that is open in her name elsewhere ends; her session here goes on.
 *
 * @throws DomainError `current-password-wrong`, `password-disabled`, `password-rejected`, `passwords-not-offered`,
 * `sign-in-too-old` where there is neither
 */
export async function changeOwnPassword(
  ports: Ports,
  holder: AccountHolder,
  input: {
    readonly currentPassword: string | null;
    readonly newPassword: string;
    readonly languages: LanguageWish | null;
  },
): Promise<void> {
  const { tenantId, user, actor, session } = holder;
  const { currentPassword, newPassword, languages } = input;
  const now = ports.clock.now();
  const { authenticators, policy, workflow } = await ports.store.transaction(tenantId, async (tables) => ({
    authenticators: await tables.authenticators.findByUsername(user.username),
    policy: (await tables.passwordPolicies.get()) ?? usualPasswordPolicy,
    workflow: (await tables.workflows.current())?.document ?? usualWorkflow,
  }));
  const [factor] = passwordFactors(workflow);
  if (factor === undefined) {
    throw new DomainError(
      'passwords-not-offered',
      'Passwords prove nothing here: the workflow has no factor for them. Nothing was changed.',
    );
  }
  if (authenticators === null) throw new DomainError('user-not-found', 'Your account is gone.');
  const own = ownPasswordOf(holder, { workflow, authenticators, policy, now });
  if (currentPassword !== null) {
    await requireCurrentPassword(ports, holder, { authenticators, factor, currentPassword });
  } else if (own?.freeUntil == null || own.freeUntil < now) {
    throw new DomainError(
      'sign-in-too-old',
      'You proved no passkey in the last five minutes. Nothing was changed; say your password of now, or sign in with a passkey.',
    );
  }
  const before = authenticators.passwordHash;
  const judged = await judgeNewPassword(ports, { password: newPassword, policy, user, before });
  if (judged.fault !== null) throw rejected(judged.fault, policy);
  const hash = await ports.passwords.hash(newPassword);
  await ports.store.transaction(tenantId, async (tables) => {
    await tables.accountSessions.lockOwner(user.userId);
    const fresh = await tables.authenticators.findByUsername(user.username);
    if (fresh?.passwordHash !== before) {
      throw new DomainError(
        'version-conflict',
        'Your password was changed at the same time. Nothing was changed now.',
      );
    }
    await storePassword({ ports, tables, actor, languages }, { user, hash, expiresAt: null, judged });
    await tables.accountSessions.replaceProofs(
      session.sessionHash,
      session.provenFactors.map((proven) =>
        proven.passwordMark === null ? proven : { ...proven, passwordMark: passwordMarkOf(hash) },
      ),
    );
    await endOtherSessionsWithin(tables, session);
  });
}

/**
 * Wrong answers count as they do at a sign-in: whoever sits at an open page has no more tries than anybody else.
 *
 * @throws DomainError `current-password-wrong`, `password-disabled`
 */
async function requireCurrentPassword(
  ports: Ports,
  { tenantId, user, actor }: AccountHolder,
  input: {
    readonly authenticators: UserAuthenticators;
    readonly factor: Factor;
    readonly currentPassword: string;
  },
): Promise<void> {
  const { authenticators, factor, currentPassword } = input;
  const now = ports.clock.now();
  const subject = (await decoysOf(ports, tenantId)).attemptSubject(`user:${user.username}`);
  const { disableThreshold: threshold, disabledTimeReset } = factor;
  const reserved =
    threshold === null ||
    (await ports.store.transaction(tenantId, (tables) =>
      tables.attempts.reserve({
        subject,
        authType: factor.code,
        threshold,
        disabledUntil: new Date(now.getTime() + disabledTimeReset * 1000),
        now,
      }),
    ));
  if (!reserved) {
    throw new DomainError(
      'password-disabled',
      'There were too many wrong passwords: yours is disabled for a while. Nothing was changed; sign in with a passkey, or wait.',
    );
  }
  const right = await ports.passwords.verify(authenticators.passwordHash, currentPassword);
  const good = right && hasPassword(authenticators, now);
  await ports.store.transaction(tenantId, async (tables) => {
    if (good) return tables.attempts.clear(subject, factor.code);
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'authentication.failed',
        target: { kind: 'user', id: user.userId, name: user.username },
        outcome: 'failure',
        description: `${factor.code} was not proven for a change of the password.`,
      },
    );
  });
  if (good) return;
  throw new DomainError('current-password-wrong', 'This is not your password of now. Nothing was changed.');
}
