import { EventEmitter } from 'node:events';
import { DeviceError } from '@keywarden/fido2/ctap2';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { NodeHidConnection, type OpenHid } from './hid/connection.ts';
import { type HidLibrary, HidSource } from './hid/source.ts';
import { PcscError, type PcscLibrary, pcscCode } from './pcsc/library.ts';
import { PcscSource } from './pcsc/source.ts';
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

/** A fake of PC/SC: readers by name, each with what lies in it. */
class FakePcsc implements PcscLibrary {
  readonly readers = new Map<string, 'key' | 'badge' | 'busy' | null>();
  events = 0;
  daemon = true;
  connections = 0;
  contexts = 0;

  async establishContext() {
    this.#requireDaemon();
    this.contexts += 1;
    return {
      readers: async () => {
        this.#requireDaemon();
        return [...this.readers.keys()];
      },
      state: async (reader: string) => ({ present: this.readers.get(reader) !== null, events: this.events }),
      connect: async (reader: string) => {
        const card = this.readers.get(reader);
        if (card === 'busy') throw new PcscError('SCardConnect', pcscCode.sharingViolation);
        this.connections += 1;
        return {
          // SELECT of the FIDO applet: its version, or "application not found".
          transmit: async () =>
            new Uint8Array(card === 'key' ? Buffer.from('FIDO_2_0\x90\x00', 'latin1') : [0x6a, 0x82]),
          disconnect: async () => undefined,
        };
      },
      release: async () => {
        this.contexts -= 1;
      },
    };
  }

  #requireDaemon(): void {
    if (!this.daemon) throw new PcscError('SCardEstablishContext', pcscCode.noService);
  }
}

function cards(library: FakePcsc | Error): PcscSource {
  const load = async () => {
    if (library instanceof Error) throw library;
    return library;
  };
  return new PcscSource({ load, platform: 'linux', clock: systemClock, log });
}

describe('keys on card readers', () => {
  it('are the cards with the FIDO applet; any other card is asked once and then left alone', async () => {
    const pcsc = new FakePcsc();
    pcsc.readers.set('ACS ACR122U 00 00', 'key').set('Alcor AU9560 01 00', 'badge').set('Empty 02 00', null);
    const source = cards(pcsc);
    const keys = await source.list();
    expect(keys).toMatchObject([{ transport: 'pcsc', model: 'Key on ACS ACR122U', virtual: false }]);
    const asked = pcsc.connections;
    await source.list();
    await source.list();
    expect(pcsc.connections).toBe(asked);
    expect(source.limitation()).toBeNull();
    // Only the listing context stays open.
    expect(pcsc.contexts).toBe(1);
    await source.close();
    expect(pcsc.contexts).toBe(0);
  });

  it('have another handle after each putting-in, and are asked anew', async () => {
    const pcsc = new FakePcsc();
    pcsc.readers.set('ACS ACR122U 00 00', 'key');
    const source = cards(pcsc);
    const [before] = await source.list();
    pcsc.events += 2;
    const [after] = await source.list();
    expect(after?.handle).not.toBe(before?.handle);
  });

  it('do not include a key on USB, which USB HID lists already', async () => {
    const pcsc = new FakePcsc();
    pcsc.readers.set('Yubico YubiKey OTP+FIDO+CCID 00 00', 'key');
    expect(await cards(pcsc).list()).toEqual([]);
    expect(pcsc.connections).toBe(0);
  });

  it('that another program uses come when it is done with them', async () => {
    const pcsc = new FakePcsc();
    pcsc.readers.set('ACS ACR122U 00 00', 'busy');
    const source = cards(pcsc);
    expect(await source.list()).toEqual([]);
    pcsc.readers.set('ACS ACR122U 00 00', 'key');
    expect(await source.list()).toHaveLength(1);
  });

  it('are none without library or daemon, the operator is told which, and a daemon started later is found', async () => {
    const without = cards(new Error('libpcsclite.so.1: cannot open shared object file'));
    expect(await without.list()).toEqual([]);
    expect(without.limitation()).toMatch(/libpcsclite/);
    const pcsc = new FakePcsc();
    pcsc.readers.set('ACS ACR122U 00 00', 'key');
    pcsc.daemon = false;
    const source = cards(pcsc);
    expect(await source.list()).toEqual([]);
    expect(source.limitation()).toMatch(/daemon is not running/);
    pcsc.daemon = true;
    expect(await source.list()).toHaveLength(1);
    expect(source.limitation()).toBeNull();
    pcsc.daemon = false;
    expect(await source.list()).toEqual([]);
    expect(source.limitation()).toMatch(/daemon is not running/);
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
