import { createHash } from 'node:crypto';
import { DomainError } from '../errors.ts';

export const themeImageTypes = ['image/png', 'image/webp', 'image/svg+xml'] as const;
export type ThemeImageType = (typeof themeImageTypes)[number];

export interface ThemeImage {
  /** SHA-256 of the bytes, base64url: its name. */
  readonly digest: string;
  readonly mediaType: ThemeImageType;
  readonly bytes: Uint8Array;
}

/** Bytes. */
export const largestThemeImage = 192 * 1024;
/** Pixels on a side: a small file may unfold to gigabytes in the browser of whoever signs in. */
const longestSide = 4096;

/**
 * What was uploaded, if it is what it says it is.
 *
 * @throws DomainError `input-invalid`
 */
export function readThemeImage(mediaType: ThemeImageType, bytes: Uint8Array): ThemeImage {
  if (bytes.length > largestThemeImage) {
    throw refused('too-large', `The image is larger than ${largestThemeImage / 1024} KiB.`);
  }
  if (mediaType === 'image/svg+xml') requireHarmlessSvg(bytes);
  else requireSize(mediaType === 'image/png' ? pngSize(bytes) : webpSize(bytes));
  const digest = createHash('sha256').update(bytes).digest('base64url');
  return { digest, mediaType, bytes };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function requireSize(size: Size | null): void {
  if (size === null) throw refused('malformed', 'This file is not the image that it says it is.');
  const { width, height } = size;
  if (width < 1 || height < 1 || width > longestSide || height > longestSide) {
    throw refused('too-many-pixels', `The image is larger than ${longestSide} pixels on a side.`);
  }
}

const pngStart = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** PNG (Third Edition) §5.2, §11.2.1: the signature, then IHDR. */
function pngSize(bytes: Uint8Array): Size | null {
  if (bytes.length < 33 || pngStart.some((byte, index) => bytes[index] !== byte)) return null;
  if (latin(bytes, 12, 16) !== 'IHDR') return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** RFC 9649 §2: RIFF, WEBP, and one of three first chunks. */
function webpSize(bytes: Uint8Array): Size | null {
  if (bytes.length < 30 || latin(bytes, 0, 4) !== 'RIFF' || latin(bytes, 8, 12) !== 'WEBP') return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  switch (latin(bytes, 12, 16)) {
    case 'VP8X': {
      const sideAt = (at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16) + 1;
      return { width: sideAt(24), height: sideAt(27) };
    }
    case 'VP8L': {
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8 ':
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    default:
      return null;
  }
}

/**
 * An SVG is shown by `<img>` alone and served under a policy that runs nothing and loads nothing; what would want to is
 * refused here besides, so that a copy of the file elsewhere harms nobody either.
 */
function requireHarmlessSvg(bytes: Uint8Array): void {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refused('malformed', 'An SVG image is text in UTF-8.');
  }
  if (!/^﻿?\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*<svg[\s>]/i.test(text)) {
    throw refused('malformed', 'This file is not the image that it says it is.');
  }
  const found = harmful.find(({ pattern }) => pattern.test(text));
  if (found !== undefined) throw refused('harmful', `The SVG image has ${found.what}, which is not taken.`);
}

const harmful: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  // Entities would hide whatever the rest of this list looks for, or unfold without end.
  { pattern: /<!(doctype|entity|\[cdata)/i, what: 'a document type, entities or CDATA' },
  { pattern: /&#/, what: 'numeric character references' },
  {
    pattern: /<\s*([\w-]+:)?(script|foreignobject|iframe|object|embed|audio|video|handler|listener)\b/i,
    what: 'scripts or foreign content',
  },
  { pattern: /[\s"'/]on[a-z]+\s*=/i, what: 'event handlers' },
  { pattern: /(javascript|vbscript)\s*:/i, what: 'a script' },
  { pattern: /\bhref\s*=\s*["']?\s*(?!["']?\s*#)[^"'\s>]/i, what: 'a reference to something outside of it' },
  { pattern: /url\(\s*["']?\s*(?!#)[^)"'\s]/i, what: 'a reference to something outside of it' },
  { pattern: /@import/i, what: 'a style sheet from elsewhere' },
];

function latin(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}

function refused(reason: string, message: string): DomainError {
  return new DomainError('input-invalid', message, { particulars: { field: 'data', reason } });
}
