/**
 * `npm test`: types, lint with the import law, unit tests, integration tests on a real PostgreSQL, browser tests in
 * Chromium. Ends with `N passed, N failed, N skipped` over all of them. `npm test -- unit` runs one part.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const bin = (name) => path.join(root, 'node_modules/.bin', name);
const counts = { passed: 0, failed: 0, skipped: 0 };

/**
 * Where tests put what they throw away: into memory where there is plenty of it. Dozens of PostgreSQL clusters are made, and
 * each waits for a disk at every step; that they survive a crash of their processes is shown just as well there.
 */
function scratchFolder() {
  const memory = '/dev/shm';
  if (process.env.TMPDIR !== undefined || process.platform !== 'linux' || !existsSync(memory))
    return tmpdir();
  const mount = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, place]) => place === memory);
  const { bavail, bsize } = statfsSync(memory);
  const available = Math.min(bavail * bsize, freemem(), process.availableMemory?.() ?? freemem());
  const plenty = available > 8 * 2 ** 30;
  return plenty && mount !== undefined && !mount[3].split(',').includes('noexec') ? memory : tmpdir();
}

/** What one child after the other says: at once, or all of it when its turn has come. */
class Transcript {
  #held = [];
  #live;

  constructor({ live }) {
    this.#live = live;
  }

  write(chunk) {
    if (this.#live) process.stdout.write(chunk);
    else this.#held.push(chunk);
  }

  release() {
    this.#live = true;
    for (const chunk of this.#held.splice(0)) process.stdout.write(chunk);
  }
}

function run(command, args, { transcript, env = {} }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: scratch, ...env },
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => transcript.write(data));
    child.once('error', () => resolve(1));
    const closed = new Promise((done) => child.once('close', done));
    // What it left running may keep its pipes.
    child.once('exit', (code) => Promise.race([closed, pause(2000)]).then(() => resolve(code ?? 1)));
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

/** One step that goes well or does not. */
async function step(title, [command, ...args], transcript) {
  const started = Date.now();
  const code = await run(command, args, { transcript });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  transcript.write(`  ${code === 0 ? '✓' : '✗'} ${title}  ${seconds} s\n`);
  counts[code === 0 ? 'passed' : 'failed'] += 1;
  return code === 0;
}

async function suite(title, projects, transcript) {
  transcript.write(`\n${title}\n`);
  const folder = await mkdtemp(path.join(scratch, 'keywarden-counts-'));
  const file = path.join(folder, 'counts.json');
  const chosen = projects.flatMap((project) => ['--project', project]);
  const args = ['run', ...chosen, '--reporter', path.join(root, 'scripts/plain-reporter.mjs')];
  const code = await run(bin('vitest'), args, { transcript, env: { KEYWARDEN_COUNTS: file } });
  const found = await readFile(file, 'utf8').then(JSON.parse, () => null);
  await rm(folder, { recursive: true });
  if (found) for (const key of Object.keys(counts)) counts[key] += found[key];
  // A runner that died without counting, or said no without a failed test, has failed.
  if (!found || (code !== 0 && found.failed === 0)) {
    transcript.write(`  ✗ the ${title} run ended with exit code ${code} and no count\n`);
    counts.failed += 1;
  }
}

const parts = process.argv.slice(2);
const wants = (part) => parts.length === 0 || parts.includes(part);
const needsPrograms = wants('integration') || wants('browser');
const scratch = scratchFolder();
const colours = process.stdout.isTTY ? ['--pretty'] : [];

if (!installMissing()) process.exit(1);

/** Checks and unit tests want nothing of each other: they share the processors. */
const first = new Transcript({ live: true });
const second = new Transcript({ live: !wants('check') && !needsPrograms });
const unit = wants('unit') ? suite('unit', ['unit'], second) : undefined;
if (wants('check')) {
  first.write('check\n');
  await step('types', [bin('tsc'), '-b', ...colours], first);
  const lint = ['check', '--error-on-warnings', '--reporter=summary'];
  await step('lint, format and import law', [bin('biome'), ...lint], first);
}
const built =
  needsPrograms && (await step('programs and pages built', [process.execPath, 'scripts/build.mjs'], first));
second.release();
await unit;
if (built && wants('integration')) await suite('integration', ['integration', 'timing'], first);
if (built && wants('browser')) await suite('browser', ['browser'], first);

process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);
