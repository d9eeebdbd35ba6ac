import { setTimeout as pause } from 'node:timers/promises';
import type { Clock, Random } from '@keywarden/domain';
import { randomPortion } from './random-bytes.ts';

export const systemClock: Clock = {
  now: () => new Date(),
  wait: (milliseconds) => pause(milliseconds),
};

export function createRandom(clock: Clock): Random {
  let last = 0;
  let counter = 0;
  return {
    bytes: randomPortion,
    uuid: () => {
      const random = randomPortion(10);
      const now = clock.now().getTime();
      counter += 1;
      if (now > last) {
        last = now;
        // RFC 9562 §6.2 method 1: begins anywhere in the lower half, and ids of one millisecond keep their order.
        counter = (((random[0] ?? 0) << 8) | (random[1] ?? 0)) & 0x7ff;
      } else if (counter > 0xfff) {
        last += 1;
        counter = 0;
      }
      return uuidVersion7({ milliseconds: last, counter, random });
    },
  };
}

/** RFC 9562 §5.7: 48 bits of milliseconds, 12 of a counter, 62 random. */
export function uuidVersion7(parts: { milliseconds: number; counter: number; random: Uint8Array }): string {
  const bytes = Buffer.alloc(16);
  bytes.set(parts.random.subarray(0, 10), 6);
  bytes.writeUIntBE(parts.milliseconds, 0, 6);
  bytes.writeUInt16BE(0x7000 | parts.counter, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
