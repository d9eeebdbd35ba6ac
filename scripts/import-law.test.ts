import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** What the lint says of a file that imports `specifier` from where `file` would lie, in a tree of its own. */
function lint(file: string, specifier: string): string {
  const tree = mkdtempSync(path.join(tmpdir(), 'keywarden-law-'));
  try {
    for (const name of ['biome.json', 'import-law.json'])
      cpSync(path.join(root, name), path.join(tree, name));
    mkdirSync(path.join(tree, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(tree, file), `import { x } from '${specifier}';\n\nexport const y = x;\n`);
    const biome = path.join(root, 'node_modules/.bin/biome');
    const { stdout, stderr } = spawnSync(biome, ['lint', '--vcs-enabled=false', file], { cwd: tree });
    return `${stdout}${stderr}`;
  } finally {
    rmSync(tree, { recursive: true });
  }
}

describe('the import law', () => {
  test('import-law.json is what the table says', async () => {
    // @ts-expect-error the table is a plain script
    const { lawText } = await import('./import-law.mjs');
    expect(readFileSync(path.join(root, 'import-law.json'), 'utf8')).toBe(lawText);
  });

  test.each([
    ['packages/fido2/src/webauthn/x.ts', '@keywarden/domain', 'usable on its own'],
    ['packages/fido2/src/webauthn/x.ts', 'node:fs', 'bytes and rules'],
    ['packages/fido2/src/webauthn/x.ts', '../ctap2/index.ts', 'see both'],
    ['packages/fido2/src/ctap2/x.ts', '../webauthn/index.ts', 'see both'],
    ['packages/fido2/src/bytes/x.ts', '../cbor/index.ts', 'see both'],
    ['packages/domain/src/commands/x.ts', '@keywarden/api', 'no wire'],
    ['packages/domain/src/commands/x.ts', 'pg', 'no IO'],
    ['packages/api/src/x.ts', '@keywarden/domain', 'neither domain'],
    ['apps/server/src/authn/x.ts', '../storage/database.ts', 'bypass policy'],
    ['apps/server/src/authn/x.ts', '../management/devices.ts', 'bypass policy'],
    ['apps/server/src/management/x.ts', '../idp/built-in.ts', 'bypass policy'],
    ['apps/server/src/management/x.ts', '../compose.ts', 'never the other way'],
    ['apps/server/src/openid/x.ts', 'pg', 'SQL lives'],
    ['apps/server/src/storage/x.ts', '../http/route.ts', 'knows no door'],
    ['apps/server/src/storage/x.ts', '@keywarden/api', "not the wire's"],
    ['apps/server/src/idp/x.ts', 'fastify', 'HTTP'],
    ['apps/server/src/mail/x.ts', '../storage/store.ts', 'no sibling'],
    ['apps/workstation/src/x.ts', '@keywarden/domain', 'fido2 and api alone'],
    ['apps/workstation/src/x.ts', '@keywarden/fido2/virtual-authenticator', 'virtual keys'],
    ['apps/cli/src/x.ts', '@keywarden/server', 'fido2 and api alone'],
    ['apps/web/src/x.ts', '@keywarden/domain', 'the wire alone'],
  ])('%s may not import %s', (file, specifier, reason) => {
    const said = lint(file, specifier).replace(/\s+/g, ' ');
    expect(said).toContain('noRestrictedImports');
    expect(said).toContain(reason);
  });

  test.each([
    ['packages/fido2/src/webauthn/x.ts', '../cose/index.ts'],
    ['packages/fido2/src/client/x.ts', '../ctap2/index.ts'],
    ['packages/domain/src/commands/x.ts', '@keywarden/fido2/webauthn'],
    ['apps/server/src/authn/x.ts', '../http/route.ts'],
    ['apps/server/src/authn/x.ts', '@keywarden/domain'],
    ['apps/workstation/src/virtual/x.ts', '@keywarden/fido2/virtual-authenticator'],
    ['apps/web/src/x.ts', '@keywarden/api'],
  ])('%s may import %s', (file, specifier) => {
    const said = lint(file, specifier);
    expect(said).toContain('Checked 1 file');
    expect(said).not.toContain('noRestrictedImports');
  });
});
