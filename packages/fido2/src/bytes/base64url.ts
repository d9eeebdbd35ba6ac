import { Buffer } from 'node:buffer';
import { FormatError } from './errors.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const notInAlphabet = 0x40;
/** By character code. */
const values = new Uint8Array(128).fill(notInAlphabet);
for (let value = 0; value < alphabet.length; value += 1) values[alphabet.charCodeAt(value)] = value;

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
  const bytes = Buffer.allocUnsafe((text.length * 3) >> 2);
  const whole = text.length & ~3;
  let seen = 0;
  let offset = 0;
  for (let index = 0; index < whole; index += 4) {
    const a = valueAt(text, index);
    const b = valueAt(text, index + 1);
    const c = valueAt(text, index + 2);
    const d = valueAt(text, index + 3);
    seen |= a | b | c | d;
    bytes[offset] = (a << 2) | (b >> 4);
    bytes[offset + 1] = (b << 4) | (c >> 2);
    bytes[offset + 2] = (c << 6) | d;
    offset += 3;
  }
  const over = text.length - whole;
  if (over > 1) {
    const a = valueAt(text, whole);
    const b = valueAt(text, whole + 1);
    const c = over === 3 ? valueAt(text, whole + 2) : 0;
    const unused = over === 3 ? c & 0x03 : b & 0x0f;
    seen |= a | b | c | (unused === 0 ? 0 : notInAlphabet);
    bytes[offset] = (a << 2) | (b >> 4);
    if (over === 3) bytes[offset + 1] = (b << 4) | (c >> 2);
  }
  if (over === 1 || (seen & notInAlphabet) !== 0) {
    throw new FormatError('base64url-invalid', 'not unpadded canonical base64url');
  }
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function valueAt(text: string, index: number): number {
  return values[text.charCodeAt(index)] ?? notInAlphabet;
}
