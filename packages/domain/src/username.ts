import { DomainError } from './errors.ts';

/** Counted in UTF-16 code units, as the wire's schema counts. */
const longest = 256;
/**
 * Control characters, line and paragraph separators, unpaired surrogates, and direction marks, which make the page show
 * another name than it sends. Joiners (U+200C, U+200D) stay: some scripts are written with them.
 */
const forbidden = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\uFEFF]/u;

/**
 * The one spelling of a username: NFC, at most 256 characters, no control characters. HTTP has percent-decoded it once;
 * it is never decoded again, so `%2541` means `%41`.
 *
 * @throws DomainError `username-malformed`
 */
export function normaliseUsername(text: string): string {
  // The limit holds before and after: normalising a megabyte is work, and NFC may lengthen (U+0958).
  const username = text.length <= longest ? text.normalize('NFC') : text;
  if (username.length > longest) {
    throw malformed(`A username has at most ${longest} characters.`);
  }
  if (username.length === 0 || username.trim() !== username) {
    throw malformed('A username is not empty and neither begins nor ends with a space.');
  }
  if (forbidden.test(username)) {
    throw malformed('This username has control characters.');
  }
  return username;
}

/**
 * What makes two usernames the same: simple lower case, character by character, as the database folds them. Sign-in and
 * everything that counts or compares by username asks this; what is stored and shown keeps its spelling.
 */
export function foldUsername(username: string): string {
  let folded = '';
  for (const character of username) {
    // One for one: the full mapping of U+0130 is two characters, and a sigma at the end of a word another one.
    const [lower = character] = character.toLowerCase();
    folded += lower;
  }
  return folded;
}

function malformed(message: string): DomainError {
  return new DomainError('username-malformed', `${message} Check the link that brought you here.`);
}
