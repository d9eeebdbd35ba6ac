import { en, type Words } from './en.ts';

export type { Words } from './en.ts';

/** The first of the reader's languages that we speak; German comes in its own file. */
export async function chooseWords(
  languages: readonly string[],
): Promise<{ readonly words: Words; readonly language: string }> {
  const spoken = languages
    .map((tag) => tag.slice(0, 2).toLowerCase())
    .find((tag) => tag === 'en' || tag === 'de');
  if (spoken !== 'de') return { words: en, language: 'en' };
  const { de } = await import('./de.ts');
  return { words: de, language: 'de' };
}
