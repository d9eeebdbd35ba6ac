import { isObject, type MetadataEntry, text } from './entry.ts';

/** An image that a page may show in `<img>`; a script in SVG doesn't run there. */
const image = /^data:image\/(png|svg\+xml|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}$/;

/**
 * What to call the model: the vendor's friendly name (FIDO MDS 3.1), else the statement's description.
 *
 * @param language for example `de-DE`; where the vendor has none of it, the English one
 * @returns null where the entry has no statement or the statement no name
 */
export function modelName(entry: MetadataEntry, language = 'en-US'): string | null {
  const { statement } = entry;
  return (
    inLanguage(statement?.['friendlyNames'], language) ??
    inLanguage(statement?.['alternativeDescriptions'], language) ??
    inLanguage(statement?.['friendlyNames'], 'en-US') ??
    text(statement?.['description'])
  );
}

/** The model's icon as a data URL, null where there is none that a page may show. */
export function modelIcon(entry: MetadataEntry, background: 'light' | 'dark' = 'light'): string | null {
  const { statement } = entry;
  const dark = background === 'dark' ? text(statement?.['iconDark']) : null;
  const icon = dark ?? text(statement?.['icon']);
  return icon !== null && image.test(icon) ? icon : null;
}

function inLanguage(names: unknown, language: string): string | null {
  return isObject(names) && Object.hasOwn(names, language) ? text(names[language]) : null;
}
