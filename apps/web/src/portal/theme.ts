import { Theme, type ThemeColors } from '@keywarden/api/authn';
import { Check } from 'typebox/schema';

export interface ThemeWish {
  readonly themeId: string | null;
  readonly language: string;
}

/** Whose sign-in this is; null where that can't be told: a page without a brand is better than none. */
export async function readTheme(
  { base, fetch }: { readonly base: string; readonly fetch: typeof globalThis.fetch },
  { themeId, language }: ThemeWish,
): Promise<Theme | null> {
  const query = new URLSearchParams({ lang: language, ...(themeId !== null && { theme_id: themeId }) });
  try {
    const response = await fetch(`${base}/theme?${query}`);
    const body: unknown = await response.json();
    return Check(Theme, body) ? body : null;
  } catch {
    return null;
  }
}

const properties: Readonly<Record<keyof ThemeColors, readonly string[]>> = {
  accent: ['--accent', '--brand'],
  onAccent: ['--on-accent'],
  background: ['--ground'],
  onBackground: ['--on-ground'],
  surface: ['--surface'],
  text: ['--ink'],
  link: ['--accent-ink', '--focus'],
};

/** Custom properties and their values, for both colour schemes at once: the browser knows which holds. */
export function themeProperties({ colors, background_image }: Theme): readonly (readonly [string, string])[] {
  const names = Object.keys(properties) as (keyof ThemeColors)[];
  return [
    ...names.flatMap((name) =>
      properties[name].map(
        (property) => [property, `light-dark(${colors.light[name]}, ${colors.dark[name]})`] as const,
      ),
    ),
    ...(background_image === null
      ? []
      : [['--background-image', `url("${encodeURI(background_image)}")`] as const]),
  ];
}

/** Through the style sheet object model: a strict policy has no word against it, and nothing is parsed as markup. */
export function applyTheme(root: HTMLElement, theme: Theme): void {
  for (const [property, value] of themeProperties(theme)) root.style.setProperty(property, value);
}

/** A text of the tenant's own, where she reads it in the same language as the rest of the page. */
export function labelOf(
  theme: Pick<Theme, 'labels' | 'language'> | null,
  name: string,
  language: string,
): string | null {
  return theme?.language === language ? (theme.labels[name] ?? null) : null;
}
