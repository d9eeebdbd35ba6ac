/** `npm run build -w packages/fido2`: what is published, each room as JavaScript and declarations in dist/. */
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const folder = path.dirname(fileURLToPath(import.meta.url));
const tsc = fileURLToPath(import.meta.resolve('typescript/package.json')).replace('package.json', 'bin/tsc');

// A file that has gone from the sources must not be published.
for (const room of readdirSync(path.join(folder, 'src'))) {
  rmSync(path.join(folder, 'dist', room), { recursive: true, force: true });
}
const { status } = spawnSync(process.execPath, [tsc, '-p', path.join(folder, 'tsconfig.build.json')], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
