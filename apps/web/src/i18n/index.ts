import i18next, { type i18n } from 'i18next';
import LanguageDetector from 'i18next-browser-languagedetector';
import { initReactI18next } from 'react-i18next';
import { en } from './en/index.ts';

export const languages = ['en', 'de'] as const;
export type Language = (typeof languages)[number];

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
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
