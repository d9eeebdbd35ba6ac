import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const room = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(room, '../../node_modules');
const manifest: {
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly dependencies: Readonly<Record<string, string>>;
} = JSON.parse(readFileSync(path.join(room, 'package.json'), 'utf8'));
const rooms = readdirSync(path.join(room, 'src'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

let elsewhere = '';
let packed: readonly string[] = [];

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

/** Installed as a stranger would have it: the tarball's files and the one dependency, nothing of this repository. */
beforeAll(() => {
  elsewhere = mkdtempSync(path.join(tmpdir(), 'fido2-package-'));
  run(process.execPath, ['build.mjs'], room);
  const told: readonly { readonly filename: string; readonly files: readonly { readonly path: string }[] }[] =
    // A home that can't be written has no room for npm's cache.
    JSON.parse(
      run(
        'npm',
        [
          ...['pack', '--json', '--ignore-scripts', '--pack-destination', elsewhere],
          ...['--cache', path.join(elsewhere, 'cache')],
        ],
        room,
      ),
    );
  packed = (told[0]?.files ?? []).map((file) => file.path);
  const installed = path.join(elsewhere, 'node_modules/@keywarden/fido2');
  mkdirSync(installed, { recursive: true });
  run(
    'tar',
    ['xzf', path.join(elsewhere, told[0]?.filename ?? ''), '--strip-components=1', '-C', installed],
    elsewhere,
  );
  for (const name of Object.keys(manifest.dependencies)) {
    symlinkSync(path.join(modules, name), path.join(elsewhere, 'node_modules', name));
  }
  writeFileSync(path.join(elsewhere, 'package.json'), JSON.stringify({ name: 'stranger', type: 'module' }));
}, 120_000);
afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

describe('the package by itself', () => {
  test('every room is a subpath, and nothing else', () => {
    expect(Object.keys(manifest.exports).sort()).toEqual(
      [...rooms.map((name) => `./${name}`), './package.json'].sort(),
    );
  });

  test('holds JavaScript, declarations, licence and README, without tests or fakes', () => {
    expect(packed).toEqual(
      expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'dist/webauthn/index.js']),
    );
    const strange = packed.filter(
      (name) => !/^(package\.json|README\.md|LICENSE|dist\/([\w-]+\/)+[\w-]+(\.d\.ts|\.js))$/.test(name),
    );
    expect(strange).toEqual([]);
    const folders = new Set(
      packed.filter((name) => name.startsWith('dist/')).map((name) => name.split('/')[1]),
    );
    expect([...folders].sort()).toEqual(rooms);
  });

  test('every room is imported by plain Node.js and has something to offer', () => {
    const program = `
      const offered = {};
      for (const room of ${JSON.stringify(rooms)}) offered[room] = Object.keys(await import('@keywarden/fido2/' + room)).length;
      console.log(JSON.stringify(offered));`;
    const offered: Record<string, number> = JSON.parse(
      run(process.execPath, ['--input-type=module', '--eval', program], elsewhere),
    );
    expect(Object.keys(offered)).toEqual(rooms);
    expect(Math.min(...Object.values(offered))).toBeGreaterThan(0);
  });

  test("its declarations compile in a stranger's project, without our settings", () => {
    const names = rooms.map((name) => name.replaceAll('-', '_'));
    const lines = rooms.map((name, index) => `import * as ${names[index]} from '@keywarden/fido2/${name}';`);
    writeFileSync(
      path.join(elsewhere, 'program.ts'),
      `${lines.join('\n')}\nexport default { ${names.join(', ')} };\n`,
    );
    const types = [path.join(modules, '@types')];
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2022',
      strict: true,
      noEmit: true,
      typeRoots: types,
      types: ['node'],
    };
    writeFileSync(
      path.join(elsewhere, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, include: ['program.ts'] }),
    );
    expect(
      run(process.execPath, [path.join(modules, 'typescript/bin/tsc'), '-p', elsewhere], elsewhere),
    ).toBe('');
  }, 60_000);
});
