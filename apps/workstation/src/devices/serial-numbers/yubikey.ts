import { DeviceError } from '@keywarden/fido2/ctap2';
import type { MakersMark, SerialNumberDriver } from './driver.ts';

const yubico = 0x1050;
/** "Get device configuration" over FIDO HID; YubiKey 4 and later. The same bytes as the management applet's. */
const readConfiguration = 0x42;
const serialNumberTag = 0x02;
const firmwareTag = 0x05;

/** YubiKeys tell serial number and firmware; the Security Key series has no serial number to tell. */
export const yubiKey: SerialNumberDriver = {
  fits: (key) => key.transport === 'hid' && key.vendorId === yubico,
  read: async (device, signal) =>
    parseConfiguration(await device.vendor(readConfiguration, new Uint8Array(), { signal })),
};

/** One length byte, then tag, length, value of one byte length each. @throws DeviceError */
export function parseConfiguration(bytes: Uint8Array): MakersMark {
  if (bytes[0] !== bytes.length - 1) throw malformed();
  const values = new Map<number, Uint8Array>();
  let offset = 1;
  while (offset < bytes.length) {
    const tag = bytes[offset];
    const length = bytes[offset + 1];
    if (tag === undefined || length === undefined || offset + 2 + length > bytes.length) throw malformed();
    values.set(tag, bytes.subarray(offset + 2, offset + 2 + length));
    offset += 2 + length;
  }
  const serial = values.get(serialNumberTag);
  const firmware = values.get(firmwareTag);
  return {
    serial: serial?.length === 4 ? String(bigEndian(serial)) : null,
    firmware: firmware?.length === 3 ? [...firmware].join('.') : null,
  };
}

function bigEndian(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

function malformed(): DeviceError {
  return new DeviceError('response-malformed', 'the configuration of the YubiKey is not well formed');
}
