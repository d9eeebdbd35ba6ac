import type { Actor } from '../audit.ts';
import { recordEvent } from '../commands/audit-trail.ts';
import { endSessions } from '../commands/end-sessions.ts';
import { requireVersion } from '../commands/provisioning-step.ts';
import { DomainError } from '../errors.ts';
import { requirePermission } from '../permissions.ts';
import type { PasswordPolicyVersion, Ports, Tables } from '../ports/index.ts';
import type { ExpectedVersions } from '../provisioning.ts';
import type { TenantId } from '../tenant.ts';
import type { User } from '../user.ts';
import { decoysOf } from './decoys.ts';
import type { LanguageWish } from './languages.ts';
import { notifyUser } from './notify-user.ts';
import {
  foldedPassword,
  type PasswordFault,
  type PasswordOwner,
  type PasswordPolicy,
  passwordFault,
  passwordMinimumLengths,
  usualPasswordPolicy,
} from './password-policy.ts';
import { type Factor, usualWorkflow, type Workflow } from './workflow.ts';

/** Milliseconds after which a temporary password opens nothing. */
export const temporaryPasswordLifetime = 72 * 60 * 60_000;

/**
 * A password that an operator hands over, good for three days; whatever was open in the user's name ends. Without one of the
 * operator's own, a random one is made: it is told this once.
 *
 * @throws DomainError `password-rejected` with `reason`
 */
export async function setTemporaryPassword(
  ports: Ports,
  actor: Actor,
  input: { readonly tenantId: TenantId; readonly userId: string; readonly password: string | null },
): Promise<{ readonly password: string; readonly expiresAt: Date }> {
  requirePermission(actor, 'passwords.write');
  const { tenantId, userId } = input;
  const { user, policy } = await ports.store.transaction(tenantId, async (tables) => ({
    user: await tables.users.get(userId),
    policy: (await tables.passwordPolicies.get()) ?? usualPasswordPolicy,
  }));
  if (user === null) {
    throw new DomainError('user-not-found', 'There is no such user in the built-in directory.');
  }
  const password = input.password ?? randomPassword(ports);
  const judged = await judgeNewPassword(ports, { password, policy, user, before: null });
  if (judged.fault !== null) throw rejected(judged.fault, policy);
  // Slow, and so outside of any transaction.
  const hash = await ports.passwords.hash(password);
  const expiresAt = new Date(ports.clock.now().getTime() + temporaryPasswordLifetime);
  await ports.store.transaction(tenantId, async (tables) => {
    // She may replace the one before at the same time: this one, the later, must not be lost.
    await tables.accountSessions.lockOwner(userId);
    await storePassword({ ports, tables, actor, languages: null }, { user, hash, expiresAt, judged });
    await endSessions(tables, { userId });
  });
  return { password, expiresAt };
}

/** Keeps a new password, forgets the wrong answers to the old one, and tells its owner. */
export async function storePassword(
  context: {
    readonly ports: Ports;
    readonly tables: Tables;
    readonly actor: Actor;
    readonly languages: LanguageWish | null;
  },
  input: {
    readonly user: User;
    readonly hash: string;
    /** null: until she changes it. */
    readonly expiresAt: Date | null;
    readonly judged: JudgedPassword;
  },
): Promise<void> {
  const { ports, tables } = context;
  const { user, hash, expiresAt, judged } = input;
  if (expiresAt === null) await tables.passwords.set(user.userId, hash);
  else await tables.passwords.set(user.userId, hash, expiresAt);
  const workflow = (await tables.workflows.current())?.document ?? usualWorkflow;
  const subject = (await decoysOf(ports, tables.tenantId)).attemptSubject(`user:${user.username}`);
  for (const { code } of passwordFactors(workflow)) await tables.attempts.clear(subject, code);
  await notifyUser(context, {
    user,
    kind: 'authenticator.changed',
    authenticator: { type: 'password' },
    description: `${
      expiresAt === null
        ? `The password of ${user.username} was changed`
        : `${user.username} got a temporary password`
    }${judged.unasked ? '; whether it was seen in a breach could not be found out' : ''}`,
  });
}

/** What is to be said of a new password. */
export interface JudgedPassword {
  /** null: it may be set. */
  readonly fault: PasswordFault | null;
  /**
   * Where the installation asks about breaches and nobody answered: the password is taken nevertheless, and the audit log says
   * so.
   */
  readonly unasked: boolean;
}

/** Slow, and so outside of any transaction. `before`: the hash of the one that it replaces, where it must be another. */
export async function judgeNewPassword(
  { passwordAdvice, passwords }: Pick<Ports, 'passwordAdvice' | 'passwords'>,
  input: {
    readonly password: string;
    readonly policy: PasswordPolicy;
    readonly user: PasswordOwner;
    readonly before: string | null;
  },
): Promise<JudgedPassword> {
  const { password, policy, user, before } = input;
  const refused = (fault: PasswordFault): JudgedPassword => ({ fault, unasked: false });
  const fault = passwordFault(password, { policy, user });
  if (fault !== null) return refused(fault);
  if (await passwordAdvice.isCommon(foldedPassword(password))) return refused('common');
  if (before !== null && (await passwords.verify(before, password))) return refused('same-as-before');
  if (!policy.refuseBreached || passwordAdvice.isBreached === null) return { fault: null, unasked: false };
  const answer = await passwordAdvice.isBreached(password);
  if (answer === 'breached') return refused('breached');
  return { fault: null, unasked: answer === 'unknown' };
}

export function rejected(reason: PasswordFault, policy: PasswordPolicy): DomainError {
  const sentences: Readonly<Record<PasswordFault, string>> = {
    'too-short': `A password has at least ${policy.minimumLength} characters here.`,
    'too-long': 'This password is too long.',
    repetitive: 'This password is the same few characters again and again.',
    'about-the-user': 'Take the name and the address out of this password, and little is left.',
    common: 'This is one of the passwords that everybody tries first.',
    breached: 'This password was seen in a breach of some site, and is tried everywhere since.',
    'same-as-before': 'This is the password that is to be replaced.',
  };
  return new DomainError(
    'password-rejected',
    `${sentences[reason]} Nothing was changed; choose another one.`,
    {
      particulars: { reason, minimumLength: policy.minimumLength },
    },
  );
}

/** 100 random bits, in letters that can't be taken for one another when they are read aloud. */
function randomPassword({ random }: Pick<Ports, 'random'>): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  const chosen: string[] = [];
  while (chosen.length < 20) {
    for (const byte of random.bytes(32)) {
      // Uniform: 248 is the largest multiple of 31 that a byte holds.
      const letter = byte < 248 ? letters[byte % 31] : undefined;
      if (letter !== undefined && chosen.length < 20) chosen.push(letter);
    }
  }
  return [0, 5, 10, 15].map((start) => chosen.slice(start, start + 5).join('')).join('-');
}

/** The factors that a password proves. */
export function passwordFactors(workflow: Workflow): readonly Factor[] {
  return [...workflow.firstFactors, ...workflow.secondFactors].filter((factor) => factor.type === 'LOGIN');
}

export async function readPasswordPolicy(
  ports: Pick<Ports, 'store'>,
  actor: Actor,
  { tenantId }: { readonly tenantId: TenantId },
): Promise<PasswordPolicyVersion> {
  requirePermission(actor, 'password-policy.read');
  return ports.store.transaction(tenantId, currentPolicy);
}

async function currentPolicy(tables: Tables): Promise<PasswordPolicyVersion> {
  return (await tables.passwordPolicies.current()) ?? { ...usualPasswordPolicy, version: 0 };
}

/** For passwords that are set from now on. @throws DomainError `input-invalid`, `precondition-failed` */
export async function storePasswordPolicy(
  ports: Ports,
  actor: Actor,
  input: {
    readonly tenantId: TenantId;
    readonly expected?: ExpectedVersions;
    readonly policy: PasswordPolicy;
  },
): Promise<PasswordPolicyVersion> {
  requirePermission(actor, 'password-policy.write');
  const { policy, expected = null } = input;
  const { least, most } = passwordMinimumLengths;
  if (
    !Number.isInteger(policy.minimumLength) ||
    policy.minimumLength < least ||
    policy.minimumLength > most
  ) {
    throw new DomainError('input-invalid', `A password policy asks for ${least} to ${most} characters.`, {
      particulars: { field: 'minimumLength' },
    });
  }
  return ports.store.transaction(input.tenantId, async (tables) => {
    const { version } = await currentPolicy(tables);
    requireVersion({ version }, expected);
    // Nothing was locked: what was never decided has no row.
    if (!(await tables.passwordPolicies.set({ ...policy, version }))) {
      throw new DomainError('version-conflict', 'Somebody else changed this at the same moment. Try again.');
    }
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'password-policy.stored',
        target: { kind: 'tenant', id: input.tenantId, name: input.tenantId },
        description: `Passwords have at least ${policy.minimumLength} characters from now on; those seen in a breach are ${policy.refuseBreached ? 'refused' : 'accepted'}.`,
        particulars: { minimumLength: policy.minimumLength, refuseBreached: policy.refuseBreached },
      },
    );
    return currentPolicy(tables);
  });
}
