import type { Actor } from '../audit.ts';
import { DomainError } from '../errors.ts';
import { isAwaited } from '../passkey-device.ts';
import { requirePermission } from '../permissions.ts';
import type { Ports, UserAuthenticators } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { admits, workflowFor } from './admission.ts';
import { type Flow, offered } from './flow.ts';
import { heldFactors, isAvailable } from './holdings.ts';
import { normalisedUsername } from './parameters.ts';
import type { EnrollAction, Factor, Workflow } from './workflow.ts';
import { readWorkflow } from './workflow-administration.ts';
import { completeWorkflow } from './workflow-reading.ts';
import { workflowFaults } from './workflow-validation.ts';

/** Why a factor is offered or not. Closed list. */
export type FactorReason =
  | 'held'
  /** Nobody filters by what the user holds: she is offered what she can't prove, too. */
  | 'shown-to-everybody'
  | 'not-held'
  | 'not-admitted'
  | 'mail-unavailable';

/** Why an enroll action is offered or not. Closed list. */
export type ActionReason =
  | 'upon-held'
  /** A device waits for her, and the one-time code that an operator issues opens it. */
  | 'device-awaited'
  | 'upon-not-held'
  | 'listed-nowhere'
  | 'not-admitted';

/** What keeps the user from carrying out an action that she is offered. */
export type Hindrance = 'protection-not-held' | 'no-pending-device';

export interface ExplainedFactor {
  readonly factorId: string;
  readonly second: boolean;
  readonly offered: boolean;
  readonly held: boolean;
  readonly reason: FactorReason;
}

export interface ExplainedAction {
  readonly enrollId: string;
  readonly offered: boolean;
  readonly reason: ActionReason;
  /** Factors of its `upon` that she holds. */
  readonly upon: readonly string[];
  readonly hindrances: readonly Hindrance[];
}

export interface FlowPreview {
  readonly username: string;
  /** null: nobody has this username; she is answered like a user of the usual kind. */
  readonly user: { readonly displayName: string; readonly status: string } | null;
  readonly flow: Flow;
  readonly factors: readonly ExplainedFactor[];
  readonly enrollActions: readonly ExplainedAction[];
  /** She could enroll without any proof. */
  readonly bootstrap: boolean;
}

/**
 * What a user is offered once she proved who she is, and why, by the tenant's workflow or by one that nobody stored yet.
 * Changes nothing.
 *
 * @throws DomainError `document-invalid`, `username-malformed`
 */
export async function previewFlow(
  ports: Ports,
  actor: Actor,
  input: { readonly tenantId: TenantId; readonly username: string; readonly document?: unknown },
): Promise<FlowPreview> {
  requirePermission(actor, 'workflow.read');
  const username = normalisedUsername(input.username);
  if (username === null) throw new DomainError('username-malformed', 'There is no such username.');
  const workflow =
    input.document === undefined
      ? (await readWorkflow(ports, input.tenantId)).document
      : readDocument(input.document);
  const authenticators = await ports.store.transaction(input.tenantId, (tables) =>
    tables.authenticators.findByUsername(username),
  );
  return { username, ...explainFlow(ports, workflow, authenticators) };
}

function readDocument(document: unknown): Workflow {
  const faults = workflowFaults(document);
  if (faults.length === 0) return completeWorkflow(document);
  throw new DomainError('document-invalid', 'The workflow has faults: nobody can be shown what it offers.', {
    faults,
  });
}

export function explainFlow(
  ports: Ports,
  workflow: Workflow,
  authenticators: UserAuthenticators | null,
): Omit<FlowPreview, 'username'> {
  const own = workflowFor(workflow, authenticators);
  const held = heldFactors(ports, own, authenticators);
  const flow = { loginHint: null, ...offered(ports, own, held) };
  const shown = new Set([...flow.firstFactors, ...flow.secondFactors].map(({ factorId }) => factorId));
  const admitted = new Set(
    workflow.accessCriteria
      .filter((criteria) => admits(criteria, authenticators))
      .map(({ accessCriteriaId }) => accessCriteriaId),
  );
  const factor = (entry: Factor, second: boolean): ExplainedFactor => {
    const { factorId } = entry;
    const facts = { factorId, second, offered: shown.has(factorId), held: held.has(factorId) };
    if (!admitted.has(entry.accessCriteriaId)) return { ...facts, reason: 'not-admitted' };
    if (!isAvailable(ports, entry)) return { ...facts, reason: 'mail-unavailable' };
    if (facts.held) return { ...facts, reason: 'held' };
    return { ...facts, reason: facts.offered ? 'shown-to-everybody' : 'not-held' };
  };
  const listed = new Set(
    [...own.firstFactors, ...own.secondFactors].flatMap(({ enrollActions }) => enrollActions),
  );
  const action = (entry: EnrollAction): ExplainedAction => {
    const upon = entry.upon.filter((factorId) => held.has(factorId));
    const isOffered = flow.enrollActions.some(({ enrollId }) => enrollId === entry.enrollId);
    return {
      enrollId: entry.enrollId,
      offered: isOffered,
      upon,
      reason: !admitted.has(entry.accessCriteriaId)
        ? 'not-admitted'
        : !listed.has(entry.enrollId)
          ? 'listed-nowhere'
          : !isOffered
            ? 'upon-not-held'
            : upon.length > 0
              ? 'upon-held'
              : 'device-awaited',
      hindrances: hindrancesOf(ports, { action: entry, workflow: own, held, authenticators }),
    };
  };
  return {
    user: authenticators && {
      displayName: authenticators.user.displayName,
      status: authenticators.user.status,
    },
    flow,
    factors: [
      ...workflow.firstFactors.map((entry) => factor(entry, false)),
      ...workflow.secondFactors.map((entry) => factor(entry, true)),
    ],
    enrollActions: workflow.enrollActions.map(action),
    bootstrap: workflow.dangerousBootstrap !== 'off' && hasNothing(authenticators),
  };
}

function hindrancesOf(
  ports: Ports,
  input: {
    readonly action: EnrollAction;
    readonly workflow: Workflow;
    readonly held: ReadonlySet<string>;
    readonly authenticators: UserAuthenticators | null;
  },
): readonly Hindrance[] {
  const { action, workflow, held, authenticators } = input;
  const { protectionFactor } = action;
  if (protectionFactor === null || authenticators === null) return [];
  const { authType, pendingDevice } = protectionFactor;
  const protecting = [...workflow.firstFactors, ...workflow.secondFactors].find(
    ({ code }) => code === authType,
  );
  const unproven = authType !== null && (protecting === undefined || !held.has(protecting.factorId));
  const now = ports.clock.now();
  const waits = authenticators.pendingDevices.some((device) => isAwaited(device, now));
  return [
    ...(unproven ? (['protection-not-held'] as const) : []),
    ...(pendingDevice && !waits ? (['no-pending-device'] as const) : []),
  ];
}

/** Neither a password nor a passkey, as the bootstrap wants it. */
function hasNothing(authenticators: UserAuthenticators | null): boolean {
  if (authenticators === null) return true;
  const { user, passwordHash, credentials } = authenticators;
  return (
    user.status === 'active' &&
    passwordHash === null &&
    credentials.every((credential) => credential.status === 'TERMINATED')
  );
}
