import { describe, expect, it } from 'vitest';
import { tagsByQuality } from './languages.ts';
import { composeMail, isMailAddress } from './mail-composition.ts';
import { type MailTopic, mailLanguageOf, mailLanguages } from './mail-words.ts';

const topics: readonly MailTopic[] = [
  { about: 'one-time-code', code: '12345678', minutes: 5 },
  { about: 'passkey-added', name: 'Blue key' },
  { about: 'passkey-removed', name: 'Blue key' },
  { about: 'one-time-code-app-added', name: 'Phone' },
  { about: 'one-time-code-app-removed', name: 'Phone' },
  { about: 'password-changed' },
];

describe('a mail', () => {
  it.each(
    mailLanguages.flatMap((language) => topics.map((topic) => [language, topic.about, topic] as const)),
  )('in %s about %s says the same as text and as HTML, and whose it is', (language, _about, topic) => {
    const { subject, text, html } = composeMail(topic, { language, name: 'Alice', where: 'Acme' });
    expect(subject).toContain('Acme');
    expect(text).toContain('Alice');
    expect(html).toContain(`<html lang="${language}">`);
    const words = html
      .replaceAll(/<style[\s\S]*?<\/style>|<title>.*?<\/title>|<[^>]+>/g, ' ')
      .replaceAll('&#39;', "'");
    const squeeze = (value: string) => value.replaceAll(/\s+/g, ' ').trim();
    expect(squeeze(words)).toBe(squeeze(text));
    if ('name' in topic) expect(text).toContain(topic.name);
    if (topic.about === 'one-time-code') expect(text).toContain('\n\n    12345678\n\n');
  });

  it('is all text, whatever names hold: no header, no markup, no direction marks', () => {
    const nasty = 'A\r\nBcc: x@y.example\u202E\u2028<img src=x onerror=alert(1)>"&\'';
    const mail = composeMail(
      { about: 'passkey-added', name: nasty },
      { language: 'en', name: nasty, where: nasty },
    );
    expect(mail.subject).not.toMatch(/[\r\n\u202e\u2028]/);
    expect(mail.html).not.toContain('<img');
    expect(mail.text).not.toMatch(/[\u202e\u2028]|\r/);
    expect(mail.text.split('\n').filter((line) => line.startsWith('Bcc'))).toEqual([]);
  });

  it('goes in the first language that there are words for', () => {
    expect(mailLanguageOf(['nl', 'pt-BR', 'fr-CA', 'en'])).toBe('fr');
    expect(mailLanguageOf(['de_AT'])).toBe('de');
    expect(mailLanguageOf(['deu', 'xx', '*', ''])).toBeNull();
    expect(mailLanguageOf([])).toBeNull();
  });

  it('knows of a list with qualities which is the best, and what is not wanted at all', () => {
    expect(tagsByQuality('da, en-GB;q=0.8, es ; q=0.9,de;q=0,,*;q=0.1')).toEqual(['da', 'es', 'en-GB', '*']);
    expect(tagsByQuality('')).toEqual([]);
    expect(tagsByQuality('a,'.repeat(2000)).length).toBeLessThanOrEqual(16);
  });
});

describe('an address', () => {
  it.each(['alice@demo.example', 'a.b+c@d.example', 'ümlaut@bücher.example', "o'neil@x.example"])(
    '%s is one',
    (address) => {
      expect(isMailAddress(address)).toBe(true);
    },
  );

  it.each([
    '',
    'alice',
    '@x.example',
    'a@b@c',
    'a b@c.example',
    'a@c.example\r\nBcc: d@e.example',
    'a@b.example,c@d.example',
    'A <a@b.example>',
    '"a b"@c.example',
    'a@[127.0.0.1]',
    `${'a'.repeat(65)}@b.example`,
    `a@${'b'.repeat(260)}`,
  ])('“%s” is none', (address) => {
    expect(isMailAddress(address)).toBe(false);
  });
});
