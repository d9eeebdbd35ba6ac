import { describe, expect, it, vi } from 'vitest';
import { startPrompt } from './prompt.ts';

/** A job whose runs end when the test says so. */
function heldJob() {
  const runs: string[] = [];
  const endings: (() => void)[] = [];
  return {
    runs,
    end: () => endings.shift()?.(),
    job: {
      name: 'test',
      run: (tenantId: string) => {
        runs.push(tenantId);
        return new Promise<readonly unknown[]>((resolve) => endings.push(() => resolve([])));
      },
    },
  };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a prompt job', () => {
  it('runs at once, one at a time for a tenant, and once more for all that came meanwhile', async () => {
    const { job, runs, end } = heldJob();
    const prompt = startPrompt(job, { log: { warn: vi.fn() } });
    prompt.nudge('a');
    for (let number = 0; number < 10; number += 1) prompt.nudge('a');
    expect(runs).toEqual(['a']);
    end();
    await settled();
    expect(runs).toEqual(['a', 'a']);
    end();
    await settled();
    expect(runs).toEqual(['a', 'a']);
  });

  it('sees to four tenants at once; the others have their turn in the order in which they came', async () => {
    const { job, runs, end } = heldJob();
    const prompt = startPrompt(job, { log: { warn: vi.fn() } });
    for (const tenantId of 'abcdef') prompt.nudge(tenantId);
    expect(runs.join('')).toBe('abcd');
    end();
    await settled();
    expect(runs.join('')).toBe('abcde');
    end();
    await settled();
    expect(runs.join('')).toBe('abcdef');
  });

  it('tells what could not be done, and goes on after what it did not expect', async () => {
    const warn = vi.fn();
    const answers: (() => Promise<readonly unknown[]>)[] = [
      async () => [new Error('later')],
      () => Promise.reject(new Error('the database is away')),
    ];
    const run = vi.fn(() => answers.shift()?.() ?? Promise.resolve([]));
    const prompt = startPrompt({ name: 'test', run }, { log: { warn } });
    for (let number = 0; number < 3; number += 1) {
      prompt.nudge('a');
      await settled();
    }
    expect(run).toHaveBeenCalledTimes(3);
    expect(warn).toHaveBeenCalledTimes(2);
  });

  it('stops after what is running, and starts nothing more', async () => {
    const { job, runs, end } = heldJob();
    const prompt = startPrompt(job, { log: { warn: vi.fn() } });
    prompt.nudge('a');
    prompt.nudge('a');
    let stopped = false;
    const stopping = prompt.stop().then(() => {
      stopped = true;
    });
    prompt.nudge('b');
    await settled();
    expect(stopped).toBe(false);
    end();
    await stopping;
    expect(runs).toEqual(['a']);
  });
});
