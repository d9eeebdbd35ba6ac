import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { de as accountDe } from '../portal/account/words/de.ts';
import { en as accountEn } from '../portal/account/words/en.ts';
import { es as accountEs } from '../portal/account/words/es.ts';
import { fr as accountFr } from '../portal/account/words/fr.ts';
import { de as portalDe } from '../portal/words/de.ts';
import { en as portalEn } from '../portal/words/en.ts';
import { es as portalEs } from '../portal/words/es.ts';
import { fr as portalFr } from '../portal/words/fr.ts';
import { errorCodes } from './codes.ts';
import { de } from './de/index.ts';
import { en } from './en/index.ts';

/** Every text with its path, functions called with their parameter's own name. */
function textsOf(tree: object, prefix = ''): readonly (readonly [string, string])[] {
  return Object.entries(tree).flatMap(([key, value]: [string, unknown]) => {
    const name = `${prefix}${key}`;
    if (typeof value === 'string') return [[name, value] as const];
    if (typeof value === 'function') return [[name, String(value('{{name}}'))] as const];
    return typeof value === 'object' && value !== null ? textsOf(value, `${name}.`) : [];
  });
}
const pathsOf = (tree: object) => textsOf(tree).map(([name]) => name);
const placeholders = (text: string) => (text.match(/\{\{\w+(, \w+)?\}\}/g) ?? []).sort();

describe('all languages', () => {
  test('have the same texts', () => {
    expect(pathsOf(de)).toEqual(pathsOf(en));
    for (const words of [portalDe, portalFr, portalEs]) expect(pathsOf(words)).toEqual(pathsOf(portalEn));
    for (const words of [accountDe, accountFr, accountEs]) {
      expect(pathsOf(words)).toEqual(pathsOf(accountEn));
    }
  });

  test('leave the same places open', () => {
    const german = new Map(textsOf(de));
    for (const [name, text] of textsOf(en)) {
      expect([name, ...placeholders(german.get(name) ?? '')]).toEqual([name, ...placeholders(text)]);
    }
  });

  test('say nothing with an exclamation mark, and nothing is empty', () => {
    for (const [name, text] of [
      en,
      de,
      portalEn,
      portalDe,
      portalFr,
      portalEs,
      accountEn,
      accountDe,
      accountFr,
      accountEs,
    ].flatMap((tree) => textsOf(tree))) {
      expect(text.trim(), name).not.toBe('');
      expect(text, name).not.toContain('!');
    }
  });

  test('speak of keys and passkeys, not of tokens, dongles or authenticators', () => {
    // What a directory is given to provision with is called a token by every directory.
    const allowed = [
      'signIn.field',
      'signIn.fieldHint',
      'errors.bearer-invalid.do',
      'errors.provisioning-token-not-found.happened',
      'happenings.provisioning-token.issued',
      'happenings.provisioning-token.revoked',
    ];
    for (const [name, text] of [en, portalEn, accountEn].flatMap((tree) => textsOf(tree))) {
      if (!allowed.includes(name)) expect(text, name).not.toMatch(/\b(token|dongle|authenticator)s?\b/i);
    }
  });
});

describe('errors', () => {
  test('every code that a page can meet has its three parts, and no text is left without a code', () => {
    for (const errors of [en.errors, de.errors]) {
      expect(Object.keys(errors).sort()).toEqual([...new Set<string>(errorCodes)].sort());
      for (const [code, text] of Object.entries(errors)) {
        expect(Object.keys(text), code).toEqual(['happened', 'now', 'do']);
      }
    }
  });

  test('stand in one room alone, the same in each language', async () => {
    const roomsOf = async (language: string) => {
      const folder = new URL(`./${language}/errors/`, import.meta.url);
      const rooms = readdirSync(folder).map(async (file) => {
        const room = Object.values<object>(await import(new URL(file, folder).href));
        return [file, room.flatMap((texts) => Object.keys(texts))] as const;
      });
      return Promise.all(rooms);
    };
    const english = await roomsOf('en');
    expect(english.flatMap(([, codes]) => codes).sort()).toEqual(Object.keys(en.errors).sort());
    expect(await roomsOf('de')).toEqual(english);
  });

  test('no bare code reaches a person', () => {
    for (const [name, text] of [en.errors, de.errors].flatMap((tree) => textsOf(tree))) {
      expect(text, name).not.toMatch(/[A-Z]{2,}_[A-Z]/);
    }
  });
});

describe('the labels of the assignment', () => {
  test('stay to the letter', () => {
    expect(en.assign.title).toBe('FIDO Key Management');
    expect(en.service.connect).toBe('Connect to Service');
    expect(en.service.connected).toBe('Service Connected');
    expect(en.assign.configureAndAssign).toBe('Configure & Assign Device');
    expect(en.assign.assign).toBe('Assign Device');
    expect(en.success.title).toBe('Enrollment Successful');
    expect(en.success.back).toBe('Back to Fido Keys');
    expect(en.status).toMatchObject({
      NOT_CONFIGURED: 'Not Configured',
      READY: 'Ready',
      CONFIGURED: 'Configured',
      REVOKED: 'Revoked',
    });
  });
});
