/** As many at once as there are places; everybody else waits, first come, first served. */
export class Line {
  #free: number;
  readonly #waiting = new Set<() => void>();
  readonly #longest: number;

  /** @param longest how many wait at most; who comes after them is turned away at once */
  constructor(places: number, longest = Number.POSITIVE_INFINITY) {
    this.#free = places;
    this.#longest = longest;
  }

  /** Nobody has a place, or waits for one. */
  isEmpty(places: number): boolean {
    return this.#free === places;
  }

  /**
   * @param patience milliseconds
   * @returns true: the place is kept until `leave`; false: there was none in time, or too many wait for one
   */
  async enter(patience: number): Promise<boolean> {
    if (this.#free > 0) {
      this.#free -= 1;
      return true;
    }
    if (this.#waiting.size >= this.#longest) return false;
    return new Promise((resolve) => {
      const enter = () => {
        clearTimeout(timer);
        resolve(true);
      };
      const giveUp = () => {
        if (this.#waiting.delete(enter)) resolve(false);
      };
      // A process that had no time to run finds its timers due before it has seen what came meanwhile, and freed a place.
      const timer = setTimeout(() => setImmediate(giveUp), patience);
      this.#waiting.add(enter);
    });
  }

  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
    } else {
      this.#waiting.delete(next);
      next();
    }
  }
}

/** One line for each thing that several want at once, of one place; there while somebody is in it. */
export class Lines {
  readonly #lines = new Map<string, Line>();

  /** Runs `work` alone among those of this name; where its turn does not come within `patience` milliseconds, beside them. */
  async inTurn<T>(name: string, patience: number, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(name) ?? new Line(1);
    this.#lines.set(name, line);
    const entered = await line.enter(patience);
    try {
      return await work();
    } finally {
      if (entered) line.leave();
      if (line.isEmpty(1)) this.#lines.delete(name);
    }
  }
}
