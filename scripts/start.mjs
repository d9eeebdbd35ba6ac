/** `npm start`, `npm run demo` and `npm run tenants`: builds what is missing, then hands over to the launcher in this same process. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

function stop(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (!((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22)) {
  stop(`Keywarden needs Node 20.19 or newer, or 22.12 or newer; this is ${process.version}.`);
}
if (!existsSync(path.join(root, 'node_modules', 'esbuild'))) {
  stop('The dependencies are not installed. Run "npm ci" in this folder first.');
}

// npm runs a script through a shell, and SIGTERM sent to npm ends that shell alone: we would go on as an orphan. Started
// without npm nothing of this applies: a shell that goes away must not take the server with it.
if (process.env.npm_lifecycle_event !== undefined) {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, 500).unref();
}

const rest = process.argv.slice(2);
const command = { '--demo': 'demo', '--tenants': 'tenants' }[rest[0] ?? ''] ?? 'start';
if (command !== 'start') rest.shift();

const launcher = path.join(root, 'apps/cli/dist/main.js');
// A server may be running from what was built: it is not built again beside it.
if (command !== 'tenants' || !existsSync(launcher)) {
  const { buildAll } = await import('./build.mjs');
  // The roads without a browser window need no pages.
  await buildAll({ pages: command !== 'tenants' && !rest.includes('--once') && !rest.includes('--help') });
}
process.argv = [process.argv[0] ?? 'node', launcher, command, ...rest];
await import(launcher);
