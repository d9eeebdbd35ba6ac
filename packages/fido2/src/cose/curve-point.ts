import { Buffer } from 'node:buffer';

/** y² = x³ - 3x + b over the integers below p (NIST SP 800-186 §3.2.1). All three have no subgroup but themselves. */
const curves = {
  'P-256': {
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  },
  'P-384': {
    p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  },
  'P-521': {
    p: 2n ** 521n - 1n,
    b: 0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
  },
} as const;

/**
 * Public key validation of SEC 1 §3.2.2.1, as OpenSSL does it when it takes a key, without making one of it: a tenth of the
 * time. The times tell nothing: the point is public.
 *
 * @param x big-endian, as `y`
 */
export function isOnCurve(curve: keyof typeof curves, x: Uint8Array, y: Uint8Array): boolean {
  const { p, b } = curves[curve];
  const [horizontal, vertical] = [integer(x), integer(y)];
  // Else the same point could be written twice.
  if (horizontal >= p || vertical >= p) return false;
  return (vertical * vertical - (horizontal * horizontal - 3n) * horizontal - b) % p === 0n;
}

function integer(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`);
}
