/**
 * `node apps/server/bench/run.mjs NAME [arguments]`: builds the server as it is shipped, bundles bench/NAME.ts from the
 * sources and runs it in a process of its own.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildAll } from '../../../scripts/build.mjs';

const room = path.dirname(fileURLToPath(import.meta.url));
const [name, ...options] = process.argv.slice(2);
await buildAll({ pages: false });
await build({
  entryPoints: Object.fromEntries([name, 'peer', 'floor'].map((one) => [one, path.join(room, `${one}.ts`)])),
  outdir: path.join(room, 'dist'),
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  conditions: ['source'],
  plugins: [
    {
      name: 'foreign-packages-stay-outside',
      setup(bundler) {
        bundler.onResolve({ filter: /^[^./]/ }, (found) =>
          found.path.startsWith('@keywarden/') ? undefined : { external: true },
        );
      },
    },
  ],
  sourcemap: 'inline',
  logLevel: 'warning',
});
const child = spawn(
  process.execPath,
  ['--enable-source-maps', path.join(room, 'dist', `${name}.mjs`), ...options],
  {
    stdio: 'inherit',
  },
);
const forward = (signal) => child.kill(signal);
process.on('SIGINT', () => forward('SIGINT'));
process.on('SIGTERM', () => forward('SIGTERM'));
child.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
