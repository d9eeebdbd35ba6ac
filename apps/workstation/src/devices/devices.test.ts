import { EventEmitter } from 'node:events';
import { DeviceError } from '@keywarden/fido2/ctap2';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { NodeHidConnection, type OpenHid } from './hid/connection.ts';
import { type HidLibrary, HidSource } from './hid/source.ts';
import { parseConfiguration, yubiKey } from './serial-numbers/yubikey.ts';

const log = pino({ level: 'silent' });
const fidoDevice = {
  vendorId: 0x1050,
  productId: 0x0407,
  path: '/dev/null',
  product: 'YubiKey OTP+FIDO+CCID',
  release: 0x543,
  interface: 1,
  usagePage: 0xf1d0,
  usage: 1,
};

/** A fake of an open node-hid device. */
class FakeHid extends EventEmitter implements OpenHid {
  readonly written: Buffer[] = [];
  closed = 0;
  failure: Error | null = null;
  async write(report: Buffer): Promise<number> {
    if (this.failure !== null) throw this.failure;
    this.written.push(report);
    return report.length;
  }
  async close(): Promise<void> {
    this.closed += 1;
  }
}

function source(library: Partial<HidLibrary> | Error, platform: NodeJS.Platform = 'darwin'): HidSource {
  return new HidSource({
    load: async () => {
      if (library instanceof Error) throw library;
      return {
        devicesAsync: async () => [fidoDevice],
        HIDAsync: { open: async () => new FakeHid() },
        ...library,
      };
    },
    platform,
    clock: systemClock,
    random: (length) => new Uint8Array(length),
    log,
  });
}

describe('a USB HID connection', () => {
  it('puts the report id 0 in front of what it sends and takes it off what it receives', async () => {
    const hid = new FakeHid();
    const connection = new NodeHidConnection(hid);
    const received: Uint8Array[] = [];
    connection.onReport((report) => received.push(report));
    await connection.send(new Uint8Array(64).fill(7));
    hid.emit('data', Buffer.alloc(64, 8));
    hid.emit('data', Buffer.concat([Buffer.from([0]), Buffer.alloc(64, 9)]));
    expect(hid.written[0]).toEqual(Buffer.concat([Buffer.from([0]), Buffer.alloc(64, 7)]));
    expect(received.map((report) => [report.length, report[0]])).toEqual([
      [64, 8],
      [64, 9],
    ]);
    await expect(connection.send(new Uint8Array(63))).rejects.toThrow(RangeError);
  });

  it('tells once that the key is gone, by a failed read or write, and closes its handle', async () => {
    const hid = new FakeHid();
    const connection = new NodeHidConnection(hid);
    const reasons: Error[] = [];
    connection.onRemoved((reason) => reasons.push(reason));
    hid.failure = new Error('Cannot write to hid device');
    await expect(connection.send(new Uint8Array(64))).rejects.toMatchObject({ code: 'removed' });
    hid.emit('error', new Error('could not read from HID device'));
    expect(reasons).toHaveLength(1);
    expect(hid.closed).toBe(1);
    const late: Error[] = [];
    connection.onRemoved((reason) => late.push(reason));
    expect(late[0]).toBeInstanceOf(DeviceError);
  });

  it('that we close ourselves is no removal', async () => {
    const hid = new FakeHid();
    const connection = new NodeHidConnection(hid);
    const reasons: Error[] = [];
    connection.onRemoved((reason) => reasons.push(reason));
    await connection.close();
    hid.emit('error', new Error('closed'));
    expect(reasons).toEqual([]);
  });
});

describe('keys on USB', () => {
  it('are the devices with the FIDO usage page, and no others', async () => {
    const keyboard = { ...fidoDevice, usagePage: 1, usage: 6 };
    const found = source({ devicesAsync: async () => [keyboard, fidoDevice, { ...fidoDevice, usage: 2 }] });
    const keys = await found.list();
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatchObject({ transport: 'hid', model: 'YubiKey OTP+FIDO+CCID', virtual: false });
    expect(found.limitation()).toBeNull();
  });

  it('are none where the system library is missing, and the operator is told which', async () => {
    const unloadable = source(new Error('libusb-1.0.so.0: cannot open shared object file'), 'linux');
    expect(await unloadable.list()).toEqual([]);
    expect(unloadable.limitation()).toMatch(/libusb-1\.0/);
    const failing = source(
      { devicesAsync: () => Promise.reject(new Error('cannot open shared object file')) },
      'linux',
    );
    expect(await failing.list()).toEqual([]);
    expect(failing.limitation()).toMatch(/apt install libusb-1\.0-0/);
  });

  it('that may not be opened are told with what to do about it, and no longer when they are gone', async () => {
    let plugged = [{ ...fidoDevice, path: '/proc/1/no-such-device' }];
    const forbidden = source({ devicesAsync: async () => plugged }, 'linux');
    expect(await forbidden.list()).toEqual([]);
    expect(forbidden.limitation()).toMatch(/udev rule/);
    plugged = [];
    await forbidden.list();
    expect(forbidden.limitation()).toBeNull();
  });

  it('have another handle after each plugging-in where the platform lets us tell', async () => {
    const [linux] = await source({}, 'linux').list();
    const [mac] = await source({}, 'darwin').list();
    expect(linux?.handle).toMatch(/^\/dev\/null#\d+$/);
    expect(mac?.handle).toBe('/dev/null');
  });
});

describe("a YubiKey's configuration", () => {
  it('tells serial number and firmware', () => {
    const bytes = Uint8Array.from([13, 2, 4, 0, 188, 97, 78, 5, 3, 5, 4, 3, 1, 0]);
    expect(parseConfiguration(bytes)).toEqual({ serial: '12345678', firmware: '5.4.3' });
  });

  it('without a serial number (Security Key series) gives none', () => {
    expect(parseConfiguration(Uint8Array.from([5, 5, 3, 5, 7, 1]))).toEqual({
      serial: null,
      firmware: '5.7.1',
    });
  });

  it('that is cut short or has a wrong length is refused', () => {
    for (const bytes of [[], [3, 2, 4], [4, 2, 4, 0, 0], [1, 2], [9, 2, 4, 0, 0, 0, 1]]) {
      expect(() => parseConfiguration(Uint8Array.from(bytes))).toThrow(DeviceError);
    }
  });

  it("is asked of Yubico's own keys alone", async () => {
    const [key] = await source({}).list();
    const [other] = await source({ devicesAsync: async () => [{ ...fidoDevice, vendorId: 0x096e }] }).list();
    expect(key && yubiKey.fits(key)).toBe(true);
    expect(other && yubiKey.fits(other)).toBe(false);
  });
});
