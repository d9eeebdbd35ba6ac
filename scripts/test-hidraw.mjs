/**
 * `npm run test:hidraw`: a virtual key as a real /dev/hidraw device. QEMU boots Debian's kernel, which has uhid where the
 * machine at hand may not, with this file system read-only beneath; in it apps/workstation/test/hidraw-guest.ts runs.
 * Not part of `npm test`. Skipped, with the reason, where QEMU or Debian's packages can't be had.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const cache = path.join(root, '.cache/hidraw');
const longestRun = 180_000;

function finish(passed, failed, skipped) {
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exit(failed === 0 && passed + skipped > 0 ? 0 : 1);
}
function skip(reason) {
  console.log(`  - skipped: ${reason}`);
  finish(0, 0, 1);
}
function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 256 * 2 ** 20, ...options });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${result.stderr ?? result.error}`);
  return result.stdout;
}

const tools = {
  'qemu-system-x86': '/usr/bin/qemu-system-x86_64',
  'busybox-static': '/bin/busybox',
  'fido2-tools': '/usr/bin/fido2-token',
};

function installTools() {
  const missing = Object.keys(tools).filter((name) => !existsSync(tools[name]));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0)
    skip(`${missing.join(', ')} missing; "sudo apt-get install ${missing.join(' ')}"`);
  console.log(`Installing ${missing.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    run('apt-get', ['update', '-qq'], { env });
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { env });
  } catch (error) {
    skip(`${missing.join(', ')} can't be installed: ${error.message}`);
  }
}

/** Unpacked, not installed: this machine goes on booting what it boots. */
function fetchKernel() {
  const kernel = path.join(cache, 'kernel');
  if (existsSync(path.join(kernel, 'boot'))) return kernel;
  mkdirSync(cache, { recursive: true });
  try {
    const name = /Depends: (linux-image-\S+)/.exec(run('apt-cache', ['depends', 'linux-image-amd64']))?.[1];
    if (name === undefined) skip('apt knows no linux-image-amd64');
    run('apt-get', ['-qq', 'download', name], { cwd: cache });
    const file = readdirSync(cache).find((entry) => entry.startsWith(name) && entry.endsWith('.deb'));
    run('dpkg', ['-x', file, 'kernel.part'], { cwd: cache });
    rmSync(path.join(cache, file));
    run('mv', ['kernel.part', 'kernel'], { cwd: cache });
  } catch (error) {
    skip(`Debian's kernel can't be had: ${error.message}`);
  }
  return kernel;
}

/** The kernel proper, which QEMU starts directly (PVH): unpacking itself would take an emulated processor 10 s. */
function unpackedKernel(kernel) {
  const file = path.join(cache, 'vmlinux');
  if (existsSync(file)) return file;
  const boot = path.join(kernel, 'boot');
  const image = readFileSync(
    path.join(
      boot,
      readdirSync(boot).find((name) => name.startsWith('vmlinuz')),
    ),
  );
  // Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length. Debian packs with xz.
  const start = ((image[0x1f1] || 4) + 1) * 512 + image.readUInt32LE(0x248);
  // The four bytes at the end are the unpacked length.
  const packed = image.subarray(start, start + image.readUInt32LE(0x24c) - 4);
  writeFileSync(file, run('xz', ['-dc'], { input: packed, encoding: 'buffer' }));
  return file;
}

/** Those modules and what they depend on, in the order in which they load. */
function modulesFor(kernel, wanted) {
  const files = new Map();
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) walk(path.join(folder, entry.name));
      else if (entry.name.endsWith('.ko')) files.set(nameOf(entry.name), path.join(folder, entry.name));
    }
  };
  const nameOf = (file) => file.replace(/\.ko$/, '').replaceAll('-', '_');
  walk(path.join(kernel, 'lib/modules'));
  const ordered = new Map();
  const add = (name) => {
    const file = files.get(name);
    if (file === undefined || ordered.has(name)) return;
    const depends = /\0depends=([^\0]*)\0/.exec(readFileSync(file, 'latin1'))?.[1] ?? '';
    for (const other of depends.split(',').filter(Boolean)) add(other.replaceAll('-', '_'));
    ordered.set(name, file);
  };
  wanted.forEach(add);
  return [...ordered.values()];
}

const init = (modules, program) => `#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /host
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev
for module in ${modules.join(' ')}; do /bin/busybox insmod /modules/$module || echo "no $module"; done
/bin/busybox mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=1048576 host /host
for folder in proc sys dev; do /bin/busybox mount --bind /$folder /host/$folder; done
/bin/busybox mount -t tmpfs tmpfs /host/tmp
/bin/busybox chroot /host ${process.execPath} ${program}
/bin/busybox poweroff -f
`;

function buildInitrd(kernel, program) {
  const folder = path.join(cache, 'initrd');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.join(folder, 'bin'), { recursive: true });
  mkdirSync(path.join(folder, 'modules'));
  copyFileSync(tools['busybox-static'], path.join(folder, 'bin/busybox'));
  const modules = modulesFor(kernel, ['virtio_pci', '9pnet_virtio', '9p', 'hid_generic', 'uhid']);
  for (const module of modules) copyFileSync(module, path.join(folder, 'modules', path.basename(module)));
  writeFileSync(
    path.join(folder, 'init'),
    init(
      modules.map((module) => path.basename(module)),
      program,
    ),
  );
  chmodSync(path.join(folder, 'init'), 0o755);
  const names = Buffer.from(run('find', ['.'], { cwd: folder }));
  const busybox = tools['busybox-static'];
  const archive = run(busybox, ['cpio', '-o', '-H', 'newc'], {
    cwd: folder,
    input: names,
    encoding: 'buffer',
  });
  const file = path.join(cache, 'initrd.cpio');
  writeFileSync(file, archive);
  return file;
}

async function bundleProgram() {
  const { build } = await import('esbuild');
  const outfile = path.join(root, 'apps/workstation/dist/test/hidraw-guest.js');
  await build({
    entryPoints: [path.join(root, 'apps/workstation/test/hidraw-guest.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    conditions: ['source'],
    external: ['node-hid', 'pino', 'cborg'],
    logLevel: 'warning',
  });
  return outfile;
}

function boot(kernel, initrd) {
  const memory = ['-m', '1024', '-smp', '2', '-accel', 'tcg', '-cpu', 'max'];
  const bare = [
    '-nodefaults',
    '-no-user-config',
    '-no-reboot',
    '-display',
    'none',
    '-nic',
    'none',
    '-serial',
    'stdio',
  ];
  const files = [
    ['-fsdev', 'local,id=host,path=/,security_model=none,readonly=on,multidevs=remap'],
    ['-device', 'virtio-9p-pci,fsdev=host,mount_tag=host'],
  ].flat();
  const start = [
    '-kernel',
    kernel,
    '-initrd',
    initrd,
    '-append',
    'console=ttyS0 quiet panic=-1 mitigations=off',
  ];
  return spawn(tools['qemu-system-x86'], [...memory, ...bare, ...files, ...start], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

if (process.platform !== 'linux' || process.arch !== 'x64') skip('needs Linux on x86-64');
if (!existsSync('/usr/bin/apt-get')) skip("needs Debian's packages");
installTools();
const kernel = fetchKernel();
const machine = boot(unpackedKernel(kernel), buildInitrd(kernel, await bundleProgram()));
const started = Date.now();
const stop = () => machine.kill('SIGKILL');
process.once('exit', stop);
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
const patience = setTimeout(stop, longestRun);
let told = '';
machine.stdout.on('data', (text) => {
  told += text;
  if (told.includes('CLAIMS END')) stop();
});
await new Promise((resolve) => machine.once('close', resolve));
clearTimeout(patience);

const claims = [...told.matchAll(/^CLAIM (ok|failed) (.*?)\r?$/gm)];
for (const [, verdict, title] of claims) console.log(`  ${verdict === 'ok' ? '✓' : '✗'} ${title}`);
const failed = claims.filter(([, verdict]) => verdict === 'failed').length;
const complete = told.includes('CLAIMS END');
if (failed > 0 || !complete) console.log(told);
if (!complete) console.log('  ✗ the virtual machine ended before the program did');
console.log(`  ${((Date.now() - started) / 1000).toFixed(1)} s`);
finish(claims.length - failed, failed + (complete ? 0 : 1), 0);
