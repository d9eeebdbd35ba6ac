import { recordEvent } from '../commands/audit-trail.ts';
import { endOtherSessionsWithin } from '../commands/end-sessions.ts';
import {
  lockPasskey,
  passkeyNotFound,
  renamePasskey,
  terminatePasskey,
} from '../commands/passkey-changes.ts';
import { passkeysOf } from '../commands/passkeys.ts';
import type { Credential } from '../credential.ts';
import { DomainError } from '../errors.ts';
import type { PasskeyDevice } from '../passkey-device.ts';
import { modelOfPasskey } from '../passkey-model.ts';
import type { Ports, Tables, UserAuthenticators } from '../ports/index.ts';
import {
  type AccountHolder,
  type AccountSession,
  type AccountVisit,
  recentAuthentication,
  requireRecentSignIn,
} from './account-session.ts';
import { continueAccountSession } from './account-sign-in.ts';
import { offeredActions } from './flow.ts';
import { heldFactors } from './holdings.ts';
import type { LanguageWish } from './languages.ts';
import type { OneTimeCodeApp } from './one-time-code-app.ts';
import {
  appFactors,
  appNotFound,
  beginOneTimeCodeApp,
  confirmOneTimeCodeApp,
  type OneTimeCodeAppBegun,
  removeAppWithin,
} from './one-time-code-enrollment.ts';
import { type OwnPassword, ownPasswordOf } from './own-password.ts';
import { usualWorkflow, type Workflow } from './workflow.ts';

export type PasskeyKind = 'security-key' | 'this-device' | 'phone' | 'passkey';

/** A passkey as its owner knows it. */
export interface OwnPasskey {
  readonly device: PasskeyDevice;
  readonly kind: PasskeyKind;
  /** From the metadata of its model; null where nobody knows it. */
  readonly model: string | null;
  /** A data URL for `<img>`. */
  readonly icon: string | null;
  /** Kept by more than one device, or could be (WebAuthn L3 §6.1.3); null while it waits. */
  readonly synced: boolean | null;
  readonly lastUsedAt: Date | null;
  /** Without it, no way to sign in is left. */
  readonly lastWayIn: boolean;
}

export interface Account {
  readonly holder: AccountHolder;
  /** Until then, authenticators may be added and removed. */
  readonly recentUntil: Date;
  readonly passkeys: readonly OwnPasskey[];
  readonly mayAddPasskey: boolean;
  /** ACTIVE ones. */
  readonly apps: readonly (OneTimeCodeApp & { readonly lastWayIn: boolean })[];
  /** What an app can be for; empty where the tenant has no such factor. */
  readonly appFactors: readonly { readonly factorId: string; readonly code: string }[];
  /** null: passwords prove nothing here. */
  readonly password: OwnPassword | null;
  readonly sessions: readonly AccountSession[];
  readonly visits: readonly AccountVisit[];
}

/** Everything that the account page shows, as it is now. */
export function readAccount(ports: Ports, holder: AccountHolder): Promise<Account> {
  const { tenantId, session, user } = holder;
  const now = ports.clock.now();
  return ports.store.transaction(tenantId, async (tables) => {
    const workflow = await currentWorkflow(tables);
    const authenticators = await own(tables, holder);
    const devices = await passkeysOf(tables, user.userId);
    const held = heldFactors(ports, workflow, authenticators);
    const lastWay = (without: UserAuthenticators) => leavesNoWay(ports, workflow, authenticators, without);
    const apps = await tables.oneTimeCodeApps.listByUser(user.userId);
    return {
      holder,
      recentUntil: new Date(session.authenticatedAt.getTime() + recentAuthentication),
      passkeys: devices
        .filter(({ device }) => shown.includes(device.status))
        .map(({ device, credential }) => ({
          device,
          kind: kindOf(credential),
          ...modelOf(ports, credential),
          synced: credential === null ? null : credential.backupEligible,
          lastUsedAt: credential?.lastUsedAt ?? null,
          lastWayIn:
            credential !== null && lastWay(withoutCredential(authenticators, credential.credentialId)),
        })),
      mayAddPasskey: offeredActions(workflow, held).length > 0,
      apps: apps
        .filter((app) => app.status === 'ACTIVE')
        .map((app) => ({ ...app, lastWayIn: lastWay(withoutApp(authenticators, app.appId)) })),
      appFactors: appFactors(workflow),
      password: ownPasswordOf(holder, {
        workflow,
        authenticators,
        policy: await tables.passwordPolicies.get(),
        now,
      }),
      sessions: await tables.accountSessions.listByUser(user.userId, now),
      visits: await tables.visits.listByUser(user.userId, now),
    };
  });
}

/** Those that are hers to act on; what ended is history. */
const shown: readonly PasskeyDevice['status'][] = ['PENDING', 'ACTIVE', 'SUSPENDED'];

/**
 * A transaction in which she enrolls a passkey, by the rules of the tenant's workflow.
 *
 * @returns its request_uri
 * @throws DomainError `sign-in-too-old`
 */
export async function beginOwnPasskey(ports: Ports, holder: AccountHolder): Promise<string> {
  requireRecentSignIn(ports, holder);
  return continueAccountSession(ports, holder);
}

export async function renameOwnPasskey(
  ports: Ports,
  holder: AccountHolder,
  input: { readonly deviceId: string; readonly name: string },
): Promise<void> {
  const { tenantId, actor } = holder;
  await ports.store.transaction(tenantId, async (tables) => {
    const device = await ownPasskey(tables, holder, input.deviceId);
    await renamePasskey({ ports, tables, actor }, device, input.name);
  });
}

/**
 * Ends a passkey and what it opened elsewhere; her session here goes on.
 *
 * @throws DomainError `sign-in-too-old`, `last-way-in` unless she said that she knows
 */
export async function removeOwnPasskey(
  ports: Ports,
  holder: AccountHolder,
  input: {
    readonly deviceId: string;
    readonly lastConfirmed: boolean;
    readonly languages: LanguageWish | null;
  },
): Promise<void> {
  requireRecentSignIn(ports, holder);
  const { tenantId, actor, session } = holder;
  await ports.store.transaction(tenantId, async (tables) => {
    const authenticators = await lockedOwn(tables, holder);
    const device = await ownPasskey(tables, holder, input.deviceId);
    const { credentialId } = device;
    if (credentialId !== null) {
      await requireAnotherWay(ports, tables, {
        authenticators,
        without: withoutCredential(authenticators, credentialId),
        confirmed: input.lastConfirmed,
      });
      await tables.accountSessions.forgetCredential(session.sessionHash, credentialId);
    }
    const { languages } = input;
    await terminatePasskey({ ports, tables, actor, languages }, device, 'Its owner removed it.');
  });
}

/** @throws DomainError `sign-in-too-old`, `one-time-codes-not-offered` */
export async function beginOwnApp(
  ports: Ports,
  holder: AccountHolder,
  input: { readonly authType?: string | undefined },
): Promise<OneTimeCodeAppBegun> {
  requireRecentSignIn(ports, holder);
  const { tenantId, user, actor } = holder;
  return beginOneTimeCodeApp(ports, actor, { tenantId, userId: user.userId, ...input });
}

/** @throws DomainError `one-time-code-wrong`, `one-time-code-app-not-found` */
export async function confirmOwnApp(
  ports: Ports,
  holder: AccountHolder,
  input: { readonly appId: string; readonly code: string; readonly languages: LanguageWish | null },
): Promise<void> {
  const { tenantId, user, actor } = holder;
  await confirmOneTimeCodeApp(ports, actor, { tenantId, userId: user.userId, ...input });
}

/** @throws DomainError `sign-in-too-old`, `last-way-in` unless she said that she knows */
export async function removeOwnApp(
  ports: Ports,
  holder: AccountHolder,
  input: {
    readonly appId: string;
    readonly lastConfirmed: boolean;
    readonly languages: LanguageWish | null;
  },
): Promise<void> {
  requireRecentSignIn(ports, holder);
  const { tenantId, user, actor } = holder;
  const { appId, lastConfirmed: confirmed, languages } = input;
  await ports.store.transaction(tenantId, async (tables) => {
    const authenticators = await lockedOwn(tables, holder);
    const app = await tables.oneTimeCodeApps.get(appId);
    if (app === null || app.userId !== user.userId) throw appNotFound();
    await requireAnotherWay(ports, tables, {
      authenticators,
      without: withoutApp(authenticators, appId),
      confirmed,
    });
    await removeAppWithin({ ports, tables, actor, languages }, { userId: user.userId, appId });
  });
}

/**
 * Ends one of her sessions: here or at an application.
 *
 * @returns false where she has no such session (any more)
 */
export async function endOwnSession(
  ports: Ports,
  holder: AccountHolder,
  session: { readonly kind: 'account' | 'application'; readonly id: string },
): Promise<boolean> {
  const { tenantId, user } = holder;
  return ports.store.transaction(tenantId, async (tables) => {
    const ended =
      session.kind === 'account'
        ? await tables.accountSessions.delete({ userId: user.userId, sessionId: session.id })
        : await tables.visits.end({ userId: user.userId, grantId: session.id });
    if (ended > 0) await recordEnd(ports, tables, { holder, what: 'one of her sessions' });
    return ended > 0;
  });
}

/** Ends all of her sessions but this one, with every token that was handed out in her name. */
export async function endOtherSessions(ports: Ports, holder: AccountHolder): Promise<void> {
  const { tenantId, session } = holder;
  await ports.store.transaction(tenantId, async (tables) => {
    await endOtherSessionsWithin(tables, session);
    await recordEnd(ports, tables, { holder, what: 'all of her other sessions' });
  });
}

/**
 * Where an authenticator is the only one, she is asked before it goes.
 *
 * @throws DomainError `last-way-in`
 */
async function requireAnotherWay(
  ports: Ports,
  tables: Tables,
  input: {
    readonly authenticators: UserAuthenticators;
    readonly without: UserAuthenticators;
    readonly confirmed: boolean;
  },
): Promise<void> {
  const { authenticators, without, confirmed } = input;
  if (confirmed || !leavesNoWay(ports, await currentWorkflow(tables), authenticators, without)) return;
  throw new DomainError(
    'last-way-in',
    'This is the only way in which you can sign in. Nothing was changed. Add another one first, or confirm that you want to be locked out.',
  );
}

function withoutCredential(authenticators: UserAuthenticators, credentialId: string): UserAuthenticators {
  const credentials = authenticators.credentials.filter((one) => one.credentialId !== credentialId);
  return { ...authenticators, credentials };
}

function withoutApp(authenticators: UserAuthenticators, appId: string): UserAuthenticators {
  const oneTimeCodeApps = authenticators.oneTimeCodeApps.filter((one) => one.appId !== appId);
  return { ...authenticators, oneTimeCodeApps };
}

/** She could sign in, and could not without it: what never was a way is none to lose. */
function leavesNoWay(
  ports: Ports,
  workflow: Workflow,
  now: UserAuthenticators,
  without: UserAuthenticators,
): boolean {
  return canSignIn(ports, workflow, now) && !canSignIn(ports, workflow, without);
}

/** A first factor, and a second one where that demands it. */
function canSignIn(ports: Ports, workflow: Workflow, authenticators: UserAuthenticators): boolean {
  const held = heldFactors(ports, workflow, authenticators);
  const second = workflow.secondFactors.some((factor) => held.has(factor.factorId));
  return workflow.firstFactors.some(
    (factor) => held.has(factor.factorId) && (factor.stepUp !== 'required' || second),
  );
}

async function lockedOwn(tables: Tables, holder: AccountHolder): Promise<UserAuthenticators> {
  // Two removals at once would each see the other's authenticator as the one that is left.
  await tables.accountSessions.lockOwner(holder.user.userId);
  return own(tables, holder);
}

async function own(tables: Tables, { user }: AccountHolder): Promise<UserAuthenticators> {
  const authenticators = await tables.authenticators.findByUsername(user.username);
  if (authenticators === null) throw new DomainError('user-not-found', 'Your account is gone.');
  return authenticators;
}

/** Somebody else's is as good as none: its existence is nobody's business. */
async function ownPasskey(tables: Tables, { user }: AccountHolder, deviceId: string): Promise<PasskeyDevice> {
  const device = await lockPasskey(tables, deviceId);
  if (device.userId !== user.userId || !shown.includes(device.status)) throw passkeyNotFound();
  return device;
}

async function currentWorkflow(tables: Tables): Promise<Workflow> {
  return (await tables.workflows.current())?.document ?? usualWorkflow;
}

function kindOf(credential: Credential | null): PasskeyKind {
  if (credential === null) return 'passkey';
  const { transports } = credential;
  const has = (...names: readonly string[]) => names.some((name) => transports.includes(name));
  if (has('hybrid')) return 'phone';
  if (has('usb', 'nfc', 'ble', 'smart-card')) return 'security-key';
  return has('internal') ? 'this-device' : 'passkey';
}

function modelOf(
  { metadata }: Ports,
  credential: Credential | null,
): { readonly model: string | null; readonly icon: string | null } {
  const { name, icon } = modelOfPasskey(metadata, credential?.aaguid ?? null);
  return { model: name, icon };
}

async function recordEnd(
  ports: Ports,
  tables: Tables,
  { holder, what }: { readonly holder: AccountHolder; readonly what: string },
): Promise<void> {
  const { user, actor } = holder;
  await recordEvent(
    { ports, tables, actor },
    {
      type: 'account.sessions-ended',
      target: { kind: 'user', id: user.userId, name: user.username },
      description: `${user.username} ended ${what}.`,
    },
  );
}
