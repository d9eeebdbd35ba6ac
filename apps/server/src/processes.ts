import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

/** What a serving process is told; none of it is secret, those it reads from the settings itself. */
export const Work = Type.Object({
  type: Type.Literal('work'),
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  publicUrl: Type.String(),
  /** null: the database that the settings name. */
  embedded: Type.Union([
    Type.Null(),
    Type.Object({
      host: Type.String(),
      port: Type.Integer(),
      user: Type.String(),
      database: Type.String(),
    }),
  ]),
});

/** The installation is prepared: the service is ready. */
export const Prepared = Type.Object({ type: Type.Literal('prepared') });

/** What a serving process tells: that it listens for us, that it serves, or why it can not. */
const Told = Type.Union([
  Type.Object({ type: Type.Literal('present') }),
  Type.Object({ type: Type.Literal('serving') }),
  Type.Object({ type: Type.Literal('failed'), message: Type.String() }),
]);
export type Told = Static<typeof Told>;

export interface Processes {
  /** Tells them that the installation is prepared. */
  prepared(): void;
  /** Resolves when all of them have ended. */
  stop(): Promise<void>;
}

/** Milliseconds before one that ended by itself is replaced, by how often that happened in a row. */
const pauses = [0, 500, 2_000, 5_000, 10_000];
/** Milliseconds after which one that ended is not in that row. */
const steady = 60_000;
/** Milliseconds that one has to finish what it is doing. */
const stopTimeout = 15_000;

/**
 * Serving processes side by side at one port: each new connection goes to the next of them. One that ends by itself is replaced;
 * they end with us, however we end.
 *
 * @throws Error what kept the first of them from serving
 */
export async function startProcesses(options: {
  readonly count: number;
  readonly work: Omit<Static<typeof Work>, 'type'>;
  readonly log: Logger;
}): Promise<Processes> {
  const posts = Array.from({ length: options.count }, () => new Post(options.work, options.log));
  const stop = async () => {
    await Promise.all(posts.map((post) => post.stop()));
  };
  try {
    await Promise.all(posts.map((post) => post.fill()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    stop,
    prepared() {
      for (const post of posts) post.prepared();
    },
  };
}

/** One process, and the one after it. */
class Post {
  readonly #work: Omit<Static<typeof Work>, 'type'>;
  readonly #log: Logger;
  #worker: Worker | null = null;
  #prepared = false;
  #losses = 0;
  readonly #stopping = new AbortController();

  constructor(work: Omit<Static<typeof Work>, 'type'>, log: Logger) {
    this.#work = work;
    this.#log = log;
  }

  /** Resolves when it serves. */
  fill(): Promise<void> {
    const worker = cluster.fork();
    const began = performance.now();
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      let serving = false;
      worker.on('message', (message: unknown) => {
        if (!Value.Check(Told, message)) return;
        if (message.type === 'present') {
          this.#tell(worker, { type: 'work', ...this.#work });
          if (this.#prepared) this.#tell(worker, { type: 'prepared' });
        } else if (message.type === 'serving') {
          serving = true;
          resolve();
        } else reject(new Error(message.message));
      });
      worker.once('exit', (code, signal) => {
        reject(new Error(`a serving process ended with ${signal ?? code} before it served`));
        if (this.#worker === worker) this.#worker = null;
        if (this.#stopping.signal.aborted || !serving) return;
        if (performance.now() - began >= steady) this.#losses = 0;
        this.#log.error({ code, signal }, 'a serving process ended by itself; another takes its place');
        void this.#refill();
      });
    });
  }

  prepared(): void {
    this.#prepared = true;
    if (this.#worker !== null) this.#tell(this.#worker, { type: 'prepared' });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const worker = this.#worker;
    if (worker === null) return;
    const ended = once(worker, 'exit');
    worker.process.kill('SIGTERM');
    const timer = setTimeout(() => worker.process.kill('SIGKILL'), stopTimeout);
    await ended;
    clearTimeout(timer);
  }

  async #refill(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const milliseconds = pauses[Math.min(this.#losses, pauses.length - 1)];
      this.#losses += 1;
      try {
        await pause(milliseconds, undefined, { signal });
        await this.fill();
        return;
      } catch (error) {
        if (!signal.aborted) this.#log.error({ err: error }, 'a serving process could not be replaced yet');
      }
    }
  }

  #tell(worker: Worker, message: Static<typeof Work> | Static<typeof Prepared>): void {
    // Gone in this moment: its exit is told.
    if (worker.isConnected()) worker.send(message, () => {});
  }
}
