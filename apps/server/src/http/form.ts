import { HttpRefusal } from './refusal.ts';

/**
 * `application/x-www-form-urlencoded`. Clients of authentication services send JSON under this label, too; a form never
 * begins with a brace, for it is percent-encoded.
 */
export function parseForm(text: string): Record<string, unknown> {
  if (text.trimStart().startsWith('{')) return parseObject(text);
  const fields: Record<string, unknown> = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) {
    // RFC 6749 §3.1: parameters MUST NOT be included more than once.
    if (name in fields) throw malformed(`the parameter ${name.slice(0, 64)} is there twice`);
    fields[name] = value;
  }
  return { ...fields };
}

function parseObject(text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text, (key, value: unknown) => {
      if (key === '__proto__') throw malformed('a member can not be named __proto__');
      return value;
    });
  } catch (cause) {
    throw cause instanceof HttpRefusal ? cause : malformed('the JSON of the body is not complete', cause);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw malformed('no JSON object');
  return { ...parsed };
}

function malformed(detail: string, cause?: unknown): HttpRefusal {
  return new HttpRefusal('request-malformed', 'The request can not be read.', {
    advice: `Check the body: ${detail}.`,
    cause,
  });
}
