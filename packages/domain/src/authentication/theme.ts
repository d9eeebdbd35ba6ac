import { DomainError } from '../errors.ts';
import type { Ports, Tables } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { usualLabels, usualScopes } from './theme-words.ts';

/** Languages in which a theme may speak. */
export const themeLanguages = ['en', 'de', 'fr', 'es'] as const;
export type ThemeLanguage = (typeof themeLanguages)[number];

/** One colour scheme; `#rrggbb`, lower case. */
export interface ThemeColors {
  readonly accent: string;
  readonly onAccent: string;
  /** The page around the card. */
  readonly background: string;
  readonly onBackground: string;
  /** The card. */
  readonly surface: string;
  readonly text: string;
  /** Links and quiet buttons on the card. */
  readonly link: string;
}

export interface ScopeWords {
  readonly label: string;
  readonly description: string;
}

/** What a tenant says in one language. What is absent is said as usual. */
export interface ThemeWords {
  /** By what they name: `factor.fido`, `enroll_action.fido.description`, `portal.help`. */
  readonly labels: Readonly<Record<string, string>>;
  /** By scope. */
  readonly scopes: Readonly<Record<string, ScopeWords>>;
}

/** How a tenant's sign-in pages look and speak. Stored in versions and read as a whole. */
export interface ThemeDocument {
  /** Whose sign-in this is; null: the tenant's own name. */
  readonly name: string | null;
  /** Digests of images that were uploaded before. */
  readonly logo: string | null;
  /** null: `logo` in the dark too. */
  readonly logoDark: string | null;
  readonly backgroundImage: string | null;
  readonly colors: { readonly light: ThemeColors; readonly dark: ThemeColors };
  /** Spoken where none of the reader's languages is known. */
  readonly defaultLanguage: ThemeLanguage;
  readonly words: Readonly<Partial<Record<ThemeLanguage, ThemeWords>>>;
}

export interface StoredTheme {
  readonly themeId: string;
  readonly version: number;
  readonly document: ThemeDocument;
  readonly createdAt: Date;
  /** The name of who stored it. */
  readonly createdBy: string;
  /** What she said of it. */
  readonly note: string;
}

/** What every tenant has until it stores one of its own. */
export const usualTheme: ThemeDocument = {
  name: null,
  logo: null,
  logoDark: null,
  backgroundImage: null,
  colors: {
    light: {
      accent: '#0f7478',
      onAccent: '#ffffff',
      background: '#f3f6f6',
      onBackground: '#1b2224',
      surface: '#ffffff',
      text: '#1b2224',
      link: '#0b6064',
    },
    dark: {
      accent: '#0f7478',
      onAccent: '#ffffff',
      background: '#0f1315',
      onBackground: '#e6ebec',
      surface: '#171d1f',
      text: '#e6ebec',
      link: '#75bfc0',
    },
  },
  defaultLanguage: 'en',
  words: {},
};

/** The theme that is there when nobody asks for another. */
export const defaultThemeId = 'default';

export const usualStoredTheme: StoredTheme = {
  themeId: defaultThemeId,
  version: 0,
  document: usualTheme,
  createdAt: new Date(0),
  createdBy: '',
  note: '',
};

/** A theme as one reader sees it. */
export interface Theme extends Pick<ThemeDocument, 'logo' | 'logoDark' | 'backgroundImage' | 'colors'> {
  readonly themeId: string;
  /** 0: the usual one. */
  readonly version: number;
  readonly name: string;
  readonly language: ThemeLanguage;
  readonly labels: Readonly<Record<string, string>>;
  readonly scopes: Readonly<Record<string, ScopeWords>>;
}

/**
 * The theme of that id; where none is asked for, or it is not there, the one that the workflow names: a page without a
 * brand is better than none.
 */
export async function readTheme(
  ports: Pick<Ports, 'store'>,
  input: {
    readonly tenantId: TenantId;
    readonly themeId: string | null;
    /** BCP 47 tags, the best first. */
    readonly languages: readonly string[];
  },
): Promise<Theme> {
  const { tenant, stored } = await ports.store.transaction(input.tenantId, async (tables) => ({
    tenant: await tables.tenants.get(),
    stored: await wornTheme(tables, input.themeId),
  }));
  if (tenant === null) throw new DomainError('tenant-not-found', 'There is no such tenant.');
  return { ...presentTheme(stored, input.languages), name: stored.document.name ?? tenant.name };
}

async function wornTheme(tables: Tables, themeId: string | null): Promise<StoredTheme> {
  const asked = themeId === null ? null : await tables.themes.current(themeId);
  if (asked !== null) return asked;
  if (themeId === defaultThemeId) return usualStoredTheme;
  return findTheme(tables, (await tables.workflows.current())?.document.theme_id ?? defaultThemeId);
}

/** The one of that id, else the tenant's default, else the usual one. */
export async function findTheme(tables: Tables, themeId: string): Promise<StoredTheme> {
  const asked = await tables.themes.current(themeId);
  if (asked !== null) return asked;
  const own = themeId === defaultThemeId ? null : await tables.themes.current(defaultThemeId);
  return own ?? usualStoredTheme;
}

/**
 * Words in the best language: the tenant's own, else the usual ones, else the tenant's own in its default language.
 */
export function presentTheme(
  { themeId, version, document }: Pick<StoredTheme, 'themeId' | 'version' | 'document'>,
  languages: readonly string[],
): Omit<Theme, 'name'> {
  const language = chooseLanguage(languages) ?? document.defaultLanguage;
  const own = document.words[language];
  const fallback = document.words[document.defaultLanguage];
  const { logo, logoDark, backgroundImage, colors } = document;
  return {
    themeId,
    version,
    logo,
    logoDark,
    backgroundImage,
    colors,
    language,
    labels: { ...fallback?.labels, ...usualLabels[language], ...own?.labels },
    scopes: { ...fallback?.scopes, ...usualScopes[language], ...own?.scopes },
  };
}

/** The first that we speak, by its primary language subtag (RFC 4647 §3.4, lookup). */
export function chooseLanguage(languages: readonly string[]): ThemeLanguage | null {
  for (const tag of languages) {
    const primary = tag.split('-', 1)[0]?.toLowerCase();
    const known = themeLanguages.find((language) => language === primary);
    if (known !== undefined) return known;
  }
  return null;
}
