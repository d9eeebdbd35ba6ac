import type { FastifyRateLimitStore } from '@fastify/rate-limit';

/** Keys whose count is remembered: the least recently seen go first. */
const remembered = 20_000;

/**
 * The counts of @fastify/rate-limit. Its own store hands out the very object that it goes on counting in: of many requests
 * in one packet each was told the number of the last, and none of them was admitted.
 */
export function minuteCounts(now: () => number): new () => FastifyRateLimitStore {
  return class MinuteCounts implements FastifyRateLimitStore {
    /** Insertion order is order of use. */
    readonly #windows = new Map<string, { began: number; count: number }>();

    incr(
      key: string,
      tell: (error: null, result: { current: number; ttl: number }) => void,
      timeWindow: number,
    ): void {
      const at = now();
      const known = this.#windows.get(key);
      const window = known === undefined || at - known.began >= timeWindow ? { began: at, count: 0 } : known;
      window.count += 1;
      this.#windows.delete(key);
      this.#windows.set(key, window);
      for (const oldest of this.#windows.keys()) {
        if (this.#windows.size <= remembered) break;
        this.#windows.delete(oldest);
      }
      tell(null, { current: window.count, ttl: window.began + timeWindow - at });
    }

    /** A route with a limit of its own counts for itself. */
    child(): FastifyRateLimitStore {
      return new MinuteCounts();
    }
  };
}
