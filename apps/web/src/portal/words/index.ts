import { en, type Words } from './en.ts';

export type { FaultWords, Words } from './en.ts';

/** English is there at once, for want of anything better; the others come when somebody reads them. */
const spoken: Readonly<Record<string, () => Promise<Words>>> = {
  en: async () => en,
  de: async () => (await import('./de.ts')).de,
  fr: async () => (await import('./fr.ts')).fr,
  es: async () => (await import('./es.ts')).es,
};

export interface ChosenWords {
  readonly words: Words;
  readonly language: string;
}

/** The first of the reader's languages that we speak. */
export async function chooseWords(languages: readonly string[]): Promise<ChosenWords> {
  const language = languages
    .map((tag) => tag.split('-', 1)[0]?.toLowerCase() ?? '')
    .find((tag) => Object.hasOwn(spoken, tag));
  try {
    const words = await spoken[language ?? 'en']?.();
    if (language !== undefined && words !== undefined) return { words, language };
  } catch {
    // The file did not come: English is better than nothing.
  }
  return { words: en, language: 'en' };
}
