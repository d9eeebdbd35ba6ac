import type { Actor } from '../audit.ts';
import { recordEvent } from '../commands/audit-trail.ts';
import { endSessions } from '../commands/end-sessions.ts';
import { DomainError } from '../errors.ts';
import { requirePermission } from '../permissions.ts';
import type { Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
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
import { usualWorkflow, type Workflow } from './workflow.ts';

/** Milliseconds after which a temporary password opens nothing. */
export const temporaryPasswordLifetime = 72 * 60 * 60_000;

export interface NewPassword {
  readonly tenantId: TenantId;
  readonly userId: string;
  readonly password: string;
  readonly languages?: LanguageWish | null;
}

/**
 * Sets a user's password and tells her. She herself chose it, at a door that made sure of who she is; everything else that
 * was opened in her name goes on.
 *
 * @throws DomainError `password-rejected` with `reason`: nothing was changed
 */
export async function setPassword(ports: Ports, actor: Actor, input: NewPassword): Promise<void> {
  if (actor.kind !== 'user' || actor.id !== input.userId) requirePermission(actor, 'passwords.write');
  await writePassword(ports, actor, { ...input, expiresAt: null });
}

/**
 * A password that an operator hands over, good for three days; whatever was open in the user's name ends. Without one of the
 * operator's own, a random one is made: it is told this once.
 *
 * @throws DomainError `password-rejected` with `reason`
 */
export async function setTemporaryPassword(
  ports: Ports,
  actor: Actor,
  input: Omit<NewPassword, 'password'> & { readonly password: string | null },
): Promise<{ readonly password: string; readonly expiresAt: Date }> {
  requirePermission(actor, 'passwords.write');
  const password = input.password ?? randomPassword(ports);
  const expiresAt = new Date(ports.clock.now().getTime() + temporaryPasswordLifetime);
  await writePassword(ports, actor, { ...input, password, expiresAt });
  return { password, expiresAt };
}

async function writePassword(
  ports: Ports,
  actor: Actor,
  input: NewPassword & { readonly expiresAt: Date | null },
): Promise<void> {
  const { tenantId, userId, password, expiresAt } = input;
  const { user, policy, workflow } = await ports.store.transaction(tenantId, async (tables) => ({
    user: await tables.users.get(userId),
    policy: (await tables.passwordPolicies.get()) ?? usualPasswordPolicy,
    workflow: (await tables.workflows.current())?.document ?? usualWorkflow,
  }));
  if (user === null) {
    throw new DomainError('user-not-found', 'There is no such user in the built-in directory.');
  }
  const unasked = await requireGoodPassword(ports, { password, policy, user });
  // Slow, and so outside of any transaction.
  const hash = await ports.passwords.hash(password);
  const subject = (await decoysOf(ports, tenantId)).attemptSubject(`user:${user.username}`);
  await ports.store.transaction(tenantId, async (tables) => {
    if (expiresAt === null) await tables.passwords.set(userId, hash);
    else await tables.passwords.set(userId, hash, expiresAt);
    for (const authType of passwordAuthTypes(workflow)) await tables.attempts.clear(subject, authType);
    if (expiresAt !== null) await endSessions(tables, { userId });
    await notifyUser(
      { ports, tables, actor, languages: input.languages ?? null },
      {
        user,
        kind: 'authenticator.changed',
        authenticator: { type: 'password' },
        description: `${
          expiresAt === null
            ? `The password of ${user.username} was changed`
            : `${user.username} got a temporary password`
        }${unasked ? '; whether it was seen in a breach could not be found out' : ''}`,
      },
    );
  });
}

/**
 * @returns true where the installation asks about breaches and nobody answered: the password is taken nevertheless, and the
 * audit log says so
 * @throws DomainError `password-rejected`
 */
async function requireGoodPassword(
  { passwordAdvice }: Pick<Ports, 'passwordAdvice'>,
  { password, policy, user }: { password: string; policy: PasswordPolicy; user: PasswordOwner },
): Promise<boolean> {
  const fault = passwordFault(password, { policy, user });
  if (fault !== null) throw rejected(fault, policy);
  if (await passwordAdvice.isCommon(foldedPassword(password))) throw rejected('common', policy);
  if (!policy.refuseBreached || passwordAdvice.isBreached === null) return false;
  const answer = await passwordAdvice.isBreached(password);
  if (answer === 'breached') throw rejected('breached', policy);
  return answer === 'unknown';
}

function rejected(reason: PasswordFault, policy: PasswordPolicy): DomainError {
  const sentences: Readonly<Record<PasswordFault, string>> = {
    'too-short': `A password has at least ${policy.minimumLength} characters here.`,
    'too-long': 'This password is too long.',
    repetitive: 'This password is the same few characters again and again.',
    'about-the-user': 'Take the name and the address out of this password, and little is left.',
    common: 'This is one of the passwords that everybody tries first.',
    breached: 'This password was seen in a breach of some site, and is tried everywhere since.',
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

function passwordAuthTypes(workflow: Workflow): readonly string[] {
  return [...workflow.firstFactors, ...workflow.secondFactors]
    .filter((factor) => factor.type === 'LOGIN')
    .map((factor) => factor.code);
}

export async function readPasswordPolicy(
  ports: Pick<Ports, 'store'>,
  actor: Actor,
  { tenantId }: { readonly tenantId: TenantId },
): Promise<PasswordPolicy> {
  requirePermission(actor, 'password-policy.read');
  const policy = await ports.store.transaction(tenantId, (tables) => tables.passwordPolicies.get());
  return policy ?? usualPasswordPolicy;
}

/** For passwords that are set from now on. @throws DomainError `input-invalid` */
export async function storePasswordPolicy(
  ports: Ports,
  actor: Actor,
  input: { readonly tenantId: TenantId; readonly policy: PasswordPolicy },
): Promise<PasswordPolicy> {
  requirePermission(actor, 'password-policy.write');
  const { policy } = input;
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
  await ports.store.transaction(input.tenantId, async (tables) => {
    await tables.passwordPolicies.set(policy);
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'password-policy.stored',
        target: { kind: 'tenant', id: input.tenantId, name: input.tenantId },
        description: `Passwords have at least ${policy.minimumLength} characters from now on; those seen in a breach are ${policy.refuseBreached ? 'refused' : 'accepted'}.`,
      },
    );
  });
  return policy;
}
