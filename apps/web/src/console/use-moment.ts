import { useTranslation } from 'react-i18next';

/** A day and its time as the reader writes them: for what ends, which "in 3 days" would say too loosely. */
export function useMoment(): (at: string) => string {
  const { i18n } = useTranslation();
  return (at) =>
    new Intl.DateTimeFormat(i18n.language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));
}
