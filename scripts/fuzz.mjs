/**
 * `npm run fuzz`: a million mutated inputs for every parser of packages/fido2, each parser in a process of its own whose
 * memory is bounded and measured. Ends with a table; exits 1 on a finding, with the input as hexadecimal.
 *
 *   npm run fuzz -- --runs 100000 --target cbor --seed monday
 *   npm run fuzz -- --target cbor --from "seed name" --input a10102     runs one input again
 *   npm run fuzz -- --record                                            records the corpus anew
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    target: { type: 'string', multiple: true },
    from: { type: 'string', default: '' },
    input: { type: 'string' },
    record: { type: 'boolean', default: false },
  },
});

const outdir = path.join(root, 'packages/fido2/dist/fuzz');
await build({
  absWorkingDir: root,
  entryPoints: ['packages/fido2/fuzz/main.ts', 'packages/fido2/fuzz/record.ts'],
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  conditions: ['source'],
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
});

/** Resolves with what the program reported, or null where it died without a report. */
function run(program, args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--enable-source-maps', path.join(outdir, program), ...args], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    let report = null;
    child.on('message', (message) => {
      report = message;
    });
    child.once('exit', (code, signal) => {
      if (signal !== null) console.error(`ended by ${signal}`);
      resolve(report === null && code !== 0 ? null : (report ?? {}));
    });
  });
}

const columns = [9, 10, 9, 10, 11, 9];
const row = (name, cells) =>
  `${name.padEnd(21)}${cells.map((cell, at) => String(cell).padStart(columns[at])).join('')}`;

async function fuzzAll(names) {
  const failed = [];
  console.log(row('target', ['inputs', 'accepted', 'refused', 'inputs/s', 'slowest', 'peak RSS']));
  for (const name of names) {
    const report = await run('main.mjs', ['--target', name, '--runs', values.runs, '--seed', values.seed]);
    if (report === null) {
      console.log(`${name}: ended without a report`);
      failed.push(name);
      continue;
    }
    const { inputs, outcomes, seconds, slowestMilliseconds, peakMegabytes, findings } = report;
    const { accepted = 0, ...refused } = outcomes;
    const perSecond = Math.round(inputs / seconds);
    const slowest = `${slowestMilliseconds.toFixed(1)} ms`;
    console.log(
      row(name, [
        inputs,
        accepted,
        inputs - accepted - findings.length,
        perSecond,
        slowest,
        `${peakMegabytes} MB`,
      ]),
    );
    const codes = Object.entries(refused).sort(([, one], [, other]) => other - one);
    for (const [code, count] of codes) console.log(`  ${code.padEnd(42)}${String(count).padStart(12)}`);
    for (const { problem, seedName, input } of findings) {
      console.log(
        `  FINDING ${problem.split('\n').slice(0, 6).join('\n')}\n    npm run fuzz -- --target ${name} --from '${seedName}' --input ${input}`,
      );
    }
    if (findings.length > 0) failed.push(name);
  }
  console.log(
    failed.length === 0 ? `nothing found, seed ${values.seed}` : `findings in ${failed.join(', ')}`,
  );
  return failed.length === 0 ? 0 : 1;
}

if (values.record) process.exitCode = (await run('record.mjs', [])) === null ? 1 : 0;
else if (values.input !== undefined) {
  const one = ['--target', values.target?.[0] ?? '', '--from', values.from, '--input', values.input];
  process.exitCode = (await run('main.mjs', one)) === null ? 1 : 0;
} else {
  const listed = await run('main.mjs', ['--list']);
  const known = listed?.targets ?? [];
  const unknown = (values.target ?? []).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`no target ${unknown.join(', ')}; there are ${known.join(', ')}`);
    process.exitCode = 2;
  } else process.exitCode = await fuzzAll(values.target ?? known);
}
