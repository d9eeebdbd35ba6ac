import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pauseAfter, startJobs, type TenantJob } from './runner.ts';

describe('the job runner', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const job = (run: TenantJob['run'], everyMilliseconds = 1000): TenantJob => ({
    name: 'test',
    everyMilliseconds,
    run,
  });
  const twoTenants = async () => ['a', 'b'];

  it('does nothing at the start, then runs every tenant once an interval', async () => {
    const run = vi.fn(async () => []);
    const jobs = startJobs([job(run)], { tenantIds: twoTenants, log: { warn: vi.fn() } });
    await vi.advanceTimersByTimeAsync(999);
    expect(run).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(run.mock.calls).toEqual([['a'], ['b']]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(run).toHaveBeenCalledTimes(4);
    await jobs.stop();
  });

  it('never overlaps itself', async () => {
    let running = 0;
    let most = 0;
    const run = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 5000));
      running -= 1;
      return [];
    };
    const jobs = startJobs([job(run)], { tenantIds: async () => ['a'], log: { warn: vi.fn() } });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(most).toBe(1);
    const stopped = jobs.stop();
    await vi.advanceTimersByTimeAsync(5000);
    await stopped;
  });

  it('backs off while a whole round fails, tells it, and returns to its interval', async () => {
    const warn = vi.fn();
    const tenantIds = vi.fn(async (): Promise<readonly string[]> => {
      throw new Error('the database is away');
    });
    const jobs = startJobs([job(async () => [])], { tenantIds, log: { warn } });
    await vi.advanceTimersByTimeAsync(1000);
    expect(tenantIds).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1999);
    expect(tenantIds).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(tenantIds).toHaveBeenCalledTimes(2);
    expect(warn).toHaveBeenCalledWith(
      expect.objectContaining({ job: 'test', failedRounds: 1 }),
      expect.any(String),
    );
    tenantIds.mockImplementation(async () => []);
    await vi.advanceTimersByTimeAsync(4000);
    await vi.advanceTimersByTimeAsync(1000);
    expect(tenantIds).toHaveBeenCalledTimes(4);
    await jobs.stop();
  });

  it('waits at most five minutes, or its own interval where that is longer', () => {
    expect(pauseAfter({ everyMilliseconds: 1000 }, 0)).toBe(1000);
    expect(pauseAfter({ everyMilliseconds: 1000 }, 3)).toBe(8000);
    expect(pauseAfter({ everyMilliseconds: 1000 }, 99)).toBe(300_000);
    expect(pauseAfter({ everyMilliseconds: 3_600_000 }, 2)).toBe(3_600_000);
  });

  it('tells what one tenant could not do now and goes on to the next', async () => {
    const warn = vi.fn();
    const run = vi.fn(async (tenantId: string) => (tenantId === 'a' ? [new Error('unreachable')] : []));
    const jobs = startJobs([job(run)], { tenantIds: twoTenants, log: { warn } });
    await vi.advanceTimersByTimeAsync(1000);
    expect(run).toHaveBeenCalledTimes(2);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(expect.objectContaining({ tenantId: 'a' }), expect.any(String));
    await jobs.stop();
  });

  it("runs the installation's job once a round, tells what it could not do, and says when the server stops", async () => {
    const warn = vi.fn();
    const signals: AbortSignal[] = [];
    const runOnce = vi.fn(async (signal: AbortSignal) => {
      signals.push(signal);
      return [new Error('nobody answers')];
    });
    const jobs = startJobs([{ name: 'test', everyMilliseconds: 1000, runOnce }], {
      tenantIds: twoTenants,
      log: { warn },
    });
    await vi.advanceTimersByTimeAsync(2000);
    expect(runOnce).toHaveBeenCalledTimes(2);
    expect(warn).toHaveBeenCalledTimes(2);
    expect(signals[0]?.aborted).toBe(false);
    await jobs.stop();
    expect(signals[0]?.aborted).toBe(true);
  });

  it('stops between tenants, after the one it is at', async () => {
    const release: (() => void)[] = [];
    const run = vi.fn(
      (_tenantId: string) =>
        new Promise<readonly unknown[]>((resolve) => {
          release.push(() => resolve([]));
        }),
    );
    const jobs = startJobs([job(run)], { tenantIds: twoTenants, log: { warn: vi.fn() } });
    await vi.advanceTimersByTimeAsync(1000);
    const stopped = jobs.stop();
    for (const finish of release) finish();
    await stopped;
    expect(run.mock.calls).toEqual([['a']]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(run).toHaveBeenCalledTimes(1);
  });
});
