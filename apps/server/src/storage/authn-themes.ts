import {
  completeTheme,
  type StoredTheme,
  type ThemeImage,
  type ThemeImageTable,
  type ThemeTable,
} from '@keywarden/domain';
import { readCursor, toPage } from './paging.ts';
import { lookup, statement, type TenantSession } from './session.ts';

interface HeadRow {
  theme_id: string;
  version: number;
  created_at: Date;
  created_by: string;
  note: string;
}
interface ThemeRow extends HeadRow {
  document: unknown;
}

const head = 'theme_id, version, created_at, created_by, note';
const columns = `${head}, document`;
const current = lookup<ThemeRow>(
  'theme.current',
  `SELECT ${columns} FROM themes WHERE theme_id = $1 ORDER BY version DESC LIMIT 1`,
);
const get = statement<ThemeRow>(
  'theme.get',
  `SELECT ${columns} FROM themes WHERE theme_id = $1 AND version = $2`,
);
const list = statement<ThemeRow>(
  'theme.list',
  `SELECT DISTINCT ON (theme_id) ${columns} FROM themes ORDER BY theme_id, version DESC`,
);
const versions = statement<HeadRow>(
  'theme.versions',
  `SELECT ${head} FROM themes WHERE theme_id = $1 AND version < $2 ORDER BY version DESC LIMIT $3`,
);
const total = statement<{ total: number }>(
  'theme.total',
  'SELECT count(*) AS total FROM themes WHERE theme_id = $1',
);
const insert = statement(
  'theme.insert',
  `INSERT INTO themes (theme_id, version, document, created_at, created_by, note)
   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
);
const remove = statement('theme.delete', 'DELETE FROM themes WHERE theme_id = $1');

/** Above every version: PostgreSQL's largest integer. */
const newest = 2_147_483_647;

export function themeTable(session: TenantSession): ThemeTable {
  return {
    async current(themeId) {
      const row = await session.row(current, [themeId]);
      return row && read(row);
    },
    async get(themeId, version) {
      const row = await session.row(get, [themeId, version]);
      return row && read(row);
    },
    list: async () => (await session.rows(list)).map(read),
    async versions(themeId, page) {
      const before = Number(readCursor(page, 1)?.[0] ?? newest);
      const rows = await session.rows(versions, [
        themeId,
        Number.isInteger(before) ? before : newest,
        page.limit + 1,
      ]);
      const count = await session.row(total, [themeId]);
      return toPage({
        rows,
        total: count?.total ?? 0,
        limit: page.limit,
        cursor: (row) => [String(row.version)],
        read: readHead,
      });
    },
    async insert({ themeId, version, document, at, by, note }) {
      return (await session.run(insert, [themeId, version, JSON.stringify(document), at, by, note])) === 1;
    },
    async delete(themeId) {
      await session.run(remove, [themeId]);
    },
  };
}

function readHead({ version, created_at, created_by, note }: HeadRow) {
  return { version, createdAt: created_at, createdBy: created_by, note };
}

function read(row: ThemeRow): StoredTheme {
  return { ...readHead(row), themeId: row.theme_id, document: completeTheme(row.document) };
}

interface ImageRow {
  digest: string;
  media_type: ThemeImage['mediaType'];
  bytes: Uint8Array;
}

const getImage = statement<ImageRow>(
  'theme-image.get',
  'SELECT digest, media_type, bytes FROM theme_images WHERE digest = $1',
);
const knownImages = statement<{ digest: string }>(
  'theme-image.known',
  'SELECT digest FROM theme_images WHERE digest = ANY ($1)',
);
const countImages = statement<{ total: number }>(
  'theme-image.total',
  'SELECT count(*) AS total FROM theme_images',
);
const insertImage = statement(
  'theme-image.insert',
  `INSERT INTO theme_images (digest, media_type, bytes, created_at) VALUES ($1, $2, $3, $4)
   ON CONFLICT (tenant_id, digest) DO UPDATE SET created_at = $4`,
);
// No version shows it, and whoever uploaded it has had her time to save.
const deleteUnused = statement(
  'theme-image.delete-unused',
  `DELETE FROM theme_images i
    WHERE i.created_at < $1
      AND NOT EXISTS (
        SELECT 1 FROM themes t
         WHERE i.digest IN (t.document->>'logo', t.document->>'logoDark', t.document->>'backgroundImage'))`,
);

export function themeImageTable(session: TenantSession): ThemeImageTable {
  return {
    async get(digest) {
      const row = await session.row(getImage, [digest]);
      return row && { digest: row.digest, mediaType: row.media_type, bytes: row.bytes };
    },
    async known(digests) {
      if (digests.length === 0) return new Set();
      return new Set((await session.rows(knownImages, [digests])).map((row) => row.digest));
    },
    count: async () => (await session.row(countImages))?.total ?? 0,
    async insert({ digest, mediaType, bytes }, at) {
      await session.run(insertImage, [digest, mediaType, bytes, at]);
    },
    deleteUnused: (uploadedBefore) => session.run(deleteUnused, [uploadedBefore]),
  };
}
