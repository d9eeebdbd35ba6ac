import { firstSpoken } from '../speech.ts';
import { en, type Words } from './en.ts';

export type { FaultWords, Words } from './en.ts';

/** English is there at once, for want of anything better; the others come when somebody reads them. */
const spoken: Readonly<Record<string, () => Promise<Words>>> = {
  de: async () => (await import('./de.ts')).de,
  fr: async () => (await import('./fr.ts')).fr,
  es: async () => (await import('./es.ts')).es,
};

/** Rejects where the file does not come. */
export async function loadWords(tag: string): Promise<Words> {
  return (await spoken[tag]?.()) ?? en;
}

export interface ChosenWords {
  readonly words: Words;
  readonly language: string;
}

/** The first of the reader's languages that we speak. */
export async function chooseWords(languages: readonly string[]): Promise<ChosenWords> {
  const language = firstSpoken(languages)?.tag ?? 'en';
  try {
    return { words: await loadWords(language), language };
  } catch {
    // The file did not come: English is better than nothing.
    return { words: en, language: 'en' };
  }
}
