/**
 * Builds what runs: three bundles by esbuild (well under a second each) and the pages by Vite, the latter only when
 * something they are made of has changed.
 */
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Our own packages are bundled from their sources; everything else stays a package in node_modules. */
const foreignPackagesStayOutside = {
  name: 'foreign-packages-stay-outside',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path: name }) =>
      name.startsWith('@keywarden/') ? undefined : { external: true },
    );
  },
};

async function bundle(app) {
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: root,
    entryPoints: { main: `apps/${app}/src/main.ts` },
    outdir: `apps/${app}/dist`,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    conditions: ['source'],
    loader: { '.sql': 'text' },
    sourcemap: true,
    plugins: [foreignPackagesStayOutside],
    logLevel: 'warning',
  });
}

/** Migrations travel beside the bundle: they are read by name at start. */
async function copyMigrations() {
  const from = path.join(root, 'apps/server/src/storage/migrations');
  const to = path.join(root, 'apps/server/dist/migrations');
  await rm(to, { recursive: true, force: true });
  await mkdir(path.dirname(to), { recursive: true });
  await cp(from, to, { recursive: true });
}

async function* filesBelow(folder) {
  for (const entry of await readdir(path.join(root, folder), { withFileTypes: true })) {
    if (entry.name === 'dist' || entry.name === 'node_modules' || entry.name === 'test') continue;
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(name);
    else if (!entry.name.endsWith('.test.ts')) yield name;
  }
}

/** What the pages are made of, as one digest. */
async function digestOfPages() {
  const digest = createHash('sha256');
  const names = ['package-lock.json', 'tsconfig.base.json'];
  for await (const name of filesBelow('apps/web')) names.push(name);
  for await (const name of filesBelow('packages/api/src')) names.push(name);
  for (const name of names.sort()) digest.update(name).update(await readFile(path.join(root, name)));
  return digest.digest('hex');
}

async function buildPages() {
  const stamp = path.join(root, 'apps/web/dist/.built-from');
  const digest = await digestOfPages();
  const last = await readFile(stamp, 'utf8').catch(() => '');
  if (last === digest) return;
  const { build } = await import('vite');
  await build({ root: path.join(root, 'apps/web'), logLevel: 'warn' });
  await writeFile(stamp, digest);
}

/** @param {{ pages: boolean }} what */
export async function buildAll({ pages }) {
  await Promise.all([bundle('server'), bundle('workstation'), bundle('cli'), copyMigrations()]);
  if (pages) await buildPages();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAll({ pages: true });
