import { Buffer } from 'node:buffer';
import { type DerValue, derTag, FormatError } from '../bytes/index.ts';

/**
 * UTCTime or GeneralizedTime of a certificate (RFC 5280 §4.1.2.5): seconds present, Zulu, no fractions.
 *
 * @returns milliseconds since 1970
 */
export function readTime(value: DerValue | undefined): number {
  const text = Buffer.from(value?.contents ?? []).toString('latin1');
  const generalized = value?.number === derTag.generalizedTime;
  if (
    value?.class !== 'universal' ||
    (!generalized && value.number !== derTag.utcTime) ||
    !/^\d+Z$/.test(text) ||
    text.length !== (generalized ? 15 : 13)
  ) {
    throw new FormatError('certificate-invalid', 'time not as RFC 5280 §4.1.2.5 writes it');
  }
  const century = generalized ? '' : Number(text.slice(0, 2)) < 50 ? '20' : '19';
  const digits = century + text;
  const at = (start: number): number => Number(digits.slice(start, start + 2));
  const time = Date.UTC(Number(digits.slice(0, 4)), at(4) - 1, at(6), at(8), at(10), at(12));
  // Date.UTC would carry a 13th month or a 30th of February over.
  if (
    at(4) < 1 ||
    at(4) > 12 ||
    new Date(time).getUTCDate() !== at(6) ||
    at(8) > 23 ||
    at(10) > 59 ||
    at(12) > 59
  ) {
    throw new FormatError('certificate-invalid', 'no such time');
  }
  return time;
}
