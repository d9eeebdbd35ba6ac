import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const app = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/**
 * Builds one program from source for a test that runs it, beside what `npm run build` makes. Native add-ons and what
 * needs `require` stay packages.
 *
 * @returns the file to run
 */
export async function bundle(source: string): Promise<string> {
  const name = path.basename(source, '.ts');
  await build({
    entryPoints: { [name]: path.join(app, source) },
    outdir: path.join(app, 'dist/test'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    conditions: ['source'],
    external: ['koffi', 'node-hid', 'pino', 'ws'],
    sourcemap: true,
  });
  return path.join(app, 'dist/test', `${name}.js`);
}
