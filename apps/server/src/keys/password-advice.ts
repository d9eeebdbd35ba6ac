import { createHash } from 'node:crypto';
import type { PasswordAdvice } from '@keywarden/domain';

/** Shorter ones are refused for their length. */
const shortest = 8;
/** Milliseconds. */
const timeout = 2_000;
/** Bytes; a padded range has about 35 kB. */
const largest = 512 * 1024;

export interface PasswordAdviceOptions {
  /** Ends in a slash, the first five digits are put behind it; null: nobody is asked. */
  readonly breachedPasswordsUrl: string | null;
  readonly fetch: typeof fetch;
  readonly log: { warn(details: Readonly<Record<string, unknown>>, message: string): void };
}

/** The list of common passwords costs some 17 MB and 70 ms; it is read when first asked for, which no sign-in does. */
export function createPasswordAdvice(options: PasswordAdviceOptions): PasswordAdvice {
  const { breachedPasswordsUrl } = options;
  let common: Promise<ReadonlySet<string>> | undefined;
  return {
    async isCommon(folded) {
      common ??= readCommonPasswords();
      return (await common).has(folded);
    },
    isBreached:
      breachedPasswordsUrl === null
        ? null
        : async (password) => {
            try {
              return (await isListed(password, { ...options, url: breachedPasswordsUrl }))
                ? 'breached'
                : 'not-found';
            } catch (error) {
              options.log.warn({ err: error }, 'a password could not be looked up among breached ones');
              return 'unknown';
            }
          },
  };
}

async function readCommonPasswords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  const words: unknown = dictionary['passwords-common'];
  if (!Array.isArray(words)) throw new Error('the list of common passwords is not where it was');
  return new Set(words.filter((word): word is string => typeof word === 'string' && word.length >= shortest));
}

/**
 * The range API of Have I Been Pwned: five of the forty digits of the SHA-1 leave, which some thousand passwords share, and
 * the answer is padded so that its length says nothing either.
 */
async function isListed(
  password: string,
  { url, fetch }: { readonly url: string; readonly fetch: typeof globalThis.fetch },
): Promise<boolean> {
  const digest = createHash('sha1').update(password.normalize('NFC')).digest('hex').toUpperCase();
  const response = await fetch(`${url}${digest.slice(0, 5)}`, {
    headers: { 'add-padding': 'true', accept: 'text/plain' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeout),
  });
  if (!response.ok) throw new Error(`the list of breached passwords answered ${response.status}`);
  const rest = digest.slice(5);
  // A padding entry has the count 0.
  return (await boundedText(response)).split(/\r?\n/).some((line) => {
    const [suffix = '', count = ''] = line.split(':');
    return suffix.toUpperCase() === rest && Number(count) > 0;
  });
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > largest) throw new Error('the list of breached passwords answered more than it should');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
