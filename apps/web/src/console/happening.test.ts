import i18next from 'i18next';
import { describe, expect, test } from 'vitest';
import { de } from '../i18n/de/index.ts';
import { en } from '../i18n/en/index.ts';
import { type Happening, tellHappening } from './happening.ts';

const instance = i18next.createInstance();
await instance.init({
  lng: 'en',
  resources: { en: { translation: en }, de: { translation: de } },
  interpolation: { escapeValue: false },
});
const tell = (language: 'en' | 'de', event: Partial<Happening>) =>
  tellHappening(instance.getFixedT(language), {
    eventId: '018f0000-0000-7000-8000-000000000000',
    at: '2026-01-01T00:00:00.000Z',
    type: 'device.enrolled',
    actor: { kind: 'operator', id: 'o1', name: 'Olivia Operator' },
    target: { kind: 'device', id: 'd1', name: 'YubiKey 5 NFC' },
    outcome: 'success',
    description: 'Enrolled for Alice Liddell (alice).',
    particulars: {},
    requestId: null,
    clientIp: null,
    ...event,
  });

describe('an event of the audit log', () => {
  test('is told in the reader’s language, with the names that it carries', () => {
    expect(tell('en', {})).toBe('YubiKey 5 NFC was enrolled for its owner.');
    expect(tell('de', {})).toBe('YubiKey 5 NFC wurde für die zugewiesene Person registriert.');
    const signedIn = {
      type: 'authentication.completed',
      actor: { kind: 'user', id: 'u1', name: 'alice' },
      target: { kind: 'client', id: 'c1', name: 'Müller & Söhne' },
    };
    expect(tell('de', signedIn)).toBe('alice hat sich bei Müller & Söhne angemeldet.');
    const stored = { type: 'workflow.stored', target: { kind: 'workflow', id: '3', name: 'version 3' } };
    expect(tell('de', stored)).toBe('Version 3 des Ablaufs wurde gespeichert.');
  });

  test('tells dates, numbers and former names in the reader’s way', () => {
    const until = '2026-03-01T12:34:00.000Z';
    const shown = (language: string) =>
      new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(until));
    const issued = { type: 'passkey.enrollment-code-issued', particulars: { until } };
    expect(tell('de', issued)).toContain(` Er gilt bis ${shown('de')}.`);
    expect(tell('en', issued)).toContain(` It is good until ${shown('en')}.`);
    const target = { kind: 'group', id: 'g1', name: 'Vertrieb' };
    const particulars = { added: 1200, removed: 0, before: null };
    expect(tell('de', { type: 'group.changed', target, particulars })).toBe(
      'Die Gruppe Vertrieb wurde geändert. Hinzugefügt: 1.200. Herausgenommen: 0.',
    );
    expect(
      tell('de', {
        type: 'group.changed',
        target,
        particulars: { ...particulars, before: '{{added}} $t(x)' },
      }),
    ).toContain(' Vorheriger Name: {{added}} $t(x). Hinzugefügt: 1.200.');
  });

  test('tells what is not limited, or switched off, as such', () => {
    const limited = (from: string | null, until: string | null) =>
      tell('de', { type: 'passkey.validity-changed', particulars: { from, until } });
    expect(limited(null, null)).toMatch(/ Jederzeit\.$/);
    expect(limited('2026-03-01T12:00:00.000Z', null)).toMatch(/ Ab .+2026.*, ohne Ende\.$/);
    const rules = (refuseBreached: boolean) =>
      tell('de', { type: 'password-policy.stored', particulars: { minimumLength: 12, refuseBreached } });
    expect(rules(true)).toMatch(/Mindestens 12 Zeichen;.+abgelehnt\.$/);
    expect(rules(false)).toMatch(/Mindestens 12 Zeichen;.+angenommen\.$/);
  });

  test('of an older or newer server without such particulars is told as it is', () => {
    const plain = tell('de', { type: 'group.changed', particulars: {} });
    expect(plain).toBe('Die Gruppe YubiKey 5 NFC wurde geändert.');
    for (const particulars of [{ phase: 'moon' }, { constructor: 'x' }, { added: 1 }]) {
      expect(tell('de', { type: 'group.changed', particulars })).toBe(plain);
    }
  });

  test('of a type that the page does not know is told in the log’s own words', () => {
    for (const type of ['device.teleported', 'constructor.name', 'moon', '', 'device.enrolled.twice.over']) {
      const description = 'Something new.';
      expect(tell('de', { type, description }), type).toBe(description);
    }
  });

  test('names nobody where nobody was named', () => {
    const failed = {
      type: 'authentication.failed',
      target: { kind: 'user', id: '', name: '' },
      description: 'AT_FIDO was not proven for sign-in: no such credential.',
    };
    expect(tell('en', failed)).toBe('A factor of somebody unknown was not proven.');
  });

  test('keeps the reason that the operator typed, whatever she typed', () => {
    const revoked = {
      type: 'device.revoked',
      description:
        'Bob can no longer use it at Built-in directory. Reason: Lost. Reason: {{actor}}\n“unknown”',
    };
    expect(tell('de', revoked)).toBe(
      'YubiKey 5 NFC wurde widerrufen: Niemand kann sich mehr damit anmelden. Grund: Lost. Reason: {{actor}}\n“unknown”',
    );
    const suspended = { type: 'passkey.suspended', description: 'It was ACTIVE before.' };
    expect(tell('de', suspended)).toBe('Der Passkey YubiKey 5 NFC wurde ausgesetzt.');
  });

  test('of an enrollment that ended badly says why', () => {
    const target = { kind: 'enrollment', id: 'e1', name: 'alice' };
    const failed = (description: string) =>
      tell('de', { type: 'enrollment.failed', outcome: 'failure', target, description });
    expect(failed('POLICY_UNMET (minPinLength): The key can not.')).toBe(
      'Die Registrierung für alice ist fehlgeschlagen. Dieser Schlüssel kann nicht, was die Richtlinie verlangt: minPinLength.',
    );
    expect(failed('operator-cancelled: You cancelled.')).toBe(
      'Die Registrierung für alice ist fehlgeschlagen. Die Bedienperson hat abgebrochen.',
    );
    expect(failed('toString: no code of ours')).toBe('Die Registrierung für alice ist fehlgeschlagen.');
    expect(failed('')).toBe('Die Registrierung für alice ist fehlgeschlagen.');
  });
});
