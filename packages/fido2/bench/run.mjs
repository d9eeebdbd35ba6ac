/**
 * `node packages/fido2/bench/run.mjs NAME [arguments]`: bundles bench/NAME.ts from the sources and runs it in a process
 * of its own, with the garbage collector at hand.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const room = path.dirname(fileURLToPath(import.meta.url));
const [name, ...options] = process.argv.slice(2);
const outfile = path.join(room, `../dist/bench/${name}.mjs`);
await build({
  entryPoints: [path.join(room, `${name}.ts`)],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  conditions: ['source'],
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
});
const child = spawn(process.execPath, ['--expose-gc', '--enable-source-maps', outfile, ...options], {
  stdio: 'inherit',
});
child.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
