import type { Actor } from '../audit.ts';
import { recordEvent } from '../commands/audit-trail.ts';
import { DomainError } from '../errors.ts';
import { requirePermission } from '../permissions.ts';
import type { Page, PageRequest, Ports, Tables, VersionHead } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { collectFaults, type DocumentFault } from './document-fault.ts';
import { defaultThemeId } from './theme.ts';
import { type StoredWorkflow, usualWorkflow, type Workflow } from './workflow.ts';
import {
  arrangeWorkflow,
  completeWorkflow,
  earlierThemeMember,
  namesThemeAsBefore,
} from './workflow-reading.ts';
import { workflowFaults, workflowWarnings } from './workflow-validation.ts';

const longestNote = 500;

/** What is wrong with a document, and what is right and still worth a thought. */
export interface WorkflowReview {
  readonly faults: readonly DocumentFault[];
  readonly warnings: readonly DocumentFault[];
  /** With everything that it left out; null where there are faults. */
  readonly document: Workflow | null;
}

/** A version with what is to be said of it. */
export interface ReviewedWorkflow extends StoredWorkflow {
  readonly warnings: readonly DocumentFault[];
}

interface WorkflowChange {
  readonly tenantId: TenantId;
  /** What members it leaves out have their defaults. */
  readonly document: unknown;
  /** The one that was read before, 0 where there was none. */
  readonly version: number;
  readonly note?: string;
}

/** The tenant's newest workflow, or the usual one as version 0. */
export async function readWorkflow(ports: Pick<Ports, 'store'>, tenantId: TenantId): Promise<StoredWorkflow> {
  return ports.store.transaction(tenantId, currentWorkflow);
}

async function currentWorkflow(tables: Tables): Promise<StoredWorkflow> {
  const usual = { version: 0, document: usualWorkflow, createdAt: new Date(0), createdBy: '', note: '' };
  return (await tables.workflows.current()) ?? usual;
}

/**
 * Stores a workflow as the tenant's newest version, whoever asks.
 *
 * @throws DomainError `document-invalid` with every fault at its place, `version-conflict`
 */
export async function storeWorkflow(
  ports: Ports,
  actor: Actor,
  { tenantId, document, version, note = '' }: WorkflowChange,
): Promise<ReviewedWorkflow> {
  return ports.store.transaction(tenantId, async (tables) => {
    const { faults, warnings } = await review(ports, tables, document);
    if (faults.length > 0) throw invalid(faults);
    const stored: StoredWorkflow = {
      version: version + 1,
      document: arrangeWorkflow(completeWorkflow(document)),
      createdAt: ports.clock.now(),
      createdBy: actor.name,
      note: note.trim().slice(0, longestNote),
    };
    const before = await currentWorkflow(tables);
    if (before.version !== version) throw conflict(before.version);
    const { createdAt: at, createdBy: by } = stored;
    if (!(await tables.workflows.insert({ ...stored, at, by }))) throw conflict(stored.version);
    await recordChange({ ports, tables, actor }, before, stored);
    return { ...stored, warnings };
  });
}

async function recordChange(
  trail: { readonly ports: Ports; readonly tables: Tables; readonly actor: Actor },
  before: StoredWorkflow,
  stored: StoredWorkflow,
): Promise<void> {
  const target = { kind: 'workflow', id: String(stored.version), name: `version ${stored.version}` };
  await recordEvent(trail, {
    type: 'workflow.stored',
    target,
    description: `The workflow was changed.${stored.note === '' ? '' : ` ${stored.note}`}`,
    particulars: { note: stored.note === '' ? null : stored.note },
  });
  const { dangerousBootstrap } = stored.document;
  if (dangerousBootstrap !== 'off') {
    await recordEvent(trail, {
      type: 'workflow.unproven-enrollment-open',
      target,
      description:
        'Warning: the workflow lets users without an authenticator enroll one without any proof. Whoever knows such a username takes the account.',
    });
  } else if (before.document.dangerousBootstrap !== 'off') {
    await recordEvent(trail, {
      type: 'workflow.unproven-enrollment-closed',
      target,
      description: 'Enrollment without any proof was switched off.',
    });
  }
}

/** For administrators: `storeWorkflow` with the question whether they may. */
export async function changeWorkflow(
  ports: Ports,
  actor: Actor,
  change: WorkflowChange,
): Promise<ReviewedWorkflow> {
  requirePermission(actor, 'workflow.write');
  return storeWorkflow(ports, actor, change);
}

export async function getWorkflow(
  ports: Ports,
  actor: Actor,
  { tenantId }: { readonly tenantId: TenantId },
): Promise<ReviewedWorkflow> {
  requirePermission(actor, 'workflow.read');
  return ports.store.transaction(tenantId, async (tables) => {
    const stored = await currentWorkflow(tables);
    // Taken when less was asked of a workflow: it is in force all the same, and whoever looks at it is told.
    const { faults } = await review(ports, tables, stored.document);
    return { ...stored, warnings: [...faults, ...workflowWarnings(stored.document, ports.clock.now())] };
  });
}

/** Newest first. */
export async function listWorkflowVersions(
  ports: Ports,
  actor: Actor,
  input: { readonly tenantId: TenantId; readonly page: PageRequest },
): Promise<Page<VersionHead>> {
  requirePermission(actor, 'workflow.read');
  return ports.store.transaction(input.tenantId, (tables) => tables.workflows.list(input.page));
}

export async function getWorkflowVersion(
  ports: Ports,
  actor: Actor,
  input: { readonly tenantId: TenantId; readonly version: number },
): Promise<StoredWorkflow> {
  requirePermission(actor, 'workflow.read');
  const stored = await ports.store.transaction(input.tenantId, (tables) =>
    tables.workflows.get(input.version),
  );
  if (stored === null) throw new DomainError('version-not-found', 'The workflow has no such version.');
  return stored;
}

/** Every fault and warning of a document that nobody stored yet. */
export async function validateWorkflow(
  ports: Ports,
  actor: Actor,
  input: { readonly tenantId: TenantId; readonly document: unknown },
): Promise<WorkflowReview> {
  requirePermission(actor, 'workflow.read');
  return ports.store.transaction(input.tenantId, (tables) => review(ports, tables, input.document));
}

/** What the document says by itself, and what it says of this tenant. */
async function review({ clock }: Ports, tables: Tables, document: unknown): Promise<WorkflowReview> {
  const faults = workflowFaults(document);
  if (faults.length > 0) return { faults, warnings: [], document: null };
  const workflow = completeWorkflow(document);
  const { theme_id: themeId } = workflow;
  const themeKnown = themeId === defaultThemeId || (await tables.themes.current(themeId)) !== null;
  return {
    faults: collectFaults((report) => {
      if (!themeKnown)
        report(namesThemeAsBefore(document) ? `/${earlierThemeMember}` : '/theme_id', 'no-such-theme');
    }),
    warnings: workflowWarnings(workflow, clock.now()),
    document: themeKnown ? workflow : null,
  };
}

function invalid(faults: readonly DocumentFault[]): DomainError {
  const [first] = faults;
  const more = faults.length === 1 ? '' : ` There are ${faults.length} faults in all.`;
  return new DomainError(
    'document-invalid',
    `The workflow was not saved: ${first?.at === '' ? 'it' : first?.at} ${first?.what}.${more}`,
    { faults },
  );
}

function conflict(newest: number): DomainError {
  return new DomainError(
    'version-conflict',
    'Somebody else changed the workflow meanwhile. Nothing was saved; look at the newest version and try again.',
    { particulars: { version: newest } },
  );
}

/**
 * Stores the usual workflow where the tenant has none. `bootstrap` opens enrollment to users without an authenticator.
 */
export async function ensureWorkflow(
  ports: Ports,
  actor: Actor,
  input: { readonly tenantId: TenantId; readonly bootstrap: boolean },
): Promise<void> {
  const current = await readWorkflow(ports, input.tenantId);
  if (current.version > 0) return;
  const document: Workflow = {
    ...usualWorkflow,
    dangerousBootstrap: input.bootstrap ? 'users-without-authenticator' : 'off',
  };
  await storeWorkflow(ports, actor, { tenantId: input.tenantId, version: 0, document });
}

/** Whether a tenant lets anybody enroll unproven: to be said loudly when the server starts. */
export async function allowsUnprovenEnrollment(
  ports: Pick<Ports, 'store'>,
  tenantId: TenantId,
): Promise<boolean> {
  return (await readWorkflow(ports, tenantId)).document.dangerousBootstrap !== 'off';
}
