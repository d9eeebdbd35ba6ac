import { randomUUID } from 'node:crypto';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openMetadata } from '../src/metadata/index.ts';
import { TrustAnchors } from '../src/webauthn/index.ts';
import { now } from '../test/authenticator.fake.ts';
import { rootAuthority } from '../test/certificate.fake.ts';
import { entryOf, fakeMetadataService, fakeSignerName, payloadOf, signBlob } from '../test/metadata.fake.ts';

/** A BLOB of many entries, signed by a service of our own: verified and parsed while an event loop turns beside it. */
const { values } = parseArgs({
  options: { entries: { type: 'string', default: '10000' }, rounds: { type: 'string', default: '15' } },
});
const service = fakeMetadataService();
const signer = { anchors: new TrustAnchors([service.root.certificate]), name: fakeSignerName };
const roots = [rootAuthority('Vendor').certificate.subarray(0, 180)];
const entries = Array.from({ length: Number(values.entries) }, () => entryOf(randomUUID(), { roots }));
const blob = signBlob(service, payloadOf(entries));

const totals: number[] = [];
const stalls: number[] = [];
for (let round = 0; round < Number(values.rounds); round += 1) {
  globalThis.gc?.();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await pause(20);
  delay.reset();
  const started = performance.now();
  await openMetadata(blob, { signer, now, previousNumber: null });
  totals.push(performance.now() - started);
  await pause(5);
  delay.disable();
  stalls.push(delay.max / 1e6);
}

const row = (name: string, numbers: readonly number[]): string => {
  const sorted = [...numbers].sort((one, other) => one - other);
  const cells = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)];
  return name.padEnd(34) + cells.map((cell) => `${(cell ?? 0).toFixed(1)} ms`.padStart(12)).join('');
};
process.stdout.write(`${entries.length} entries, ${(blob.length / 1e6).toFixed(1)} MB, ${totals.length} rounds
${' '.repeat(34)}       least      median        most
${row('verified and parsed', totals)}
${row('longest wait of the event loop', stalls)}
`);
