import { randomBytes } from 'node:crypto';

/** Bytes asked of OpenSSL at once. */
const poolLength = 8192;
/** What is longer is asked for by itself. */
const mostFromPool = 64;

let pool = Buffer.alloc(0);

/**
 * Bytes of OpenSSL's generator, each given once. A request takes several dozen in small portions, and asking costs more than
 * the bytes. What was given lies nowhere else any more.
 */
export function randomPortion(length: number): Uint8Array {
  if (length > mostFromPool) return new Uint8Array(randomBytes(length));
  if (pool.length < length) pool = randomBytes(poolLength);
  const portion = Uint8Array.prototype.slice.call(pool, 0, length);
  pool.fill(0, 0, length);
  pool = pool.subarray(length);
  return portion;
}
