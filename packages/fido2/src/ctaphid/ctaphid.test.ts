import { describe, expect, it } from 'vitest';
import { CtapError, getInfo, hidCommand, makeCredential, selection } from '../ctap2/index.ts';
import { virtualSerialCommand } from '../virtual-authenticator/index.ts';
import {
  memoryStore,
  plugIn,
  SimulatedClock,
  seededRandom,
} from '../virtual-authenticator/plugged-key.fake.ts';
import type { HidConnection } from './connection.ts';
import { lock, openCtapHid, ping, wink } from './index.ts';
import {
  broadcastChannel,
  MessageAssembly,
  maximumHidMessageLength,
  packetsOf,
  parsePacket,
} from './packets.ts';

const bytes = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 7 + length) & 0xff);

/** A raw handle: what comes in, packet by packet. */
const rawHandle = (connection: HidConnection) => {
  const seen: Uint8Array[] = [];
  connection.onReport((report) => seen.push(report));
  return {
    seen,
    send: async (channel: number, command: number, message: Uint8Array) => {
      for (const packet of packetsOf(channel, command, message)) await connection.send(packet);
    },
    errors: () =>
      seen
        .map((report) => parsePacket(report))
        .filter((packet) => packet?.kind === 'initialisation' && packet.command === hidCommand.error)
        .map((packet) => packet?.data[0]),
  };
};

const allocate = async (connection: HidConnection): Promise<number> => {
  const handle = rawHandle(connection);
  await handle.send(broadcastChannel, hidCommand.init, bytes(8));
  await new Promise((resolve) => setImmediate(resolve));
  const answer = handle.seen[0] ?? new Uint8Array(64);
  return new DataView(answer.buffer).getUint32(7 + 8);
};

describe('CTAP 2.1 §11.2.4: messages and packets', () => {
  it.each([0, 1, 56, 57, 58, 116, 117, 1024, 7608, 7609])(
    '%i bytes come back from the key as they went',
    async (length) => {
      const { open } = await plugIn();
      expect(await ping(await open(), bytes(length))).toEqual(bytes(length));
    },
  );

  it('fills one packet with 57 bytes, needs a second for the 58th and 129 for 7609', () => {
    expect(packetsOf(1, hidCommand.ping, bytes(57))).toHaveLength(1);
    expect(packetsOf(1, hidCommand.ping, bytes(58))).toHaveLength(2);
    expect(packetsOf(1, hidCommand.ping, bytes(maximumHidMessageLength))).toHaveLength(129);
    expect(maximumHidMessageLength).toBe(7609);
  });

  it('refuses a message of 7610 bytes before anything is sent', async () => {
    const { open } = await plugIn();
    await expect(ping(await open(), bytes(7610))).rejects.toMatchObject({ code: 'message-too-large' });
    expect(() => packetsOf(1, hidCommand.ping, bytes(7610))).toThrow(RangeError);
  });

  it('takes no packet of another length and no continuation out of order', () => {
    expect(parsePacket(bytes(63))).toBeNull();
    expect(parsePacket(bytes(65))).toBeNull();
    const [first, second, third] = packetsOf(1, hidCommand.ping, bytes(150)).map((packet) =>
      parsePacket(packet),
    );
    if (
      first?.kind !== 'initialisation' ||
      second?.kind !== 'continuation' ||
      third?.kind !== 'continuation'
    ) {
      throw new Error('three packets were expected');
    }
    const assembly = new MessageAssembly(first);
    expect(assembly.add(third)).toBe(false);
    expect(assembly.add(second)).toBe(true);
    expect(assembly.add(second)).toBe(false);
    expect(assembly.message).toBeNull();
    expect(assembly.add(third)).toBe(true);
    expect(assembly.message).toEqual(bytes(150));
    expect(assembly.add(third)).toBe(false);
  });
});

describe('CTAP 2.1 §11.2.9.1.3: CTAPHID_INIT', () => {
  it('allocates a channel of its own for each program and tells what the key can do', async () => {
    const { open, key } = await plugIn();
    const [one, other] = [await open(), await open()];
    expect(one.capabilities).toMatchObject({ wink: true, cbor: true });
    expect(one.deviceVersion).toEqual([1, 0, 0]);
    const serials = await Promise.all(
      [one, other].map((device) => device.vendor(virtualSerialCommand, new Uint8Array())),
    );
    expect(serials.map((serial) => new TextDecoder().decode(serial))).toEqual([key.serial, key.serial]);
  });

  it("ignores the answer to another program's INIT, which comes on the same broadcast channel", async () => {
    const clock = new SimulatedClock();
    const random = seededRandom('init');
    const listeners = new Set<(report: Uint8Array) => void>();
    const answer = (nonce: Uint8Array, channel: number): Uint8Array => {
      const message = new Uint8Array(17);
      message.set(nonce);
      new DataView(message.buffer).setUint32(8, channel);
      message[16] = 0x04;
      return packetsOf(broadcastChannel, hidCommand.init, message)[0] ?? new Uint8Array();
    };
    const connection: HidConnection = {
      send: async (report) => {
        for (const listener of listeners) {
          listener(answer(bytes(8), 666));
          listener(answer(report.subarray(7, 15), 5));
        }
      },
      onReport: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      onRemoved: () => () => {},
      close: async () => {},
    };
    expect((await openCtapHid(connection, { clock, random })).capabilities.cbor).toBe(true);
  });

  it('fails in time where nothing answers', async () => {
    const clock = new SimulatedClock();
    const silent: HidConnection = {
      send: async () => {},
      onReport: () => () => {},
      onRemoved: () => () => {},
      close: async () => {},
    };
    await expect(openCtapHid(silent, { clock, random: seededRandom('silent') })).rejects.toMatchObject({
      name: 'DeviceError',
      code: 'timeout',
    });
  });

  it('brings a channel back in step: a request that was being received is dropped', async () => {
    const { key, clock } = await plugIn();
    const connection = key.connect();
    const channel = await allocate(connection);
    const handle = rawHandle(connection);
    const [first] = packetsOf(channel, hidCommand.ping, bytes(200));
    await connection.send(first ?? new Uint8Array(64));
    await handle.send(channel, hidCommand.init, bytes(8));
    await handle.send(channel, hidCommand.ping, bytes(3));
    await clock.pass(1000);
    expect(handle.errors()).toEqual([]);
    expect(handle.seen).toHaveLength(2);
    expect(parsePacket(handle.seen[1] ?? bytes(0))).toMatchObject({ command: hidCommand.ping, length: 3 });
  });
});

describe('CTAP 2.1 §11.2.5: one transaction at a time', () => {
  it('answers ERR_CHANNEL_BUSY to others while it works, and the client tries again until it is free', async () => {
    const { open, clock } = await plugIn({ touch: 2000 });
    const [one, other] = [await open(), await open()];
    const touched = selection(one);
    await clock.pass(100);
    expect(await ping(other, bytes(9))).toEqual(bytes(9));
    expect(clock.now()).toBeGreaterThanOrEqual(2000);
    await touched;
  });

  it('tells `busy` where the other program does not let go', async () => {
    const { open, clock } = await plugIn({ touch: 'manual' });
    const [one, other] = [await open(), await open()];
    const touched = selection(one);
    touched.catch(() => {});
    await clock.pass(100);
    await expect(getInfo(other)).rejects.toMatchObject({ code: 'busy', transportStatus: 0x06 });
    await expect(touched).rejects.toBeInstanceOf(CtapError);
  });

  it("ignores other channels' packets, however much they look like an answer", async () => {
    const { key, clock, random } = await plugIn();
    const connection = key.connect();
    let noisy = false;
    const crowded: HidConnection = {
      ...connection,
      onReport: (listener) => {
        const noise = [
          ...packetsOf(0x1234, hidCommand.cbor, bytes(300)),
          ...packetsOf(broadcastChannel, hidCommand.error, Uint8Array.of(0x7f)),
          new Uint8Array(12),
        ];
        return connection.onReport((report) => {
          for (const packet of noisy ? noise : []) listener(packet);
          listener(report);
          for (const packet of noisy ? noise : []) listener(packet);
        });
      },
    };
    const device = await openCtapHid(crowded, { clock, random });
    noisy = true;
    expect(await ping(device, bytes(1000))).toEqual(bytes(1000));
  });

  it('queues the calls of one program', async () => {
    const { open } = await plugIn();
    const device = await open();
    const answers = await Promise.all([1, 60, 500, 2].map((length) => ping(device, bytes(length))));
    expect(answers.map(({ length }) => length)).toEqual([1, 60, 500, 2]);
  });

  it('sends a keepalive every 100 ms with what the key waits for', async () => {
    const { open } = await plugIn({ touch: 1000 });
    const device = await open();
    const seen: string[] = [];
    await selection(device, { onKeepalive: (status) => seen.push(status) });
    expect(seen.filter((status) => status === 'user-presence-needed').length).toBeGreaterThanOrEqual(9);
  });
});

describe('CTAPHID_CANCEL', () => {
  it('ends a touch that was waited for with CTAP2_ERR_KEEPALIVE_CANCEL, and the key works on', async () => {
    const { open } = await plugIn({ touch: 'manual' });
    const device = await open();
    const abort = new AbortController();
    const waiting = selection(device, { signal: abort.signal, onKeepalive: () => abort.abort() });
    await expect(waiting).rejects.toMatchObject({ status: 0x2d });
    expect((await getInfo(device)).versions).toContain('FIDO_2_1');
  });

  it('sends nothing where it came first', async () => {
    const { open } = await plugIn();
    const device = await open();
    await expect(getInfo(device, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('gives a deaf key up after a grace and brings it back in step before the next command', async () => {
    const { key, clock, random } = await plugIn({ touch: 1_000 });
    const connection = key.connect();
    const deaf: HidConnection = {
      ...connection,
      send: (report) =>
        report[4] === (hidCommand.cancel | 0x80) ? Promise.resolve() : connection.send(report),
      onReport: (listener) =>
        connection.onReport((report) => {
          const packet = parsePacket(report);
          const late =
            packet?.kind === 'initialisation' && packet.command === hidCommand.cbor && clock.now() < 5_000;
          if (!late) listener(report);
        }),
    };
    const device = await openCtapHid(deaf, { clock, random });
    const abort = new AbortController();
    const waiting = selection(device, { signal: abort.signal, onKeepalive: () => abort.abort() });
    await expect(waiting).rejects.toMatchObject({ code: 'cancel-unconfirmed' });
    await clock.pass(5_000);
    expect((await getInfo(device)).versions).toContain('FIDO_2_1');
  });
});

describe('a key that is pulled', () => {
  it('ends the transaction in the middle with `removed`, and every later one', async () => {
    const { open, key } = await plugIn({ touch: 'manual' });
    const device = await open();
    const waiting = selection(device, { onKeepalive: () => key.remove() });
    await expect(waiting).rejects.toMatchObject({ name: 'DeviceError', code: 'removed' });
    await expect(getInfo(device)).rejects.toMatchObject({
      code: expect.stringMatching(/removed|transport-failed/),
    });
    key.attach();
    await expect(getInfo(device)).rejects.toBeInstanceOf(Error);
  });

  it('answers again through a new handle once it is plugged in', async () => {
    const { open, key } = await plugIn();
    await open();
    key.remove();
    expect(key.attached).toBe(false);
    await expect(open()).rejects.toBeInstanceOf(Error);
    key.attach();
    expect((await getInfo(await open())).aaguid).toBe(key.aaguid);
  });

  it('tells a closed device from a dead one', async () => {
    const { open } = await plugIn();
    const device = await open();
    await device.close();
    await device.close();
    await expect(getInfo(device)).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('misbehaving keys', () => {
  const answering = async (packets: (channel: number) => readonly Uint8Array[]) => {
    const { key, clock, random } = await plugIn();
    const connection = key.connect();
    let listener = (_: Uint8Array): void => {};
    const device = await openCtapHid(
      {
        ...connection,
        send: async (report) => {
          const packet = parsePacket(report);
          if (packet?.kind === 'initialisation' && packet.command === hidCommand.ping) {
            for (const answer of packets(packet.channel)) listener(answer);
          } else {
            await connection.send(report);
          }
        },
        onReport: (receive) => {
          listener = receive;
          return connection.onReport(receive);
        },
      },
      { clock, random },
    );
    return { device, clock };
  };

  it('packets out of order are a protocol violation, and the channel is brought back in step', async () => {
    const { device } = await answering((channel) => {
      const [first, , third] = packetsOf(channel, hidCommand.ping, bytes(200));
      return [first, third].filter((packet) => packet !== undefined);
    });
    await expect(ping(device, bytes(1))).rejects.toMatchObject({ code: 'protocol-violated' });
    expect((await getInfo(device)).versions).toContain('FIDO_2_1');
  });

  it('an announced length beyond 7609 is a protocol violation', async () => {
    const { device } = await answering((channel) => {
      const packet = new Uint8Array(64);
      const view = new DataView(packet.buffer);
      view.setUint32(0, channel);
      packet[4] = hidCommand.ping | 0x80;
      view.setUint16(5, 7610);
      return [packet];
    });
    await expect(ping(device, bytes(1))).rejects.toMatchObject({ code: 'protocol-violated' });
  });

  it('half an answer and then silence is a time-out', async () => {
    const { device, clock } = await answering((channel) =>
      packetsOf(channel, hidCommand.ping, bytes(200)).slice(0, 2),
    );
    await expect(ping(device, bytes(1))).rejects.toMatchObject({ code: 'timeout' });
    expect(clock.now()).toBeGreaterThanOrEqual(10_000);
  });

  it('keepalives without end are a time-out too', async () => {
    const { key, clock, random } = await plugIn();
    const connection = key.connect();
    let listener = (_: Uint8Array): void => {};
    let channel = 0;
    const device = await openCtapHid(
      {
        ...connection,
        send: async (report) => {
          const packet = parsePacket(report);
          if (packet?.kind !== 'initialisation' || packet.command !== hidCommand.cbor)
            return connection.send(report);
          channel = packet.channel;
          const tick = (): void => {
            for (const keepalive of packetsOf(channel, hidCommand.keepalive, Uint8Array.of(1)))
              listener(keepalive);
            clock.after(5_000, tick);
          };
          if (clock.now() < 180_000) tick();
        },
        onReport: (receive) => {
          listener = receive;
          return connection.onReport(receive);
        },
      },
      { clock, random },
    );
    const waiting = device.call(hidCommand.cbor, Uint8Array.of(4));
    await expect(waiting).rejects.toMatchObject({ code: 'timeout' });
    expect(clock.now()).toBeLessThan(200_000);
  });

  it('a key that forgot the channel gets a new one, and the command once more', async () => {
    const { key, clock, random } = await plugIn();
    const connection = key.connect();
    let forgets = true;
    let listener = (_: Uint8Array): void => {};
    const device = await openCtapHid(
      {
        ...connection,
        send: async (report) => {
          const packet = parsePacket(report);
          if (forgets && packet?.kind === 'initialisation' && packet.command === hidCommand.cbor) {
            forgets = false;
            for (const error of packetsOf(packet.channel, hidCommand.error, Uint8Array.of(0x0b)))
              listener(error);
          } else {
            await connection.send(report);
          }
        },
        onReport: (receive) => {
          listener = receive;
          return connection.onReport(receive);
        },
      },
      { clock, random },
    );
    expect((await getInfo(device)).versions).toContain('FIDO_2_1');
    expect(forgets).toBe(false);
  });
});

describe('the device side judges packets as CTAP 2.1 §11.2 says', () => {
  const begin = async () => {
    const { key, clock } = await plugIn({ touch: 'manual' });
    const connection = key.connect();
    const channel = await allocate(connection);
    return { key, clock, connection, channel, handle: rawHandle(connection) };
  };

  it('a channel that nobody allocated: ERR_INVALID_CHANNEL', async () => {
    const { handle, clock } = await begin();
    await handle.send(0x7777, hidCommand.ping, bytes(1));
    await handle.send(broadcastChannel, hidCommand.ping, bytes(1));
    await clock.pass(1);
    expect(handle.errors()).toEqual([0x0b, 0x0b]);
  });

  it('channels without end push out the oldest, whose program begins anew and goes on', async () => {
    const { open } = await plugIn();
    const first = await open();
    for (let count = 0; count < 256; count += 1) await open();
    expect(await ping(first, bytes(3))).toEqual(bytes(3));
  });

  it('an unknown command: ERR_INVALID_CMD; an INIT without eight bytes: ERR_INVALID_LEN', async () => {
    const { handle, clock, channel } = await begin();
    await handle.send(channel, 0x3e, bytes(1));
    await handle.send(channel, hidCommand.init, bytes(7));
    await clock.pass(1);
    expect(handle.errors()).toEqual([0x01, 0x03]);
  });

  it('a wrong sequence number, or a new message in the middle of one: ERR_INVALID_SEQ', async () => {
    const { handle, clock, channel, connection } = await begin();
    const [first, , third] = packetsOf(channel, hidCommand.ping, bytes(200));
    if (first === undefined || third === undefined) throw new Error('three packets were expected');
    await connection.send(first);
    await connection.send(third);
    await connection.send(first);
    await connection.send(first);
    await clock.pass(1);
    expect(handle.errors()).toEqual([0x04, 0x04]);
  });

  it('a message whose rest does not come within 500 ms: ERR_MSG_TIMEOUT', async () => {
    const { handle, clock, channel, connection } = await begin();
    await connection.send(packetsOf(channel, hidCommand.ping, bytes(200))[0] ?? new Uint8Array(64));
    await clock.pass(600);
    expect(handle.errors()).toEqual([0x05]);
  });

  it('spurious continuations and cancels of nothing are ignored', async () => {
    const { handle, clock, channel, connection } = await begin();
    const [, second] = packetsOf(channel, hidCommand.ping, bytes(100));
    await connection.send(second ?? new Uint8Array(64));
    await handle.send(channel, hidCommand.cancel, new Uint8Array());
    await clock.pass(1);
    expect(handle.seen).toEqual([]);
  });

  it('a cancel from another channel does not end the transaction', async () => {
    const { handle, clock, channel, connection, key } = await begin();
    const other = await allocate(connection);
    await handle.send(channel, hidCommand.cbor, Uint8Array.of(0x0b));
    await clock.pass(150);
    await handle.send(other, hidCommand.cancel, new Uint8Array());
    await clock.pass(150);
    key.press();
    await clock.pass(1);
    expect(parsePacket(handle.seen.at(-1) ?? bytes(0))).toMatchObject({
      command: hidCommand.cbor,
      length: 1,
    });
    expect(handle.seen.at(-1)?.[7]).toBe(0);
  });

  it('INIT on the channel of a transaction ends it without an answer', async () => {
    const { handle, clock, channel, key } = await begin();
    await handle.send(channel, hidCommand.cbor, Uint8Array.of(0x0b));
    await clock.pass(150);
    await handle.send(channel, hidCommand.init, bytes(8));
    await clock.pass(1);
    const before = handle.seen.length;
    key.press();
    await clock.pass(1000);
    expect(handle.seen).toHaveLength(before);
  });
});

describe('CTAPHID_LOCK and CTAPHID_WINK', () => {
  it('a lock keeps others out until it is given back or runs out', async () => {
    const { open, clock } = await plugIn();
    const [one, other] = [await open(), await open()];
    await lock(one, 2);
    expect(await ping(one, bytes(3))).toEqual(bytes(3));
    const before = clock.now();
    expect(await ping(other, bytes(3))).toEqual(bytes(3));
    expect(clock.now() - before).toBeGreaterThanOrEqual(1_900);
    await lock(one, 10);
    await lock(one, 0);
    expect(await ping(other, bytes(3))).toEqual(bytes(3));
    await expect(lock(one, 11)).rejects.toThrow(RangeError);
  });

  it('a wink shows the key', async () => {
    let winks = 0;
    const { open } = await plugIn({ onWink: () => (winks += 1) });
    await wink(await open());
    expect(winks).toBe(1);
  });
});

describe('a store that fails', () => {
  it('gives an error instead of an answer, and the key is as it was before', async () => {
    const store = memoryStore();
    const { open } = await plugIn({ store });
    const device = await open();
    const before = await getInfo(device);
    store.failing = true;
    const request = {
      clientDataHash: bytes(32),
      rp: { id: 'example.org' },
      user: { id: bytes(8) },
      algorithms: [-7],
      options: { rk: true },
    };
    await expect(makeCredential(device, request)).rejects.toMatchObject({ status: 0x7f });
    store.failing = false;
    expect(await getInfo(device)).toEqual(before);
  });
});
