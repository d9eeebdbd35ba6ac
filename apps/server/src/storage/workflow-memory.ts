import type { Workflow } from '@keywarden/domain';

/** As many tenants as instances of the OpenID provider are kept. */
const most = 1000;

export interface KnownWorkflow {
  readonly version: number;
  readonly document: Workflow;
}

/**
 * The newest workflow of each tenant that was seen: a version never changes, so that only its number is asked for while it
 * stays the newest.
 */
export class WorkflowMemory {
  /** Insertion order is age. */
  readonly #newest = new Map<string, KnownWorkflow>();

  of(tenantId: string): KnownWorkflow | undefined {
    return this.#newest.get(tenantId);
  }

  remember(tenantId: string, workflow: KnownWorkflow): void {
    const known = this.#newest.get(tenantId);
    if (known !== undefined && known.version >= workflow.version) return;
    this.#newest.delete(tenantId);
    this.#newest.set(tenantId, workflow);
    for (const oldest of this.#newest.keys()) {
      if (this.#newest.size <= most) break;
      this.#newest.delete(oldest);
    }
  }
}
