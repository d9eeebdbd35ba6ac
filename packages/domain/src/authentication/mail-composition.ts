import type { MailMessage } from '../ports/index.ts';
import { type MailLanguage, type MailTopic, mailFrames, mailWriters } from './mail-words.ts';

/**
 * An address that a mail may go to: one mailbox, nothing quoted, no list, no display name, no line break. Stricter than
 * RFC 5321, and what directories have.
 */
export function isMailAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s@<>()[\]\\,;:"\p{Cc}]{1,64}@[^\s@<>()[\]\\,;:"\p{Cc}]+$/u.test(text);
}

/** Text and HTML of the same content; names come from people and are shown as the text that they are. */
export function composeMail(
  topic: MailTopic,
  options: { readonly language: MailLanguage; readonly name: string; readonly where: string },
): Pick<MailMessage, 'subject' | 'text' | 'html' | 'language'> {
  const { language } = options;
  const where = onOneLine(options.where);
  const { greeting, closing } = mailFrames[language];
  const named = 'name' in topic ? { ...topic, name: onOneLine(topic.name) } : topic;
  const { subject, body, code } = mailWriters[language](named, where);
  const [first = '', ...rest] = body;
  const hello = greeting(onOneLine(options.name));
  const paragraphs = [hello, first, ...(code === undefined ? [] : [`    ${code}`]), ...rest, closing];
  const html = [
    paragraph(hello),
    paragraph(first),
    ...(code === undefined ? [] : [`<p style="font:700 28px/1.4 monospace;letter-spacing:4px">${code}</p>`]),
    ...rest.map(paragraph),
    `<p style="color:#666;font-size:13px">${escaped(closing)}</p>`,
  ];
  return {
    subject,
    language,
    text: `${paragraphs.join('\n\n')}\n`,
    html: `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><title>${escaped(subject)}</title></head>
<body style="font:16px/1.5 sans-serif;max-width:36em;margin:24px auto;padding:0 16px">
${html.join('\n')}
</body></html>
`,
  };
}

/** Whatever ends a line (and with it a header), or makes a text look like another, is a space. */
function onOneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ')
    .trim()
    .slice(0, 200);
}

function paragraph(text: string): string {
  return `<p>${escaped(text)}</p>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
