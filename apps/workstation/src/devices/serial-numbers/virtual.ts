import type { SerialNumberDriver } from './driver.ts';

/** The vendor command of our own virtual keys: the serial number in UTF-8. */
const readSerialNumber = 0x41;

/** What getInfo's 0x0100 stands for: major and minor, a byte each. */
const firmware = '1.0';

export const virtualKey: SerialNumberDriver = {
  fits: (key) => key.virtual,
  read: async (device, signal) => {
    const answer = await device.vendor(readSerialNumber, new Uint8Array(), { signal });
    return { serial: new TextDecoder().decode(answer).slice(0, 64), firmware };
  },
};
