import type { JobLog, TenantJob } from './runner.ts';

/** Tenants that are seen to at once. */
const most = 4;

export interface PromptJob {
  /** There is something for this tenant. Costs nothing and never throws. */
  nudge(tenantId: string): void;
  /** Lets what is running finish, starts nothing more. */
  stop(): Promise<void>;
}

/**
 * Runs a job for a tenant as soon as there is something for it, besides its clock: whoever waits for a code by mail looks at
 * the clock too. A tenant is seen to by one run at a time; what comes meanwhile is for one more run, however much it is.
 * Nudges are lost with the process, and the clock finds what they meant.
 */
export function startPrompt(job: Pick<TenantJob, 'name' | 'run'>, { log }: { log: JobLog }): PromptJob {
  const waiting = new Set<string>();
  const running = new Map<string, Promise<void>>();
  let stopped = false;

  const see = async (tenantId: string): Promise<void> => {
    try {
      for (const error of await job.run(tenantId)) {
        log.warn({ job: job.name, tenantId, error }, 'not done now; it is tried again later');
      }
    } catch (error) {
      log.warn({ job: job.name, tenantId, error }, 'a job could not run; it is tried again');
    }
  };
  const startNext = () => {
    for (const tenantId of waiting) {
      if (stopped || running.size >= most) return;
      if (running.has(tenantId)) continue;
      waiting.delete(tenantId);
      const run = see(tenantId).finally(() => {
        running.delete(tenantId);
        startNext();
      });
      running.set(tenantId, run);
    }
  };
  return {
    nudge(tenantId) {
      if (stopped) return;
      waiting.add(tenantId);
      startNext();
    },
    async stop() {
      stopped = true;
      waiting.clear();
      await Promise.all(running.values());
    },
  };
}
