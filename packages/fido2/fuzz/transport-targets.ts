import { concatBytes, equalBytes } from '../src/bytes/index.ts';
import { getInfo, hidCommand } from '../src/ctap2/index.ts';
import { type HidConnection, hidReportLength, openCtapHid } from '../src/ctaphid/index.ts';
import { packetsOf, parsePacket } from '../src/ctaphid/packets.ts';
import {
  type CardConnection,
  chainedApdus,
  extendedApdu,
  fidoApplicationId,
  openCardCtap,
  parseCommand,
  parseResponse,
  shortApdu,
} from '../src/iso7816/index.ts';
import { HidDevice } from '../src/virtual-authenticator/hid-device.ts';
import { SmartCard } from '../src/virtual-authenticator/smart-card.ts';
import { TurnedClock } from './clock.ts';
import { corpus, fromHex } from './corpus.ts';
import type { Seed, Target } from './fuzz.ts';
import { outcomeOf, require } from './refusals.ts';

const channel = 1;
const random = (length: number): Uint8Array => new Uint8Array(length).fill(7);

const keepalive = (status: number): Uint8Array[] =>
  packetsOf(channel, hidCommand.keepalive, Uint8Array.of(status));
const reports: readonly Seed[] = corpus.exchanges.flatMap(({ name, request, answer }) => {
  const asked = packetsOf(channel, hidCommand.cbor, fromHex(request));
  const answered = packetsOf(channel, hidCommand.cbor, fromHex(answer));
  return [
    { name, bytes: concatBytes(...keepalive(1), ...keepalive(2), ...answered) },
    { name, bytes: concatBytes(...asked, ...packetsOf(channel, hidCommand.ping, random(100))) },
  ];
});
const controls: readonly Seed[] = [
  { name: 'error', bytes: concatBytes(...packetsOf(channel, hidCommand.error, Uint8Array.of(6))) },
  { name: 'lost channel', bytes: concatBytes(...packetsOf(channel, hidCommand.error, Uint8Array.of(11))) },
  {
    name: 'init, lock, wink, cancel',
    bytes: concatBytes(
      ...packetsOf(0xffffffff, hidCommand.init, random(8)),
      ...packetsOf(channel, hidCommand.lock, Uint8Array.of(2)),
      ...packetsOf(channel, hidCommand.wink, new Uint8Array()),
      ...packetsOf(channel, hidCommand.cancel, new Uint8Array()),
    ),
  },
];

function cut(input: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let offset = 0; offset < input.length; offset += hidReportLength) {
    parts.push(input.slice(offset, offset + hidReportLength));
  }
  return parts;
}

/** A key that gives out channel 1 and answers the first request with whatever the input holds, then falls silent. */
function answeringKey(answer: readonly Uint8Array[]): HidConnection {
  const listeners = new Set<(report: Uint8Array) => void>();
  let answered = false;
  const deliver = (report: Uint8Array): void => {
    for (const listener of [...listeners]) listener(report);
  };
  return {
    send: async (report) => {
      const packet = parsePacket(report);
      require(packet !== null, 'only whole packets are sent');
      if (packet.kind === 'initialisation' && packet.command === hidCommand.init) {
        const given = Uint8Array.of(0, 0, 0, channel, 2, 1, 0, 0, 0x0d);
        for (const part of packetsOf(
          packet.channel,
          hidCommand.init,
          concatBytes(packet.data.subarray(0, 8), given),
        )) {
          deliver(part);
        }
      } else if (packet.kind === 'initialisation' && !answered) {
        answered = true;
        for (const part of answer) deliver(part);
      }
    },
    onReport: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onRemoved: () => () => {},
    close: async () => {},
  };
}

async function askKey(input: Uint8Array): Promise<string> {
  const clock = new TurnedClock();
  const device = await clock.settle(openCtapHid(answeringKey(cut(input)), { clock, random }));
  const result = await clock.settle(outcomeOf(getInfo(device)));
  require(clock.pending === 0, 'no timer outlives its transaction');
  return result;
}

/** A key that reads the input as reports of a client: it must answer only with whole packets, and stay usable. */
async function tellKey(input: Uint8Array): Promise<void> {
  const clock = new TurnedClock();
  const answers: Uint8Array[] = [];
  const device = new HidDevice({
    clock,
    emit: (report) => answers.push(report),
    wink: () => {},
    handle: async (_, message) => message,
    msg: true,
  });
  const reports = cut(input);
  for (const part of packetsOf(0xffffffff, hidCommand.init, random(8))) device.receive(part);
  for (const report of reports) device.receive(report);
  for (let ticks = 0; ticks < 20; ticks += 1) await null;
  require(answers.every((report) => report.length === hidReportLength), 'a key sends reports of 64 bytes');
  // The longest message echoes as 129 packets.
  require(answers.length <= 2 + reports.length * 130, 'a key does not send more than it was asked for');
  answers.length = 0;
  for (const part of packetsOf(0xffffffff, hidCommand.init, random(8))) device.receive(part);
  require(answers.length === 1 &&
    answers[0]?.[4] === (hidCommand.init | 0x80), 'a key can always be begun with anew');
}

const ctaphid: Target = {
  name: 'ctaphid',
  seeds: [...reports, ...controls],
  longestInput: 16_384,
  run: async (input) => {
    await tellKey(input);
    return askKey(input);
  },
};

const ok = Uint8Array.of(0x90, 0x00);
const select = shortApdu({ cla: 0, ins: 0xa4, p1: 4, p2: 0, data: fidoApplicationId });
const apdus: readonly Seed[] = corpus.exchanges.flatMap(({ name, request, answer }) => {
  const message = { cla: 0x80, ins: 0x10, p1: 0x80, p2: 0, data: fromHex(request) };
  const answered = fromHex(answer);
  const halves = [answered.subarray(0, 200), Uint8Array.of(0x61, 0), answered.subarray(200), ok];
  return [
    { name, bytes: framed(select, ...chainedApdus(message)) },
    {
      name,
      bytes: framed(
        select,
        extendedApdu(message),
        shortApdu({ ...message, ins: 0x11, data: new Uint8Array() }),
      ),
    },
    { name, bytes: framed(concatBytes(answered, ok)) },
    {
      name,
      bytes: framed(
        Uint8Array.of(1, 0x91, 0),
        concatBytes(...halves.slice(0, 2)),
        concatBytes(...halves.slice(2)),
      ),
    },
  ];
});

/** APDUs one after another, each after its length in two bytes, as vpcd has them. */
function framed(...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...parts.flatMap((part) => [Uint8Array.of(part.length >> 8, part.length & 0xff), part]));
}
function unframed(input: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let offset = 0; offset + 2 <= input.length; ) {
    const end = offset + 2 + (((input[offset] ?? 0) << 8) | (input[offset + 1] ?? 0));
    parts.push(input.slice(offset + 2, end));
    offset = end;
  }
  return parts;
}

/** A card that is selected, then answers what the input holds, and its last answer again and again. */
function answeringCard(answers: readonly Uint8Array[]): CardConnection {
  let asked = 0;
  return {
    transmit: async (apdu) => {
      require(parseCommand(apdu) !== null, 'only whole commands are sent');
      if (apdu[1] === 0xa4) return concatBytes(new TextEncoder().encode('FIDO_2_0'), ok);
      asked += 1;
      return answers[Math.min(asked, answers.length) - 1] ?? new Uint8Array();
    },
    onRemoved: () => () => {},
    close: async () => {},
  };
}

async function askCard(input: Uint8Array): Promise<string> {
  const clock = new TurnedClock();
  const device = await clock.settle(openCardCtap(answeringCard(unframed(input)), { clock }));
  // A card that works for three minutes and says so every 100 ms is as long as it gets.
  return clock.settle(outcomeOf(getInfo(device)), 4000);
}

async function tellCard(input: Uint8Array): Promise<void> {
  const clock = new TurnedClock();
  const card = new SmartCard({ clock, cbor: async (message) => message, u2f: async () => ok });
  for (const apdu of unframed(input)) {
    const response = await clock.settle(card.transmit(apdu));
    require(parseResponse(response) !== null, 'a card answers with a status word');
  }
  const answer = await clock.settle(card.transmit(select));
  require(equalBytes(answer.subarray(-2), ok), 'a card can always be selected anew');
}

const apdu: Target = {
  name: 'apdu',
  seeds: apdus,
  longestInput: 16_384,
  run: async (input) => {
    parseCommand(input);
    parseResponse(input);
    await tellCard(input);
    return askCard(input);
  },
};

export const transportTargets: readonly Target[] = [ctaphid, apdu];
