import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { beforeAll, describe, expect, test } from 'vitest';

/** Bytes of gzipped script that a first load may take. */
const bound = 120_000;

let chunks: ReadonlyMap<string, Rolldown.OutputChunk>;
beforeAll(async () => {
  const configFile = new URL('../../vite.config.ts', import.meta.url).pathname;
  const built = await build({
    configFile,
    logLevel: 'error',
    build: { write: false },
    // Under test it would be React's own for developers.
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) =>
    'output' in one ? one.output : [],
  );
  chunks = new Map(outputs.flatMap((one) => (one.type === 'chunk' ? [[one.fileName, one]] : [])));
}, 120_000);

/** What the browser fetches before anything is shown: the entry and all that it imports, not what comes when needed. */
function firstLoad(page: string): readonly Rolldown.OutputChunk[] {
  const entry = [...chunks.values()].find(
    (chunk) => chunk.isEntry && chunk.facadeModuleId?.endsWith(`/${page}.html`),
  );
  if (entry === undefined) throw new Error(`${page}.html has no script`);
  const found = new Set([entry]);
  for (const chunk of found) {
    for (const name of chunk.imports) {
      const imported = chunks.get(name);
      if (imported !== undefined) found.add(imported);
    }
  }
  return [...found];
}

const size = (code: string) => gzipSync(code, { level: 9 }).length;

describe('the first load of a page for people', () => {
  test.each(['portal', 'account'])('%s takes at most 120 kB of gzipped script', (page) => {
    const bytes = firstLoad(page).reduce((sum, { code }) => sum + size(code), 0);
    expect(bytes).toBeLessThanOrEqual(bound);
    // An empty page would be small too.
    expect(bytes).toBeGreaterThan(bound / 2);
  });

  test('has nothing of the console, and of the languages only English', () => {
    const modules = firstLoad('portal').flatMap((chunk) => chunk.moduleIds);
    expect(modules.filter((id) => /@mantine|@tanstack|src\/console/.test(id))).toEqual([]);
    expect(modules.filter((id) => /words\/\w+\.ts$/.test(id)).map((id) => id.replace(/.*\//, ''))).toEqual([
      'en.ts',
      'index.ts',
    ]);
  });
});
