import { defineConfig } from 'vitest/config';

const resolve = { conditions: ['source'] };

/** `isolate: false` with few large files: 200 small isolated files cost 73 s, the same without isolation 3.5 s. */
export default defineConfig({
  resolve,
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    isolate: false,
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
          isolate: false,
        },
      },
      {
        resolve,
        ssr: { resolve },
        // Where vitest runs global set-up.
        environments: { __vitest__: { resolve } },
        test: {
          name: 'integration',
          include: ['apps/*/test/**/*.test.ts'],
          globalSetup: ['apps/server/test/postgres-cluster.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          isolate: false,
          fileParallelism: false,
        },
      },
      {
        resolve,
        ssr: { resolve },
        test: {
          name: 'browser',
          include: ['e2e/test/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          isolate: false,
          fileParallelism: false,
        },
      },
    ],
  },
});
