import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const resolve = { conditions: ['source'] };
// Where vitest runs global set-up.
const environments = { __vitest__: { resolve } };

/** What comes is waited for; how soon, only what says so judges. */
const expect = { poll: { interval: 20, timeout: 15_000 } };

/** Each file of integration and browser has servers, databases and browsers of its own: two are enough for any machine. */
const sideBySide = Math.min(2, availableParallelism());
/** How long something takes is what these judge: nothing runs beside them. */
const timed = [
  'apps/server/test/enumeration.test.ts',
  'apps/server/test/faults.test.ts',
  'apps/cli/test/once.test.ts',
];
/** The longest: begun last, they would leave the other worker without work. */
const longest = [
  'apps/cli/test/demo.test.ts',
  'apps/server/test/scim-filter.test.ts',
  'apps/server/test/postgres.test.ts',
  'apps/server/test/start.test.ts',
  'e2e/test/console.test.ts',
  'e2e/test/console-people.test.ts',
  'e2e/test/assignment.test.ts',
  'e2e/test/portal.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId }: TestSpecification) => {
      const place = longest.findIndex((name) => moduleId.endsWith(`/${name}`));
      return place === -1 ? longest.length : place;
    };
    return (await super.sort(files)).sort((one, other) => placeOf(one) - placeOf(other));
  }
}

/**
 * `isolate: false` with few large files: 200 small isolated files cost 73 s, the same without isolation 3.5 s.
 * Projects wait for each other (`groupOrder`).
 */
export default defineConfig({
  resolve,
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    isolate: false,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        resolve,
        ssr: { resolve },
        test: {
          name: 'unit',
          include: [
            'packages/*/{src,test,fuzz}/**/*.test.ts',
            'apps/*/src/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          isolate: false,
          expect,
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 0 },
        },
      },
      {
        resolve,
        ssr: { resolve },
        environments,
        test: {
          name: 'integration',
          include: ['apps/*/test/**/*.test.ts'],
          exclude: timed,
          globalSetup: ['apps/server/test/postgres-cluster.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          isolate: false,
          expect,
          maxWorkers: sideBySide,
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve,
        ssr: { resolve },
        environments,
        test: {
          name: 'timing',
          include: timed,
          globalSetup: ['apps/server/test/postgres-cluster.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          isolate: false,
          expect,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        resolve,
        ssr: { resolve },
        test: {
          name: 'browser',
          include: ['e2e/test/**/*.test.ts'],
          setupFiles: ['e2e/src/what-was-shown.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          isolate: false,
          expect,
          maxWorkers: sideBySide,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
