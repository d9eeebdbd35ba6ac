import type { Actor } from '../audit.ts';
import { endSessions } from '../commands/end-sessions.ts';
import { DomainError } from '../errors.ts';
import { type Permission, requirePermission } from '../permissions.ts';
import type { Ports, Tables } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import type { User } from '../user.ts';
import { decoysOf } from './decoys.ts';
import type { LanguageWish } from './languages.ts';
import { notifyUser } from './notify-user.ts';
import { type OneTimeCodeApp, oneTimeCodePurpose } from './one-time-code-app.ts';
import { type OneTimeCodeFactor, usualWorkflow, type Workflow } from './workflow.ts';

/** Milliseconds in which a new app must show its first code. */
const pendingLifetime = 15 * 60_000;
/** Wrong first codes after which one begins again. */
const mostFailures = 5;
/** Apps of one user, those that wait included. */
const mostApps = 5;
const longestName = 100;
const usualName = 'Authenticator app';

export interface OneTimeCodeAppInput {
  readonly tenantId: TenantId;
  readonly userId: string;
}

/** What an app has to be told, this once. */
export interface OneTimeCodeAppBegun {
  readonly app: OneTimeCodeApp;
  /** `otpauth://totp/…`, for a QR code; a secret. */
  readonly uri: string;
  /** The same secret in base32, for those who type it. */
  readonly secret: string;
}

/**
 * Whoever may do this to somebody: she herself at a door that knows her, or an operator.
 *
 * @throws DomainError `role-forbids`
 */
function requireOwnerOr(permission: Permission, actor: Actor, userId: string): void {
  if (actor.kind === 'user' && actor.id === userId) return;
  requirePermission(actor, permission);
}

/** Those in use and those that wait for their first code. */
export async function listOneTimeCodeApps(
  ports: Pick<Ports, 'store' | 'clock'>,
  actor: Actor,
  { tenantId, userId }: OneTimeCodeAppInput,
): Promise<readonly OneTimeCodeApp[]> {
  requireOwnerOr('one-time-code-apps.read', actor, userId);
  return ports.store.transaction(tenantId, async (tables) => {
    await requireUser(tables, userId);
    return living(ports, await tables.oneTimeCodeApps.listByUser(userId));
  });
}

/**
 * Makes a secret for an app. It proves nothing until a first code shows that the app has it.
 *
 * @throws DomainError `one-time-codes-not-offered`
 */
export async function beginOneTimeCodeApp(
  ports: Ports,
  actor: Actor,
  input: OneTimeCodeAppInput & {
    readonly friendlyName?: string | undefined;
    /** The factor that its codes are to prove; absent: the first one of the workflow. */
    readonly authType?: string | undefined;
  },
): Promise<OneTimeCodeAppBegun> {
  const { tenantId, userId } = input;
  requireOwnerOr('one-time-code-apps.write', actor, userId);
  const friendlyName = readName(input.friendlyName);
  const bytes = ports.random.bytes(ports.timeBasedCodes.secretLength);
  const sealedSecret = await ports.secrets.seal(tenantId, oneTimeCodePurpose, bytes);
  const now = ports.clock.now();
  return ports.store.transaction(tenantId, async (tables) => {
    const user = await requireUser(tables, userId);
    const workflow = (await tables.workflows.current())?.document ?? usualWorkflow;
    const factors = appFactors(workflow);
    const authType = (
      input.authType === undefined ? factors[0] : factors.find((factor) => factor.code === input.authType)
    )?.code;
    if (authType === undefined) {
      throw new DomainError(
        'one-time-codes-not-offered',
        'Codes of an authenticator app prove nothing here: the workflow has no such factor for them. Nothing was changed.',
      );
    }
    const apps = await tables.oneTimeCodeApps.listByUser(userId);
    // Begun anew: what waited until now is given up, so that nobody confirms the wrong one.
    for (const app of apps) if (app.status === 'PENDING') await tables.oneTimeCodeApps.delete(app.appId);
    if (apps.filter((app) => app.status === 'ACTIVE').length >= mostApps) {
      throw new DomainError(
        'one-time-codes-not-offered',
        `${user.displayName} has ${mostApps} authenticator apps already. Remove one first.`,
      );
    }
    const app: OneTimeCodeApp = {
      appId: ports.random.uuid(),
      userId,
      authType,
      friendlyName,
      sealedSecret,
      status: 'PENDING',
      failures: 0,
      lastStep: null,
      createdAt: now,
      expiresAt: new Date(now.getTime() + pendingLifetime),
      lastUsedAt: null,
    };
    await tables.oneTimeCodeApps.insert(app);
    const tenant = await tables.tenants.get();
    const issuer = tenant?.name ?? tenantId;
    // Some apps take a second one of the same name for the first.
    const account = factors.length > 1 ? `${user.username} (${authType})` : user.username;
    return {
      app,
      uri: ports.timeBasedCodes.uri({ secret: bytes, issuer, account }),
      secret: ports.timeBasedCodes.toText(bytes),
    };
  });
}

/**
 * The first code of an app: from now on its codes prove who the user is, this one excepted. The same again after a lost
 * answer is told so again.
 *
 * @throws DomainError `one-time-code-wrong`, `one-time-code-app-not-found`
 */
export async function confirmOneTimeCodeApp(
  ports: Ports,
  actor: Actor,
  input: OneTimeCodeAppInput & {
    readonly appId: string;
    readonly code: string;
    readonly languages?: LanguageWish | null;
  },
): Promise<OneTimeCodeApp> {
  const { tenantId, userId, appId } = input;
  requireOwnerOr('one-time-code-apps.write', actor, userId);
  const code = input.code.normalize('NFKC').replaceAll(/[\s-]/g, '');
  const now = ports.clock.now();
  const decoys = await decoysOf(ports, tenantId);
  const confirmed = await ports.store.transaction(tenantId, async (tables) => {
    const user = await requireUser(tables, userId);
    const app = await tables.oneTimeCodeApps.get(appId);
    if (app === null || app.userId !== userId || isOver(app, now)) throw appNotFound();
    const secret = await ports.secrets.open(tenantId, oneTimeCodePurpose, app.sealedSecret);
    const step = ports.timeBasedCodes.stepOf(secret, code, now);
    if (app.status === 'ACTIVE') return step !== null && step === app.lastStep ? app : null;
    if (step === null) {
      // Counted and kept, whatever becomes of the answer; the last one ends it.
      const failures = await tables.oneTimeCodeApps.recordFailure(appId);
      if (failures >= mostFailures) await tables.oneTimeCodeApps.delete(appId);
      return null;
    }
    if (!(await tables.oneTimeCodeApps.confirm(appId, { step, at: now }))) throw appNotFound();
    // Wrong answers were counted against what she had before.
    await tables.attempts.clear(decoys.attemptSubject(`one-time-code:${user.username}`), app.authType);
    await notifyUser(
      { ports, tables, actor, languages: input.languages ?? null },
      {
        user,
        kind: 'authenticator.added',
        authenticator: { type: 'one-time-code-app', name: app.friendlyName },
      },
    );
    return {
      ...app,
      status: 'ACTIVE',
      lastStep: step,
      lastUsedAt: now,
      expiresAt: null,
      failures: 0,
    } as const;
  });
  if (confirmed !== null) return confirmed;
  throw new DomainError(
    'one-time-code-wrong',
    'This is not the code that the app should show now. The app is not in use yet. Check that the phone sets its clock by itself, and try the next code.',
  );
}

/**
 * Its codes prove nothing any more. One that is gone already is no error. An operator removes what was lost: whoever found it
 * may have signed in with it, so everything that is open in the user's name ends.
 */
export async function removeOneTimeCodeApp(
  ports: Ports,
  actor: Actor,
  input: OneTimeCodeAppInput & { readonly appId: string },
): Promise<void> {
  requireOwnerOr('one-time-code-apps.remove', actor, input.userId);
  await ports.store.transaction(input.tenantId, async (tables) => {
    const removed = await removeAppWithin({ ports, tables, actor }, input);
    if (removed && actor.kind === 'operator') await endSessions(tables, { userId: input.userId });
  });
}

/** The same within a transaction, for a door that asked already who may; true where there was one in use. */
export async function removeAppWithin(
  context: Parameters<typeof notifyUser>[0],
  input: { readonly userId: string; readonly appId: string },
): Promise<boolean> {
  const { tables } = context;
  const user = await requireUser(tables, input.userId);
  const app = await tables.oneTimeCodeApps.get(input.appId);
  if (app === null || app.userId !== input.userId) return false;
  await tables.oneTimeCodeApps.delete(app.appId);
  if (app.status !== 'ACTIVE') return false;
  await notifyUser(context, {
    user,
    kind: 'authenticator.removed',
    authenticator: { type: 'one-time-code-app', name: app.friendlyName },
  });
  return true;
}

/** The factors that an app can be enrolled for, in the order of the workflow; one for each authType. */
export function appFactors(workflow: Workflow): readonly OneTimeCodeFactor[] {
  const found = new Map<string, OneTimeCodeFactor>();
  for (const factor of [...workflow.firstFactors, ...workflow.secondFactors]) {
    if (factor.type === 'OTP' && factor.method === 'totp' && !found.has(factor.code)) {
      found.set(factor.code, factor);
    }
  }
  return [...found.values()];
}

function living({ clock }: Pick<Ports, 'clock'>, apps: readonly OneTimeCodeApp[]): readonly OneTimeCodeApp[] {
  const now = clock.now();
  return apps.filter((app) => !isOver(app, now));
}

function isOver({ expiresAt }: OneTimeCodeApp, now: Date): boolean {
  return expiresAt !== null && expiresAt <= now;
}

async function requireUser(tables: Tables, userId: string): Promise<User> {
  const user = await tables.users.get(userId);
  if (user !== null) return user;
  throw new DomainError('user-not-found', 'There is no such user in the built-in directory.');
}

export function appNotFound(): DomainError {
  return new DomainError(
    'one-time-code-app-not-found',
    'This authenticator app is not here: it was removed, or waited too long for its first code. Begin again.',
  );
}

function readName(text: string | undefined): string {
  const name = (text ?? usualName).normalize('NFC').trim();
  if (name !== '' && [...name].length <= longestName && !/\p{Cc}/u.test(name)) return name;
  throw new DomainError(
    'input-invalid',
    `An app's name has 1 to ${longestName} characters, none of them control characters.`,
    { particulars: { field: 'friendlyName' } },
  );
}
