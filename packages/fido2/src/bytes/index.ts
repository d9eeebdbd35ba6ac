import { timingSafeEqual } from 'node:crypto';

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
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
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
