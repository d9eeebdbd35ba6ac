import { Buffer } from 'node:buffer';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { fuzz, type Target } from './fuzz.ts';
import { targets } from './targets.ts';

/** The short share of `npm run fuzz`: the same inputs in every run. */
const runs = 400;

describe('parsers never fall over', () => {
  test.each(targets.map((target) => [target.name, target] as const))(
    '%s: what is wrong is refused by a typed error, and in time',
    async (_, target) => {
      const { findings, inputs, outcomes } = await fuzz(target, { runs, seed: 'test' });
      expect(findings).toEqual([]);
      expect(inputs).toBe(runs);
      expect(outcomes.get('accepted')).toBeGreaterThan(0);
      expect(outcomes.size).toBeGreaterThan(2);
    },
    30_000,
  );

  test('every parser of the package has a target', () => {
    expect(targets.map(({ name }) => name)).toEqual([
      'cbor',
      'authenticator-data',
      'attestation-object',
      'cose-key',
      'certificate',
      'ctaphid',
      'apdu',
      'metadata',
      'ctap2-answer',
      'ctap2-request',
    ]);
  });
});

describe('the fuzzer itself', () => {
  const seeds = [{ name: 'seed', bytes: new Uint8Array(32).fill(7) }];
  const gullible = (run: Target['run']): Target => ({ name: 'gullible', seeds, longestInput: 100, run });

  test('finds an error that nobody foresaw, with the input that causes it', async () => {
    const target = gullible((input) => {
      if (input[3] === 0xff) throw new RangeError('out of step');
      return 'accepted';
    });
    const { findings } = await fuzz(target, { runs: 20_000, seed: 'test' });
    expect(findings).toHaveLength(5);
    for (const { problem, input } of findings) {
      expect(problem).toContain('out of step');
      expect(input.slice(6, 8)).toBe('ff');
    }
  });

  test('finds an input that takes too long', async () => {
    const target = gullible((input) => {
      const before = process.cpuUsage();
      while (input.length === 0 && process.cpuUsage(before).user < 10_000);
      return 'accepted';
    });
    const { findings } = await fuzz(target, { runs: 2000, seed: 'test', limit: 5 });
    expect(findings[0]?.problem).toMatch(/^took \d+ ms$/);
    expect(findings[0]?.input).toBe('');
  }, 120_000);

  test('gives the same inputs for the same seed, others for another', async () => {
    const inputsOf = async (seed: string): Promise<readonly string[]> => {
      const inputs: string[] = [];
      const target = gullible((input) => {
        inputs.push(Buffer.from(input).toString('hex'));
        return 'accepted';
      });
      await fuzz(target, { runs: 200, seed });
      return inputs;
    };
    expect(await inputsOf('a')).toEqual(await inputsOf('a'));
    expect(await inputsOf('a')).not.toEqual(await inputsOf('b'));
  });
});
