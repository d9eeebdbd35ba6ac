/** Time as an argument. `now` and all durations are milliseconds; `now` never goes back. */
export interface Clock {
  now(): number;
  /** Calls back once; the returned function takes the call back. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** Chance as an argument: that many cryptographically random bytes. */
export type RandomBytes = (length: number) => Uint8Array;
