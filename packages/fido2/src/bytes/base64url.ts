import { Buffer } from 'node:buffer';
import { FormatError } from './errors.ts';

const alphabet = /^[A-Za-z0-9_-]*$/;
/** Last characters whose unused low bits are zero: after 2 characters (1 byte over) and after 3 (2 bytes over). */
const lastOfTwo = 'AQgw';
const lastOfThree = 'AEIMQUYcgkosw048';

/** RFC 4648 §5 without padding, as WebAuthn L3 §3 (Base64url Encoding) asks. */
export function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

/**
 * Strict: no padding, no `+` or `/`, no white space, no unused bits set. One text for one value, so that
 * comparing texts compares the bytes.
 *
 * @throws FormatError `base64url-invalid`
 */
export function fromBase64Url(text: string): Uint8Array {
  const over = text.length % 4;
  const last = text.charAt(text.length - 1);
  if (
    over === 1 ||
    (over === 2 && !lastOfTwo.includes(last)) ||
    (over === 3 && !lastOfThree.includes(last)) ||
    !alphabet.test(text)
  ) {
    throw new FormatError('base64url-invalid', 'not unpadded canonical base64url');
  }
  const bytes = Buffer.from(text, 'base64url');
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
