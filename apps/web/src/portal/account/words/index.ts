import { type AccountWords, en } from './en.ts';

export type { AccountWords } from './en.ts';

const spoken: Readonly<Record<string, () => Promise<AccountWords>>> = {
  de: async () => (await import('./de.ts')).de,
  fr: async () => (await import('./fr.ts')).fr,
  es: async () => (await import('./es.ts')).es,
};

/** In the language of the portal's words; English where the file does not come. */
export async function accountWords(language: string): Promise<AccountWords> {
  try {
    return (await spoken[language]?.()) ?? en;
  } catch {
    return en;
  }
}
