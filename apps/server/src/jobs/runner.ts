interface Recurring {
  readonly name: string;
  readonly everyMilliseconds: number;
}

/** One piece of work that comes up again and again, tenant by tenant. */
export interface TenantJob extends Recurring {
  /** Says what could not be done now and will be tried again; throws only what stops the whole round. */
  readonly run: (tenantId: string) => Promise<readonly unknown[]>;
}

/** One that is the whole installation's. */
export interface InstallationJob extends Recurring {
  /** As `run`; `signal` says that the server stops. */
  readonly runOnce: (signal: AbortSignal) => Promise<readonly unknown[]>;
}

export type Job = TenantJob | InstallationJob;

export interface JobLog {
  warn(details: Readonly<Record<string, unknown>>, message: string): void;
}

export interface RunningJobs {
  /** Lets what is running finish its tenant, starts nothing more. */
  stop(): Promise<void>;
}

/** While the database is away there is no use in asking every few seconds. */
const longestPause = 5 * 60_000;

/**
 * Runs each job on its own clock, never twice at once in this process; other processes keep apart through row locks
 * (SKIP LOCKED) and leases. Nothing runs at the start: a first round comes after the first interval.
 */
export function startJobs(
  jobs: readonly Job[],
  options: { tenantIds: () => Promise<readonly string[]>; log: JobLog },
): RunningJobs {
  const stopping = new AbortController();
  const loops = jobs.map((job) => runRepeatedly(job, { ...options, signal: stopping.signal }));
  return {
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

interface Rounds {
  readonly tenantIds: () => Promise<readonly string[]>;
  readonly log: JobLog;
  readonly signal: AbortSignal;
}

async function runRepeatedly(job: Job, rounds: Rounds): Promise<void> {
  let failedRounds = 0;
  for (;;) {
    await pause(pauseAfter(job, failedRounds), rounds.signal);
    if (rounds.signal.aborted) return;
    try {
      await runRound(job, rounds);
      failedRounds = 0;
    } catch (error) {
      failedRounds += 1;
      rounds.log.warn({ job: job.name, error, failedRounds }, 'a job could not run; it is tried again');
    }
  }
}

/** The interval, doubled with every round that failed. */
export function pauseAfter(job: Pick<Recurring, 'everyMilliseconds'>, failedRounds: number): number {
  const doubled = job.everyMilliseconds * 2 ** Math.min(failedRounds, 16);
  return Math.min(doubled, Math.max(longestPause, job.everyMilliseconds));
}

async function runRound(job: Job, { tenantIds, log, signal }: Rounds): Promise<void> {
  if ('runOnce' in job) {
    for (const error of await job.runOnce(signal)) {
      if (!signal.aborted) log.warn({ job: job.name, error }, 'not done now; it is tried again later');
    }
    return;
  }
  for (const tenantId of await tenantIds()) {
    if (signal.aborted) return;
    for (const error of await job.run(tenantId)) {
      log.warn({ job: job.name, tenantId, error }, 'not done now; it is tried again later');
    }
  }
}

/** Does not keep the process alive, ends at once when the signal says so, and leaves no listener behind. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds).unref();
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
