import type { EventPage } from '@keywarden/api';
import type { TFunction } from 'i18next';
import { isErrorCode } from '../i18n/codes.ts';
import { ends, happenings } from '../i18n/en/happenings.ts';
import { particulars as sentences } from '../i18n/en/particulars.ts';
import { explainCode } from './explain.ts';

export type Happening = EventPage['items'][number];

const told: Readonly<Record<string, Readonly<Record<string, string>>>> = happenings;

/**
 * What happened, in the reader's language. The log itself is kept in English; that is what is told of a type for which this page
 * has no words, because the server is newer.
 */
export function tellHappening(t: TFunction, event: Happening): string {
  const [noun = '', deed = '', ...more] = event.type.split('.');
  const deeds = Object.hasOwn(told, noun) ? told[noun] : undefined;
  if (deeds === undefined || !Object.hasOwn(deeds, deed) || more.length > 0) return event.description;
  const { actor, target } = event;
  const words = t(`happenings.${noun}.${deed}`, {
    actor: actor.name || t('events.somebody'),
    target: target.name || t('events.somebody'),
    id: target.id,
  });
  const added = particularsOf(t, event) ?? whyOf(t, noun, event);
  return added === null ? words : `${words} ${added}`;
}

const points = ['from', 'until'] as const;
const moment: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short' };

/** Dates, numbers and former names; null: the event has none, or the page no words for them. */
function particularsOf(t: TFunction, { type, particulars }: Happening): string | null {
  if (Object.keys(particulars).length === 0) return null;
  const given = Object.entries(particulars).filter(([, value]) => value !== null && value !== false);
  const key =
    given
      .map(([name]) => name)
      .sort()
      .join('-') || 'none';
  let texts: unknown = sentences;
  for (const part of [...type.split('.'), key]) {
    if (typeof texts !== 'object' || texts === null || !Object.hasOwn(texts, part)) return null;
    texts = Reflect.get(texts, part);
  }
  if (typeof texts !== 'string') return null;
  const values = new Map<string, unknown>(given);
  for (const name of points) {
    const value = values.get(name);
    if (value !== undefined) values.set(name, new Date(String(value)));
  }
  const formatParams = Object.fromEntries(points.map((name) => [name, moment]));
  return t(`particulars.${type}.${key}`, { ...Object.fromEntries(values), formatParams, defaultValue: '' });
}

/** Of what the log says beyond its type: the reason that an operator typed, and the code with which an enrollment ended. */
function whyOf(t: TFunction, noun: string, { description, target }: Happening): string | null {
  if (noun === 'device' || noun === 'passkey') {
    const reason = /(?:^|\. )Reason: (.+)$/s.exec(description)?.[1];
    return reason === undefined ? null : t('events.reason', { reason });
  }
  if (noun !== 'enrollment') return null;
  const [, code = '', field = null] = /^([\w-]+)(?: \((.*?)\))?: /.exec(description) ?? [];
  if (Object.hasOwn(ends, code)) return t(`ends.${code}`);
  if (!isErrorCode(code)) return null;
  const said = { code, title: null, detail: null, reference: null };
  return explainCode(t, said, { username: target.name, field }).title;
}
