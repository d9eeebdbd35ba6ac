/**
 * `npm run test:faults`: the faults of apps/server/test/faults.test.ts, more of each than `npm test` has time for: the server
 * killed 20 times, 10,000 open connections.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const child = spawn(
  path.join(root, 'node_modules/.bin/vitest'),
  [
    'run',
    '--project',
    'timing',
    'apps/server/test/faults.test.ts',
    '--reporter',
    path.join(root, 'scripts/plain-reporter.mjs'),
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, KEYWARDEN_FAULTS: 'heavy' } },
);
child.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
