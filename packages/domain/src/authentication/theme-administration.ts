import type { Actor } from '../audit.ts';
import { recordEvent } from '../commands/audit-trail.ts';
import { DomainError } from '../errors.ts';
import { requirePermission } from '../permissions.ts';
import type { Page, PageRequest, Ports, Tables, VersionHead } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { collectFaults, type DocumentFault } from './document-fault.ts';
import {
  defaultThemeId,
  presentTheme,
  type StoredTheme,
  type Theme,
  type ThemeDocument,
  usualStoredTheme,
} from './theme.ts';
import { readThemeImage, type ThemeImage, type ThemeImageType } from './theme-image.ts';
import { completeTheme, themeFaults, themeWarnings } from './theme-validation.ts';
import { usualWorkflow } from './workflow.ts';

const longestNote = 500;
const mostThemes = 50;
const mostImages = 200;
/** Milliseconds that an image may wait for the version that shows it. */
const imagePatience = 24 * 60 * 60_000;

export interface ThemeReview {
  readonly faults: readonly DocumentFault[];
  readonly warnings: readonly DocumentFault[];
}

export interface ReviewedTheme extends StoredTheme {
  readonly warnings: readonly DocumentFault[];
}

interface Named {
  readonly tenantId: TenantId;
  readonly themeId: string;
}

/** The newest version of each theme; the default one is always among them. */
export async function listThemes(
  ports: Ports,
  actor: Actor,
  { tenantId }: { readonly tenantId: TenantId },
): Promise<readonly (StoredTheme & { readonly inUse: boolean })[]> {
  requirePermission(actor, 'themes.read');
  return ports.store.transaction(tenantId, async (tables) => {
    const stored = await tables.themes.list();
    const used = await usedThemeId(tables);
    const hasDefault = stored.some((theme) => theme.themeId === defaultThemeId);
    const all = hasDefault ? stored : [usualStoredTheme, ...stored];
    return all.map((theme) => ({ ...theme, inUse: theme.themeId === used }));
  });
}

async function usedThemeId(tables: Tables): Promise<string> {
  return (await tables.workflows.current())?.document.theme_id ?? usualWorkflow.theme_id;
}

export async function getTheme(ports: Ports, actor: Actor, named: Named): Promise<ReviewedTheme> {
  requirePermission(actor, 'themes.read');
  return ports.store.transaction(named.tenantId, async (tables) => {
    const stored = await currentTheme(tables, named.themeId);
    if (stored === null) throw notFound();
    return { ...stored, warnings: themeWarnings(stored.document) };
  });
}

/** The default one is there even where nobody stored it. */
async function currentTheme(tables: Tables, themeId: string): Promise<StoredTheme | null> {
  const stored = await tables.themes.current(themeId);
  return stored ?? (themeId === defaultThemeId ? usualStoredTheme : null);
}

/** Newest first. */
export async function listThemeVersions(
  ports: Ports,
  actor: Actor,
  input: Named & { readonly page: PageRequest },
): Promise<Page<VersionHead>> {
  requirePermission(actor, 'themes.read');
  return ports.store.transaction(input.tenantId, async (tables) => {
    if ((await currentTheme(tables, input.themeId)) === null) throw notFound();
    return tables.themes.versions(input.themeId, input.page);
  });
}

export async function getThemeVersion(
  ports: Ports,
  actor: Actor,
  input: Named & { readonly version: number },
): Promise<StoredTheme> {
  requirePermission(actor, 'themes.read');
  const stored = await ports.store.transaction(input.tenantId, (tables) =>
    tables.themes.get(input.themeId, input.version),
  );
  if (stored === null) throw new DomainError('version-not-found', 'The theme has no such version.');
  return stored;
}

/** Every fault and warning of a document that nobody stored yet. */
export async function validateTheme(
  ports: Ports,
  actor: Actor,
  input: { readonly tenantId: TenantId; readonly document: unknown },
): Promise<ThemeReview> {
  requirePermission(actor, 'themes.read');
  return ports.store.transaction(input.tenantId, (tables) => review(tables, input.document));
}

/**
 * A theme that nobody stored yet, as one reader would see it.
 *
 * @throws DomainError `document-invalid`
 */
export async function previewTheme(
  ports: Ports,
  actor: Actor,
  input: Named & { readonly document: unknown; readonly languages: readonly string[] },
): Promise<Theme> {
  requirePermission(actor, 'themes.read');
  const { tenantId, themeId, languages } = input;
  return ports.store.transaction(tenantId, async (tables) => {
    const { faults } = await review(tables, input.document);
    if (faults.length > 0) throw invalid(faults);
    const document = completeTheme(input.document);
    const name = document.name ?? (await tables.tenants.get())?.name ?? '';
    return { ...presentTheme({ themeId, version: 0, document }, languages), name };
  });
}

async function review(tables: Tables, document: unknown): Promise<ThemeReview> {
  const faults = themeFaults(document);
  if (faults.length > 0) return { faults, warnings: [] };
  const theme = completeTheme(document);
  const images = imagesOf(theme);
  const known = await tables.themeImages.known(images.map(({ digest }) => digest));
  return {
    faults: collectFaults((report) => {
      for (const { at, digest } of images) if (!known.has(digest)) report(at, 'no-such-image');
    }),
    warnings: themeWarnings(theme),
  };
}

function imagesOf({ logo, logoDark, backgroundImage }: ThemeDocument) {
  return Object.entries({ logo, logoDark, backgroundImage }).flatMap(([member, digest]) =>
    digest === null ? [] : [{ at: `/${member}`, digest }],
  );
}

const themeIdPattern = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/**
 * Stores a theme as its newest version; `version` is the one that was read before, 0 for a theme that is new.
 *
 * @throws DomainError `document-invalid` with every fault at its place, `version-conflict`
 */
export async function storeTheme(
  ports: Ports,
  actor: Actor,
  input: Named & { readonly document: unknown; readonly version: number; readonly note?: string },
): Promise<ReviewedTheme> {
  requirePermission(actor, 'themes.write');
  const { tenantId, themeId, document, version, note = '' } = input;
  if (!themeIdPattern.test(themeId)) {
    throw new DomainError('input-invalid', 'The id of a theme is lower-case letters, digits, - and _.', {
      particulars: { field: 'themeId' },
    });
  }
  return ports.store.transaction(tenantId, async (tables) => {
    const { faults, warnings } = await review(tables, document);
    if (faults.length > 0) throw invalid(faults);
    const before = (await tables.themes.current(themeId))?.version ?? 0;
    if (before !== version) throw conflict(before);
    if (before === 0 && (await tables.themes.list()).length >= mostThemes) {
      throw new DomainError('input-invalid', `A tenant has at most ${mostThemes} themes.`, {
        particulars: { field: 'themeId' },
      });
    }
    const stored: StoredTheme = {
      themeId,
      version: version + 1,
      document: completeTheme(document),
      createdAt: ports.clock.now(),
      createdBy: actor.name,
      note: note.trim().slice(0, longestNote),
    };
    const { createdAt: at, createdBy: by } = stored;
    if (!(await tables.themes.insert({ ...stored, at, by }))) throw conflict(stored.version);
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'theme.stored',
        target: { kind: 'theme', id: themeId, name: themeId },
        description: `Version ${stored.version} of the theme was stored.${stored.note === '' ? '' : ` ${stored.note}`}`,
        particulars: { version: stored.version, note: stored.note === '' ? null : stored.note },
      },
    );
    return { ...stored, warnings };
  });
}

/** @throws DomainError `theme-not-found`, `theme-in-use` */
export async function deleteTheme(ports: Ports, actor: Actor, named: Named): Promise<void> {
  requirePermission(actor, 'themes.write');
  const { tenantId, themeId } = named;
  await ports.store.transaction(tenantId, async (tables) => {
    if (themeId === defaultThemeId || (await usedThemeId(tables)) === themeId) {
      throw new DomainError('theme-in-use', 'This theme is in use. It was not deleted.');
    }
    if ((await tables.themes.current(themeId)) === null) throw notFound();
    await tables.themes.delete(themeId);
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'theme.deleted',
        target: { kind: 'theme', id: themeId, name: themeId },
        description: 'The theme was deleted with all its versions.',
      },
    );
  });
}

/** Keeps an image that a theme may show from its next version on. The same bytes again are the same image. */
export async function uploadThemeImage(
  ports: Ports,
  actor: Actor,
  input: { readonly tenantId: TenantId; readonly mediaType: ThemeImageType; readonly bytes: Uint8Array },
): Promise<ThemeImage> {
  requirePermission(actor, 'themes.write');
  const image = readThemeImage(input.mediaType, input.bytes);
  const now = ports.clock.now();
  await ports.store.transaction(input.tenantId, async (tables) => {
    await tables.themeImages.deleteUnused(new Date(now.getTime() - imagePatience));
    if ((await tables.themeImages.count()) >= mostImages) {
      throw new DomainError('input-invalid', `A tenant keeps at most ${mostImages} images.`, {
        particulars: { field: 'data', reason: 'too-many' },
      });
    }
    await tables.themeImages.insert(image, now);
  });
  return image;
}

/** Everybody may see it: it is on the page before anybody signed in. */
export async function readImage(
  ports: Pick<Ports, 'store'>,
  input: { readonly tenantId: TenantId; readonly digest: string },
): Promise<ThemeImage | null> {
  return ports.store.transaction(input.tenantId, (tables) => tables.themeImages.get(input.digest));
}

function notFound(): DomainError {
  return new DomainError('theme-not-found', 'There is no such theme.');
}

function invalid(faults: readonly DocumentFault[]): DomainError {
  const [first] = faults;
  return new DomainError(
    'document-invalid',
    `The theme was not saved: ${first?.at === '' ? 'it' : first?.at} ${first?.what}.`,
    { faults },
  );
}

function conflict(newest: number): DomainError {
  return new DomainError(
    'version-conflict',
    'Somebody else changed this theme meanwhile. Nothing was saved; look at the newest version and try again.',
    { particulars: { version: newest } },
  );
}
