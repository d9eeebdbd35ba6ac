import process from 'node:process';
import type { Measured } from './measure.ts';
import type { RegistrationMaker } from './passkeys.ts';
import { type CallTimes, row, write } from './reporting.ts';
import type { Premises } from './subject.ts';
import { fidoTenant, type Town } from './town.ts';
import { type CallName, Visitor } from './visitor.ts';

export interface Ground {
  readonly premises: Premises;
  readonly town: Town;
  readonly registrations: RegistrationMaker;
  /** Above every counter that a passkey of the town has shown. */
  nextCount(): number;
  /** Told of every job that was done. */
  onJob: () => void;
}

/** One after the other and round again, far apart: neighbours in time are no neighbours in the database. */
export function userNumbers(total: number): () => number {
  let step = 0;
  return () => {
    step += 1;
    return (step * 7919) % total;
  };
}

export function visitorsOf(
  ground: Ground,
  tenant: string,
  options: { count: number; calls?: CallTimes; address?: string },
) {
  const { town, registrations, premises } = ground;
  return Array.from(
    { length: options.count },
    () =>
      new Visitor({
        town,
        tenant,
        address: options.address ?? premises.server.baseUrl,
        registrations,
        observe: options.calls?.observe ?? (() => {}),
      }),
  );
}

export async function withVisitors<V extends { close(): void }, T>(
  visitors: readonly V[],
  work: (visitor: (client: number) => V) => Promise<T>,
): Promise<T> {
  try {
    return await work((client) => {
      const visitor = visitors[client];
      if (visitor === undefined) throw new Error('more clients than visitors');
      return visitor;
    });
  } finally {
    for (const visitor of visitors) visitor.close();
  }
}

/** Says also how much processor time each job took, which is the same on a machine that is busy with something else. */
export async function accounted(
  ground: Ground,
  work: () => Promise<Measured>,
  what: string,
  server = ground.premises.server,
): Promise<Measured> {
  const postgres = ground.premises.server;
  const before = { ...(await postgres.processorTime()), own: (await server.processorTime()).own };
  const load = process.cpuUsage();
  let jobs = 0;
  ground.onJob = () => {
    jobs += 1;
  };
  const measured = await work();
  const after = { ...(await postgres.processorTime()), own: (await server.processorTime()).own };
  const { user, system } = process.cpuUsage(load);
  row(what, measured);
  const each = (milliseconds: number) => (milliseconds / jobs).toFixed(2);
  write(
    `    processor, ms a job: server ${each(after.own - before.own)}, PostgreSQL ${each(after.postgres - before.postgres)}, load ${each((user + system) / 1000)}`,
  );
  return measured;
}

/** Round trips to PostgreSQL by call, as a wire between counts them; jobs in the background are outvoted. */
export async function roundTrips(ground: Ground, total: number): Promise<Readonly<Record<string, number>>> {
  const { server, wire } = await ground.premises.beside();
  try {
    const counts = new Map<CallName, number[]>();
    let before = 0;
    const observe = (call: CallName) => {
      const list = counts.get(call) ?? [];
      list.push(wire.roundTrips - before);
      counts.set(call, list);
      before = wire.roundTrips;
    };
    const { town, registrations } = ground;
    const visitor = new Visitor({
      town,
      tenant: fidoTenant,
      address: server.address,
      registrations,
      observe,
    });
    const next = userNumbers(total);
    for (let turn = 0; turn < 25; turn += 1) {
      if (turn === 4) counts.clear();
      before = wire.roundTrips;
      await visitor.signIn(next(), ground.nextCount());
      const transaction = await visitor.push(next());
      await visitor.prove(transaction, ground.nextCount());
      await visitor.enroll(transaction);
    }
    visitor.close();
    return Object.fromEntries([...counts].map(([call, list]) => [call, median(list)]));
  } finally {
    await server.stop();
    await wire.close();
  }
}

function median(list: readonly number[]): number {
  return [...list].sort((one, other) => one - other)[Math.floor(list.length / 2)] ?? Number.NaN;
}
