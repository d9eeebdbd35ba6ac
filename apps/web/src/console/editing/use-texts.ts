import { useTranslation } from 'react-i18next';
import { editor as german } from '../../i18n/de/editor.ts';
import { editor as english } from '../../i18n/en/editor.ts';

/** The editors' texts come with the editors: whoever assigns keys does not fetch them. */
export function useTexts() {
  const { i18n } = useTranslation();
  if (!i18n.hasResourceBundle('en', 'editor')) {
    i18n.addResourceBundle('en', 'editor', english);
    i18n.addResourceBundle('de', 'editor', german);
  }
  return useTranslation('editor');
}
