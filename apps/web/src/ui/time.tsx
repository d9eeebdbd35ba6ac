import { useTranslation } from 'react-i18next';

const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** "3 minutes ago" in the reader's language. */
export function relativeTime(from: Date, now: Date, language: string): string {
  const seconds = Math.round((from.getTime() - now.getTime()) / 1000);
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  for (const [unit, length] of units) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return format.format(seconds > -45 ? 0 : seconds, 'second');
}

/** Relative, the absolute one on hover. */
export function Time({ at }: { readonly at: string }) {
  const { i18n } = useTranslation();
  const date = new Date(at);
  const absolute = new Intl.DateTimeFormat(i18n.language, {
    dateStyle: 'medium',
    timeStyle: 'medium',
  }).format(date);
  return (
    <time dateTime={at} title={absolute}>
      {relativeTime(date, new Date(), i18n.language)}
    </time>
  );
}

/** 0:12 */
export function clockTime(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
