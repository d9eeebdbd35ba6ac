import { startEmbeddedPostgres } from '../src/postgres/index.ts';

/** A server process reduced to its PostgreSQL: the tests bundle it, run it and kill it. */
const [dataFolder = ''] = process.argv.slice(2);
try {
  const postgres = await startEmbeddedPostgres({
    dataFolder,
    log: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify({ ready: true, processId: postgres.processId })}\n`);
  process.stdin.resume().once('end', async () => {
    await postgres.stop();
    process.exit(0);
  });
} catch (error) {
  process.stdout.write(`${JSON.stringify({ ready: false, message: String(error) })}\n`);
  process.exit(1);
}
