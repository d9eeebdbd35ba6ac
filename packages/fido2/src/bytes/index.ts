import { Buffer } from 'node:buffer';
import { hash, timingSafeEqual } from 'node:crypto';

export { fromBase64Url, toBase64Url } from './base64url.ts';
export { ContentCache } from './content-cache.ts';
export {
  type DerValue,
  derBitString,
  derChildren,
  derObjectIdentifier,
  derSequence,
  derSmallInteger,
  derTag,
  readDer,
  requireDer,
} from './der.ts';
export { FormatError, type FormatErrorCode, formatErrorCodes } from './errors.ts';

/** The parts one after another, in a new array. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Constant time in the contents; the lengths are not secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** SHA-256; of a text, that of its UTF-8. By way of a string: Node.js hands over a string in half the time of a buffer. */
export function sha256(data: Uint8Array | string): Uint8Array {
  return Buffer.from(hash('sha256', data, 'binary'), 'latin1');
}

/** `head` and after it the SHA-256 of `data`, as authenticators sign it. */
export function withSha256(head: Uint8Array, data: Uint8Array): Uint8Array {
  const whole = Buffer.allocUnsafe(head.length + 32);
  whole.set(head);
  whole.write(hash('sha256', data, 'binary'), head.length, 'latin1');
  return whole;
}

/** Whether `digest` is the SHA-256 of `data`, neither being a secret. */
export function isSha256(digest: Uint8Array, data: Uint8Array | string): boolean {
  const text = Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).toString('latin1');
  return text === hash('sha256', data, 'binary');
}
