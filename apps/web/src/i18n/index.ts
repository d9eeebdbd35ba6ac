import i18next, { type i18n } from 'i18next';
import LanguageDetector from 'i18next-browser-languagedetector';
import { initReactI18next } from 'react-i18next';
import type { ErrorText } from './codes.ts';
import type { editor } from './en/editor.ts';
import { en } from './en/index.ts';

export const languages = ['en', 'de'] as const;
export type Language = (typeof languages)[number];

type Words = Readonly<Record<string, string>>;

/** That no code lacks its texts, their own type says; a key for each of them is more than the compiler can hold. */
type Texts = Omit<typeof en, 'errors' | 'happenings' | 'ends'> & {
  readonly errors: Readonly<Record<string, ErrorText>>;
  readonly happenings: Readonly<Record<string, Words>>;
  readonly ends: Words;
};

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: Texts; editor: typeof editor };
    returnNull: false;
  }
}

/** The console in the reader's language; German comes in its own file, fetched where it is wanted. */
export async function createI18n(): Promise<i18n> {
  const instance = i18next.createInstance();
  await instance
    .use(LanguageDetector)
    .use(initReactI18next)
    .init({
      resources: { en: { translation: en } },
      supportedLngs: languages,
      nonExplicitSupportedLngs: true,
      load: 'languageOnly',
      fallbackLng: 'en',
      partialBundledLanguages: true,
      detection: {
        order: ['localStorage', 'navigator'],
        caches: [],
        lookupLocalStorage: 'keywarden.language',
      },
      // React escapes what it renders.
      interpolation: { escapeValue: false },
    });
  await setLanguage(
    instance,
    instance.resolvedLanguage === 'de' || instance.language.startsWith('de') ? 'de' : 'en',
  );
  return instance;
}

export async function setLanguage(instance: i18n, language: Language): Promise<void> {
  if (language === 'de' && !instance.hasResourceBundle('de', 'translation')) {
    const { de } = await import('./de/index.ts');
    instance.addResourceBundle('de', 'translation', de);
  }
  await instance.changeLanguage(language);
  document.documentElement.lang = language;
}

export function rememberLanguage(language: Language): void {
  localStorage.setItem('keywarden.language', language);
}
