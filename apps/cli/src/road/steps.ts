/** Runs one step of the road and lets somebody watch; `describe` words its outcome. */
export type StepRunner = <T>(
  title: string,
  work: () => Promise<T>,
  describe?: (result: T) => string,
) => Promise<T>;

export interface StepRecord {
  readonly title: string;
  readonly detail: string;
  /** Since the recorder was made. */
  readonly startedAfterSeconds: number;
  readonly seconds: number;
  readonly outcome: 'done' | 'failed';
}

export interface StepRecorder {
  readonly run: StepRunner;
  readonly records: readonly StepRecord[];
}

/** Runs steps and watches nothing. */
export const unwatched: StepRunner = (_title, work) => work();

/** Times every step; `now` is in milliseconds and only differences count. */
export function recordSteps(options: {
  now: () => number;
  onRecord: (record: StepRecord) => void;
}): StepRecorder {
  const began = options.now();
  const records: StepRecord[] = [];
  const record = (entry: StepRecord) => {
    records.push(entry);
    options.onRecord(entry);
  };
  return {
    records,
    async run(title, work, describe) {
      const started = options.now();
      const timing = () => ({
        startedAfterSeconds: Math.round(started - began) / 1000,
        seconds: Math.round(options.now() - started) / 1000,
      });
      try {
        const result = await work();
        record({ title, detail: describe?.(result) ?? '', ...timing(), outcome: 'done' });
        return result;
      } catch (error) {
        record({ title, detail: '', ...timing(), outcome: 'failed' });
        throw error;
      }
    },
  };
}
