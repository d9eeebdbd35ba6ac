/**
 * `npm run bench:http`: how many enrollments and FIDO sign-ins go through the built server with the PostgreSQL that it
 * brings, durable commits on, and through a peer on the same PostgreSQL. This process is the load generator; it keeps a
 * part of the machine busy, which it says.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { allOf, atFullLoad, atRate, type Measured } from './measure.ts';
import { RegistrationMaker } from './passkeys.ts';
import { PeerVisitor, settlePeer } from './peer-visitor.ts';
import { openPremises, type Premises, startSubject } from './subject.ts';
import { fidoTenant, furnishTown, passwordTenant, type Town } from './town.ts';
import { type CallName, type Transaction, Visitor } from './visitor.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    users: { type: 'string', default: '100000' },
    'grow-to': { type: 'string' },
    seconds: { type: 'string', default: '10' },
    clients: { type: 'string', default: '16' },
    'no-peer': { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const users = Number(values.users);
const seconds = Number(values.seconds);
const clients = Number(values.clients);
const wants = (part: string) => values.only === undefined || values.only.split(',').includes(part);

const write = (line = '') => process.stdout.write(`${line}\n`);
const columns = (cells: readonly string[], widths: readonly number[]) =>
  write(
    cells
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join(' '),
  );
const widths = [40, 9, 8, 8, 8];
const row = (what: string, { perSecond, p50, p95, p99 }: Measured) =>
  columns([what, perSecond.toFixed(0), ...[p50, p95, p99].map((value) => value.toFixed(1))], widths);

/** Says also how much processor time each job took, which is the same on a machine that is busy with something else. */
async function accounted(ground: Ground, work: () => Promise<Measured>, what: string): Promise<Measured> {
  const { server } = ground.premises;
  const before = await server.processorTime();
  const load = process.cpuUsage();
  let jobs = 0;
  ground.onJob = () => {
    jobs += 1;
  };
  const measured = await work();
  const after = await server.processorTime();
  const { user, system } = process.cpuUsage(load);
  row(what, measured);
  const each = (milliseconds: number) => (milliseconds / jobs).toFixed(2);
  write(
    `    processor, ms a job: server ${each(after.own - before.own)}, PostgreSQL ${each(after.postgres - before.postgres)}, load ${each((user + system) / 1000)}`,
  );
  return measured;
}

/** Percentiles of single calls in one measurement. */
class CallTimes {
  readonly #times = new Map<CallName, number[]>();
  readonly observe = (call: CallName, milliseconds: number) => {
    const list = this.#times.get(call) ?? [];
    list.push(milliseconds);
    this.#times.set(call, list);
  };
  write(): void {
    for (const [call, times] of this.#times) {
      times.sort((one, other) => one - other);
      const at = (part: number) => (times[Math.floor(times.length * part)] ?? Number.NaN).toFixed(1);
      columns([`    ${call}`, '', at(0.5), at(0.95), at(0.99)], widths);
    }
  }
}

/** One after the other and round again, far apart: neighbours in time are no neighbours in the database. */
function userNumbers(total: number): () => number {
  let step = 0;
  return () => {
    step += 1;
    return (step * 7919) % total;
  };
}

interface Ground {
  readonly premises: Premises;
  readonly town: Town;
  readonly registrations: RegistrationMaker;
  /** Above every counter that a passkey of the town has shown. */
  nextCount(): number;
  /** Told of every job that was done. */
  onJob: () => void;
}

function visitorsOf(
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

async function signIns(ground: Ground, total: number): Promise<{ full: Measured; half: Measured }> {
  const next = userNumbers(total);
  const job = (visitor: (client: number) => Visitor) => async (client: number) => {
    await visitor(client).signIn(next(), ground.nextCount());
    ground.onJob();
  };
  const full = await accounted(
    ground,
    () =>
      withVisitors(visitorsOf(ground, fidoTenant, { count: clients }), (visitor) =>
        atFullLoad(job(visitor), { clients, warmUpSeconds: 3, seconds }),
      ),
    'whole sign-ins, full load',
  );
  const calls = new CallTimes();
  const many = 4 * clients;
  const half = await withVisitors(visitorsOf(ground, fidoTenant, { count: many, calls }), (visitor) =>
    atRate(job(visitor), { clients: many, perSecond: full.perSecond / 2, seconds }),
  );
  row('whole sign-ins, half load', half);
  calls.write();
  return { full, half };
}

/**
 * The protection was proven beforehand, in the same transaction: those are prepared, untimed, and each timed job pushes the
 * request of another transaction, then gets options and registers in one that was prepared.
 */
async function enrollments(ground: Ground, total: number): Promise<{ full: Measured; half: Measured }> {
  const next = userNumbers(total);
  const jobs = 150 * seconds;
  const prepared: Transaction[] = [];
  const many = 4 * clients;
  const prepare = (count: number) =>
    withVisitors(visitorsOf(ground, fidoTenant, { count: clients }), (visitor) =>
      allOf(
        async (client) => {
          const transaction = await visitor(client).push(next());
          await visitor(client).prove(transaction, ground.nextCount());
          prepared.push(transaction);
        },
        { clients, jobs: count },
      ),
    );
  const job = (visitor: (client: number) => Visitor) => async (client: number) => {
    const transaction = prepared.pop();
    if (transaction === undefined) throw new Error('too few enrollments were prepared');
    await visitor(client).push(transaction.number);
    await visitor(client).enroll(transaction);
    ground.onJob();
  };
  await prepare(jobs + clients);
  const full = await accounted(
    ground,
    () =>
      withVisitors(visitorsOf(ground, fidoTenant, { count: clients }), (visitor) =>
        allOf(job(visitor), { clients, jobs }),
      ),
    'whole enrollments, full load',
  );
  await prepare(Math.ceil((full.perSecond / 2) * seconds) + many);
  const calls = new CallTimes();
  const half = await withVisitors(visitorsOf(ground, fidoTenant, { count: many, calls }), (visitor) =>
    atRate(job(visitor), { clients: many, perSecond: full.perSecond / 2, seconds }),
  );
  row('whole enrollments, half load', half);
  calls.write();
  return { full, half };
}

/** The same with the FIDO proof inside, with the password proven in each, and the calls alone that the peer has too. */
async function variants(ground: Ground, total: number): Promise<{ enrollment: Measured; signIn: Measured }> {
  const next = userNumbers(total);
  const run = (job: (visitor: Visitor) => Promise<void>, tenant = fidoTenant) =>
    withVisitors(visitorsOf(ground, tenant, { count: clients }), (visitor) =>
      atFullLoad((client) => job(visitor(client)), { clients, warmUpSeconds: 1, seconds: seconds / 2 }),
    );
  row(
    'enrollments with the FIDO proof in each',
    await run(async (visitor) => {
      const transaction = await visitor.push(next());
      await visitor.prove(transaction, ground.nextCount());
      await visitor.enroll(transaction);
    }),
  );
  const nextOfFew = userNumbers(2000);
  row(
    'enrollments with the password in each',
    await run(async (visitor) => {
      const transaction = await visitor.push(nextOfFew());
      await visitor.provePassword(transaction);
      await visitor.enroll(transaction);
    }, passwordTenant),
  );
  // What the peer has too: transactions are pushed, and proven where they must be, beforehand.
  const jobs = 100 * seconds;
  const pushed: Transaction[] = [];
  const prepare = (proven: boolean) =>
    withVisitors(visitorsOf(ground, fidoTenant, { count: clients }), (visitor) =>
      allOf(
        async (client) => {
          const transaction = await visitor(client).push(next());
          if (proven) await visitor(client).prove(transaction, ground.nextCount());
          pushed.push(transaction);
        },
        { clients, jobs: jobs + clients },
      ),
    );
  const timed = (job: (visitor: Visitor, transaction: Transaction) => Promise<void>) =>
    withVisitors(visitorsOf(ground, fidoTenant, { count: clients }), (visitor) =>
      allOf(
        async (client) => {
          const transaction = pushed.pop();
          if (transaction !== undefined) await job(visitor(client), transaction);
        },
        { clients, jobs },
      ),
    );
  await prepare(true);
  const enrollment = await timed((visitor, transaction) => visitor.enroll(transaction));
  row('options and register alone', enrollment);
  pushed.length = 0;
  await prepare(false);
  const signIn = await timed((visitor, transaction) => visitor.prove(transaction, ground.nextCount()));
  row('challenge and assertion alone', signIn);
  return { enrollment, signIn };
}

async function withVisitors<V extends { close(): void }, T>(
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

/** Round trips to PostgreSQL by call, as a wire between counts them; jobs in the background are outvoted. */
async function roundTrips(ground: Ground, total: number): Promise<Readonly<Record<string, number>>> {
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

async function peer(ground: Ground, total: number): Promise<{ enrollment: Measured; signIn: Measured }> {
  const administrator = new pg.Client(ground.premises.superuser('postgres'));
  await administrator.connect();
  await administrator.query('CREATE DATABASE peer');
  await administrator.end();
  const place = ground.premises.superuser('peer');
  const secret = randomBytes(32).toString('hex');
  const folder = await mkdtemp(join(tmpdir(), 'keywarden-bench-peer-'));
  const server = await startSubject({
    folder,
    program: fileURLToPath(new URL('./peer.mjs', import.meta.url)),
    environment: {
      NODE_ENV: 'production',
      PEER_DATABASE: JSON.stringify(place),
      PEER_SECRET: secret,
      PEER_PORT: String(await freePort()),
    },
  });
  try {
    await settlePeer(place, { users: total, key: ground.town.key });
    const next = userNumbers(total);
    const { registrations, town } = ground;
    const visitors = () =>
      Array.from(
        { length: clients },
        () => new PeerVisitor({ baseUrl: server.baseUrl, secret, key: town.key, registrations }),
      );
    const options = { clients, warmUpSeconds: 3, seconds };
    const enrollment = await withVisitors(visitors(), (visitor) =>
      atFullLoad((client) => visitor(client).enroll(next()), options),
    );
    row('peer: options and verification', enrollment);
    const signIn = await withVisitors(visitors(), (visitor) =>
      atFullLoad((client) => visitor(client).signIn(next(), ground.nextCount()), options),
    );
    row('peer: challenge and assertion', signIn);
    write(`${'peer: memory, at most'.padEnd(40)} ${(await server.peakMemory()).toFixed(0).padStart(9)} MB`);
    return { enrollment, signIn };
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function main(): Promise<void> {
  const premises = await openPremises();
  try {
    const town = await furnishTown(premises);
    const registrations = new RegistrationMaker(256);
    let count = 0;
    const ground: Ground = {
      premises,
      town,
      registrations,
      nextCount() {
        count += 1;
        return count;
      },
      onJob: () => {},
    };
    await town.grow(users);
    write(
      `Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}: server, PostgreSQL and load`,
    );
    write(
      `${users.toLocaleString('en')} users, ${clients} clients at once, ${seconds} s a measurement, durable commits on`,
    );
    write();
    columns(['', 'a second', 'p50 ms', 'p95 ms', 'p99 ms'], widths);
    const idle = process.cpuUsage();
    const began = performance.now();
    const signIn = wants('sign-in') ? await signIns(ground, users) : null;
    const enrollment = wants('enrollment') ? await enrollments(ground, users) : null;
    const { user, system } = process.cpuUsage(idle);
    const own = (user + system) / 10 / (performance.now() - began);
    const alone = wants('variants') ? await variants(ground, users) : null;
    const memory = await premises.server.peakMemory();
    write(`${'memory of the server, at most'.padEnd(40)} ${memory.toFixed(0).padStart(9)} MB`);
    write(`${'the load generator kept busy'.padEnd(40)} ${own.toFixed(0).padStart(9)} % of one core`);
    const trips = wants('round-trips') ? await roundTrips(ground, users) : {};
    write();
    write('round trips to PostgreSQL by call');
    for (const [call, number] of Object.entries(trips)) columns([`    ${call}`, String(number)], widths);
    write();
    const other = values['no-peer'] || !wants('peer') ? null : await peer(ground, users);
    const ratio = {
      enrollment: (alone?.enrollment.perSecond ?? Number.NaN) / (other?.enrollment.perSecond ?? Number.NaN),
      signIn: (alone?.signIn.perSecond ?? Number.NaN) / (other?.signIn.perSecond ?? Number.NaN),
    };
    if (other !== null) writePeer({ ratio, signIn, enrollment, other });
    const grown = values['grow-to'] === undefined ? null : Number(values['grow-to']);
    if (grown !== null) {
      await town.grow(grown);
      write();
      write(`${grown.toLocaleString('en')} users`);
      const more = { signIn: await signIns(ground, grown), enrollment: await enrollments(ground, grown) };
      const change = (after: Measured, before: Measured | undefined) =>
        `${((after.perSecond / (before?.perSecond ?? Number.NaN) - 1) * 100).toFixed(1)} %`;
      write(
        `sign-ins ${change(more.signIn.full, signIn?.full)}, enrollments ${change(more.enrollment.full, enrollment?.full)}`,
      );
    }
    if (values.json) {
      const calls = (names: readonly string[]) => Math.max(...names.map((name) => trips[name] ?? Number.NaN));
      const rounded = (value: number | undefined, digits = 1) =>
        value === undefined || Number.isNaN(value) ? null : Number(value.toFixed(digits));
      write(
        JSON.stringify({
          enrollmentsPerSecond: rounded(enrollment?.full.perSecond),
          signInsPerSecond: rounded(signIn?.full.perSecond),
          p99msAtHalfLoad: { enrollment: rounded(enrollment?.half.p99), signIn: rounded(signIn?.half.p99) },
          rssMb: rounded(memory),
          statementsPerCall: {
            flow: rounded(calls(['flow'])),
            code: rounded(calls(['challenge', 'assertion', 'code'])),
            options: rounded(calls(['options'])),
            register: rounded(calls(['register'])),
          },
          peer: {
            enrollmentsPerSecond: rounded(other?.enrollment.perSecond),
            signInsPerSecond: rounded(other?.signIn.perSecond),
          },
          ratio: { enrollment: rounded(ratio.enrollment, 2), signIn: rounded(ratio.signIn, 2) },
        }),
      );
    }
  } finally {
    await premises.close();
  }
}

function writePeer(numbers: {
  readonly ratio: { readonly enrollment: number; readonly signIn: number };
  readonly signIn: { readonly full: Measured } | null;
  readonly enrollment: { readonly full: Measured } | null;
  readonly other: { readonly enrollment: Measured; readonly signIn: Measured };
}): void {
  const { ratio, signIn, enrollment, other } = numbers;
  const whole = (ours: { readonly full: Measured } | null, theirs: Measured) =>
    ((ours?.full.perSecond ?? Number.NaN) / theirs.perSecond).toFixed(2);
  write();
  write(
    `where both do the same work   enrollment × ${ratio.enrollment.toFixed(2)}, sign-in × ${ratio.signIn.toFixed(2)}`,
  );
  write(
    `our whole job to their part   enrollment × ${whole(enrollment, other.enrollment)}, sign-in × ${whole(signIn, other.signIn)}`,
  );
  write('  The peer has no PAR, flow, code or token, no tenants, no audit events, no');
  write('  counters of wrong answers and no idempotent repeats: of our jobs it does');
  write('  options and registration, challenge and assertion. It makes a session at');
  write('  the end of a sign-in, where ours leaves off in the middle of one.');
}

await main();
