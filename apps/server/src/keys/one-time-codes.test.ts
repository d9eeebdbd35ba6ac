import { describe, expect, it } from 'vitest';
import { createTimeBasedCodes } from './one-time-codes.ts';

const codes = createTimeBasedCodes();
const secret = new TextEncoder().encode('12345678901234567890');
const at = (seconds: number) => new Date(seconds * 1000);

describe('the codes of authenticator apps', () => {
  // RFC 6238 appendix B, SHA-1; an app shows the last six of the eight digits.
  it.each([
    [59, '287082', 1],
    [1_111_111_109, '081804', 37_037_036],
    [1_111_111_111, '050471', 37_037_037],
    [1_234_567_890, '005924', 41_152_263],
    [2_000_000_000, '279037', 66_666_666],
    [20_000_000_000, '353130', 666_666_666],
  ])('are those of RFC 6238 at %i s', (seconds, code, step) => {
    expect(codes.stepOf(secret, code, at(seconds))).toBe(step);
  });

  it('are good from one step before to one after, each of its own step', () => {
    const moment = 1_111_111_111;
    expect(codes.stepOf(secret, '050471', at(moment - 30))).toBe(37_037_037);
    expect(codes.stepOf(secret, '050471', at(moment + 30))).toBe(37_037_037);
    expect(codes.stepOf(secret, '050471', at(moment - 60))).toBeNull();
    expect(codes.stepOf(secret, '050471', at(moment + 60))).toBeNull();
  });

  it.each(['', '05047', '0504711', '050472', 'abcdef', '05047١'])('“%s” is none', (code) => {
    expect(codes.stepOf(secret, code, at(1_111_111_111))).toBeNull();
  });

  it('are told to an app by a URI that keeps names apart', () => {
    const uri = codes.uri({ secret, issuer: 'Müller & Co', account: 'alice@example?x' });
    expect(uri).toBe(
      'otpauth://totp/M%C3%BCller%20%26%20Co:alice%40example%3Fx?issuer=M%C3%BCller%20%26%20Co&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&period=30',
    );
    expect(codes.uri({ secret, issuer: 'A: B', account: 'urn:x' })).toContain(
      '/A%20%20B:urn%20x?issuer=A%20%20B&',
    );
    expect(codes.toText(secret)).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
    // Bytes of a pool are not the pool.
    const pooled = Buffer.from('xx12345678901234567890xx').subarray(2, 22);
    expect(codes.toText(pooled)).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  });
});
