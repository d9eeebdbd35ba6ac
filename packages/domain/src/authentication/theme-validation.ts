import { contrastOf, readableContrast } from './contrast.ts';
import { collectFaults, type DocumentFault } from './document-fault.ts';
import { isObject, nullable, object, oneOf, record, type Shape, text } from './document-shape.ts';
import { type ThemeDocument, themeLanguages, usualTheme } from './theme.ts';

const color = text({ maximum: 7, pattern: /^#[0-9a-f]{6}$/, expected: 'a colour like #0f7478' });
const colorNames = Object.keys(usualTheme.colors.light);
const colors = object(Object.fromEntries(colorNames.map((name) => [name, color])));
const digest = text({ maximum: 43, pattern: /^[\w-]{43}$/, expected: 'the digest of an image' });

const labelName = text({
  maximum: 160,
  pattern: /^(factor|enroll_action|portal)\.[\w.:@-]+$/,
  expected: 'a factor, an enroll action or a text of the portal',
});
/** RFC 6749 §3.3. */
const scopeName = text({ maximum: 256, pattern: /^[\x21\x23-\x5b\x5d-\x7e]+$/, expected: 'a scope' });
const short = text({ maximum: 200, pattern: /^\P{Cc}*$/u, expected: 'one line' });
const long = text({ maximum: 1000, pattern: /^[^\p{Cc}]*(\n[^\p{Cc}]*)*$/u, expected: 'plain text' });

const words = object(
  {},
  {
    labels: record(labelName, long, 200),
    scopes: record(scopeName, object({ label: short, description: long }), 200),
  },
);

const themeShape: Shape = object(
  { colors: object({ light: colors, dark: colors }) },
  {
    name: nullable(short),
    logo: nullable(digest),
    logoDark: nullable(digest),
    backgroundImage: nullable(digest),
    defaultLanguage: oneOf(...themeLanguages),
    words: object({}, Object.fromEntries(themeLanguages.map((language) => [language, words]))),
  },
);

/** Every fault of a theme document at its place. Empty: none. */
export function themeFaults(document: unknown): readonly DocumentFault[] {
  return collectFaults((report) => void themeShape(document, '', report));
}

/** A stored or written document with everything that it left out. */
export function completeTheme(document: unknown): ThemeDocument {
  const given = isObject(document) ? document : {};
  const spoken = isObject(given['words']) ? given['words'] : {};
  const completed: Record<keyof ThemeDocument, unknown> = {
    ...usualTheme,
    ...given,
    words: Object.fromEntries(
      Object.entries(spoken).map(([language, own]) => [
        language,
        { labels: {}, scopes: {}, ...(isObject(own) ? own : {}) },
      ]),
    ),
  };
  // Nothing is stored that `themeFaults` did not find to be of this shape, and since then it was only completed.
  return completed as unknown as ThemeDocument;
}

type ColorName = keyof ThemeDocument['colors']['light'];
/** What is read on what. */
const pairs: readonly (readonly [ColorName, ColorName])[] = [
  ['onAccent', 'accent'],
  ['onBackground', 'background'],
  ['text', 'surface'],
  ['link', 'surface'],
];

/** Texts that not everybody could read (WCAG AA). */
export function themeWarnings({ colors: schemes }: ThemeDocument): readonly DocumentFault[] {
  return collectFaults((report) => {
    for (const scheme of ['light', 'dark'] as const) {
      for (const [ink, ground] of pairs) {
        const ratio = contrastOf(schemes[scheme][ink], schemes[scheme][ground]);
        if (ratio >= readableContrast) continue;
        // Rounded down: 4.49 must not be told as the 4.5 that is needed.
        const told = Math.floor(ratio * 10) / 10;
        report(`/colors/${scheme}/${ink}`, 'contrast', { ratio: told, needed: readableContrast, ground });
      }
    }
  });
}
