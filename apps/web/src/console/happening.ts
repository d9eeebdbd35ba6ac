import type { EventPage } from '@keywarden/api';
import type { TFunction } from 'i18next';
import { isErrorCode } from '../i18n/codes.ts';
import { ends, happenings } from '../i18n/en/happenings.ts';
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
  const why = whyOf(t, noun, event);
  return why === null ? words : `${words} ${why}`;
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
