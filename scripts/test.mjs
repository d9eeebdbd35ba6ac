/**
 * `npm test`: types, lint with the import law, unit tests, integration tests on a real PostgreSQL, browser tests in
 * Chromium. Ends with `N passed, N failed, N skipped` over all of them. `npm test -- unit` runs one part.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const bin = (name) => path.join(root, 'node_modules/.bin', name);
const counts = { passed: 0, failed: 0, skipped: 0 };

function run(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

const library = (name) => String(spawnSync('/sbin/ldconfig', ['-p']).stdout).includes(name);

/**
 * Debian packages that a new machine lacks. Without the `needed` ones there is nothing to test with; the others are
 * independent judges of our CTAP, and a test that finds its judge missing is skipped and says so.
 */
const debian = [
  { name: 'chromium', needed: true, present: () => existsSync('/usr/bin/chromium') },
  { name: 'libusb-1.0-0', needed: true, present: () => library('libusb-1.0.so.0') },
  { name: 'libpcsclite1', needed: false, present: () => library('libpcsclite.so.1') },
  { name: 'pcscd', needed: false, present: () => existsSync('/usr/sbin/pcscd') },
  { name: 'vsmartcard-vpcd', needed: false, present: () => existsSync('/usr/share/doc/vsmartcard-vpcd') },
  { name: 'fido2-tools', needed: false, present: () => existsSync('/usr/bin/fido2-cred') },
  { name: 'python3-fido2', needed: false, present: () => existsSync('/usr/share/doc/python3-fido2') },
  { name: 'python3-pyscard', needed: false, present: () => existsSync('/usr/share/doc/python3-pyscard') },
];

function installMissing() {
  if (process.platform !== 'linux') return true;
  const missing = debian.filter((entry) => !entry.present());
  if (missing.length === 0) return true;
  const needed = missing.filter((entry) => entry.needed).map((entry) => entry.name);
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    if (needed.length === 0) return true;
    process.stderr.write(`Missing for the tests: run "sudo apt-get install ${needed.join(' ')}" first.\n`);
    return false;
  }
  const names = missing.map((entry) => entry.name);
  process.stdout.write(`Installing ${names.join(', ')}\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env };
  spawnSync('apt-get', ['update', '-qq'], quiet);
  const install = spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], quiet);
  if (install.status === 0) return true;
  process.stderr.write(`apt-get could not install ${names.join(' ')}.\n`);
  return needed.length === 0;
}

async function check(title, command, args) {
  const started = Date.now();
  const code = await run(command, args);
  process.stdout.write(
    `  ${code === 0 ? '✓' : '✗'} ${title}  ${((Date.now() - started) / 1000).toFixed(1)} s\n`,
  );
  counts[code === 0 ? 'passed' : 'failed'] += 1;
}

async function suite(project) {
  process.stdout.write(`\n${project}\n`);
  const folder = await mkdtemp(path.join(tmpdir(), 'keywarden-counts-'));
  const file = path.join(folder, 'counts.json');
  const args = ['run', '--project', project, '--reporter', path.join(root, 'scripts/plain-reporter.mjs')];
  if (project !== 'unit') args.push('--no-file-parallelism');
  const code = await run(bin('vitest'), args, { KEYWARDEN_COUNTS: file });
  const found = await readFile(file, 'utf8').then(JSON.parse, () => null);
  await rm(folder, { recursive: true });
  if (found) for (const key of Object.keys(counts)) counts[key] += found[key];
  // A runner that died without counting, or said no without a failed test, has failed.
  if (!found || (code !== 0 && found.failed === 0)) {
    process.stdout.write(`  ✗ the ${project} run ended with exit code ${code} and no count\n`);
    counts.failed += 1;
  }
}

const parts = process.argv.slice(2);
const wants = (part) => parts.length === 0 || parts.includes(part);

if (!installMissing()) process.exit(1);
if (wants('check')) {
  process.stdout.write('check\n');
  await check('types', bin('tsc'), ['-b']);
  await check('lint, format and import law', bin('biome'), [
    'check',
    '--error-on-warnings',
    '--reporter=summary',
  ]);
}
if (wants('integration') || wants('browser')) {
  const { buildAll } = await import('./build.mjs');
  await buildAll({ pages: true });
}
for (const project of ['unit', 'integration', 'browser']) if (wants(project)) await suite(project);

process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);
