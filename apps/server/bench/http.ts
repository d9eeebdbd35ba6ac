/**
 * `npm run bench:http`: how many enrollments and FIDO sign-ins go through the built server with the PostgreSQL that it
 * brings, durable commits on, and through a peer on the same PostgreSQL. This process is the load generator; it keeps a
 * part of the machine busy, which it says.
 */
import { cpus } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { measureFloors } from './beside-floor.ts';
import { measurePeer } from './beside-peer.ts';
import { accounted, type Ground, roundTrips, userNumbers, visitorsOf, withVisitors } from './ground.ts';
import { allOf, atFullLoad, atRate, type Job, type Measured } from './measure.ts';
import { RegistrationMaker } from './passkeys.ts';
import { CallTimes, columns, headings, row, widths, write, writePeer } from './reporting.ts';
import { openPremises } from './subject.ts';
import { fidoTenant, furnishTown, passwordTenant } from './town.ts';
import type { Transaction, Visitor } from './visitor.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    users: { type: 'string', default: '100000' },
    'grow-to': { type: 'string' },
    seconds: { type: 'string', default: '10' },
    clients: { type: 'string', default: '16' },
    'warm-up': { type: 'string', default: '60' },
    processes: { type: 'string', default: '1' },
    'no-peer': { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const users = Number(values.users);
const seconds = Number(values.seconds);
const clients = Number(values.clients);
const warmUpSeconds = Number(values['warm-up']);
/** Jobs a second: half of the 200 that are to be reached. */
const halfOfGoal = 100;
const wants = (part: string) => values.only === undefined || values.only.split(',').includes(part);

interface Measurements {
  readonly full: Measured;
  /** People come at half of the rate that went through. */
  readonly half: Measured;
  readonly halfGoal: Measured;
}

/** At a rate, whether the server keeps up or not, with as many connections as are needed then. */
async function halves(
  ground: Ground,
  options: {
    readonly what: string;
    readonly full: Measured;
    readonly job: (visitor: (client: number) => Visitor) => Job;
    /** Untimed. */
    readonly ahead?: (perSecond: number) => Promise<unknown>;
  },
): Promise<Omit<Measurements, 'full'>> {
  const many = 4 * clients;
  const coming = async (perSecond: number, load: string) => {
    await options.ahead?.(perSecond);
    const calls = new CallTimes();
    const measured = await withVisitors(visitorsOf(ground, fidoTenant, { count: many, calls }), (visitor) =>
      atRate(options.job(visitor), { clients: many, perSecond, seconds }),
    );
    row(`${options.what}, ${load}`, measured);
    calls.write();
    return measured;
  };
  return {
    half: await coming(options.full.perSecond / 2, 'half load'),
    halfGoal: await coming(halfOfGoal, 'half of the goal'),
  };
}

async function signIns(ground: Ground, total: number): Promise<Measurements> {
  const next = userNumbers(total);
  const job = (visitor: (client: number) => Visitor) => async (client: number) => {
    await visitor(client).signIn(next(), ground.nextCount());
    ground.onJob();
  };
  const full = await accounted(
    ground,
    () =>
      withVisitors(visitorsOf(ground, fidoTenant, { count: clients }), (visitor) =>
        atFullLoad(job(visitor), { clients, warmUpSeconds: 1, seconds }),
      ),
    'whole sign-ins, full load',
  );
  return { full, ...(await halves(ground, { what: 'whole sign-ins', full, job })) };
}

/**
 * The protection was proven beforehand, in the same transaction: those are prepared, untimed, and each timed job pushes the
 * request of another transaction, then gets options and registers in one that was prepared.
 */
async function enrollments(ground: Ground, total: number): Promise<Measurements> {
  const next = userNumbers(total);
  const jobs = 150 * seconds;
  const prepared: Transaction[] = [];
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
  const ahead = (perSecond: number) => prepare(Math.ceil(perSecond * seconds) + 4 * clients);
  return { full, ...(await halves(ground, { what: 'whole enrollments', full, job, ahead })) };
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

/**
 * V8 compiles what it has often seen: a server that has just started needs more than twice the processor time for the same
 * work, and stops doing so after some thousands of calls. The peer gets as much time.
 */
async function warmUp(ground: Ground, total: number): Promise<void> {
  const next = userNumbers(total);
  const { count } = await withVisitors(visitorsOf(ground, fidoTenant, { count: clients }), (visitor) =>
    atFullLoad(
      async (client) => {
        await visitor(client).signIn(next(), ground.nextCount());
        const transaction = await visitor(client).push(next());
        await visitor(client).prove(transaction, ground.nextCount());
        await visitor(client).enroll(transaction);
      },
      { clients, warmUpSeconds: 0, seconds: warmUpSeconds },
    ),
  );
  write(`${'warmed up by'.padEnd(40)} ${String(count).padStart(8)} sign-ins and enrollments`);
}

async function main(): Promise<void> {
  const premises = await openPremises({ environment: { KEYWARDEN_PROCESSES: values.processes } });
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
      `serving processes: ${values.processes}; ${users.toLocaleString('en')} users, ${clients} clients at once, ${seconds} s a measurement, durable commits on`,
    );
    write();
    columns(headings, widths);
    await warmUp(ground, users);
    const idle = process.cpuUsage();
    const began = performance.now();
    const signIn = wants('sign-in') ? await signIns(ground, users) : null;
    const enrollment = wants('enrollment') ? await enrollments(ground, users) : null;
    const { user, system } = process.cpuUsage(idle);
    const own = (user + system) / 10 / (performance.now() - began);
    const alone = wants('variants') ? await variants(ground, users) : null;
    const memory = await premises.server.peakMemory();
    write(`${'memory of the server, at most'.padEnd(40)} ${memory.toFixed(0).padStart(8)} MB`);
    write(`${'the load generator kept busy'.padEnd(40)} ${own.toFixed(0).padStart(8)} % of one core`);
    const trips = wants('round-trips') ? await roundTrips(ground, users) : {};
    write();
    write('round trips to PostgreSQL by call');
    for (const [call, number] of Object.entries(trips)) columns([`    ${call}`, String(number)], widths);
    write();
    if (wants('floor')) await measureFloors(ground, { users, clients, seconds, warmUpSeconds });
    const other =
      values['no-peer'] || !wants('peer')
        ? null
        : await measurePeer(ground, { users, clients, seconds, warmUpSeconds, processes: values.processes });
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
      // V8 throws away the code of what was not called for some minutes.
      await warmUp(ground, grown);
      const more = { signIn: await signIns(ground, grown), enrollment: await enrollments(ground, grown) };
      const change = (after: Measured, before: Measured | undefined) =>
        before === undefined
          ? 'not compared'
          : `${((after.perSecond / before.perSecond - 1) * 100).toFixed(1)} %`;
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
          p99msAtHalfOfGoal: {
            enrollment: rounded(enrollment?.halfGoal.p99),
            signIn: rounded(signIn?.halfGoal.p99),
          },
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

await main();
