import { type AccountWords, en } from './en.ts';

export type { AccountWords } from './en.ts';

const spoken: Readonly<Record<string, () => Promise<AccountWords>>> = {
  de: async () => (await import('./de.ts')).de,
  fr: async () => (await import('./fr.ts')).fr,
  es: async () => (await import('./es.ts')).es,
};

/** Rejects where the file does not come. */
export async function loadAccountWords(tag: string): Promise<AccountWords> {
  return (await spoken[tag]?.()) ?? en;
}
