import { Buffer } from 'node:buffer';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type HidConnection, hidReportLength } from '@keywarden/fido2/ctaphid';

/** <linux/uhid.h>; every event is its type in 32 bits and a packed structure, little endian on the machines we run on. */
const event = { output: 6, getReport: 9, create2: 11, input2: 12, setReport: 13 } as const;
const eventLength = 4380;
const busUsb = 0x03;
/** struct uhid_output_req: 4096 bytes of data, then their number. */
const outputSizeAt = 4 + 4096;

/** CTAP 2.1 §11.2.8.2: usage page 0xF1D0, one input and one output report of 64 bytes, neither numbered. */
const reportDescriptor = Buffer.from(
  '06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0',
  'hex',
);

export interface UhidIdentity {
  readonly name: string;
  readonly serialNumber: string;
  readonly vendorId: number;
  readonly productId: number;
}

/**
 * Makes a device of the running kernel out of a connection: what programs write to its /dev/hidraw node is sent, what
 * the connection reports they read. Lives as long as the process.
 */
export async function plugIntoKernel(connection: HidConnection, identity: UhidIdentity): Promise<void> {
  const uhid = await open('/dev/uhid', constants.O_RDWR);
  await uhid.write(createEvent(identity));
  connection.onReport((report) => {
    void uhid.write(inputEvent(report));
  });
  void pump(uhid, connection);
}

function createEvent({ name, serialNumber, vendorId, productId }: UhidIdentity): Buffer {
  const bytes = Buffer.alloc(4 + 128 + 64 + 64 + 2 + 2 + 4 * 4 + reportDescriptor.length);
  bytes.writeUInt32LE(event.create2, 0);
  bytes.write(name, 4, 127);
  bytes.write(serialNumber, 4 + 128 + 64, 63);
  const fixed = 4 + 128 + 64 + 64;
  bytes.writeUInt16LE(reportDescriptor.length, fixed);
  bytes.writeUInt16LE(busUsb, fixed + 2);
  bytes.writeUInt32LE(vendorId, fixed + 4);
  bytes.writeUInt32LE(productId, fixed + 8);
  reportDescriptor.copy(bytes, fixed + 20);
  return bytes;
}

function inputEvent(report: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + 2 + report.length);
  bytes.writeUInt32LE(event.input2, 0);
  bytes.writeUInt16LE(report.length, 4);
  bytes.set(report, 6);
  return bytes;
}

/** What the kernel passes on from programs: one event for each read. */
async function pump(uhid: FileHandle, connection: HidConnection): Promise<void> {
  const bytes = Buffer.alloc(eventLength);
  for (;;) {
    await uhid.read(bytes, 0, eventLength, null);
    const kind = bytes.readUInt32LE(0);
    if (kind === event.output) {
      const size = bytes.readUInt16LE(outputSizeAt);
      // hidraw hands the number of the report through, which is 0 for one without.
      const start = size === hidReportLength + 1 ? 5 : 4;
      await connection.send(Uint8Array.from(bytes.subarray(start, start + hidReportLength)));
    } else if (kind === event.getReport || kind === event.setReport) {
      // There are no feature reports: -EIO at once, or whoever asks waits for five seconds.
      const reply = Buffer.alloc(4 + 4 + 2 + 2);
      reply.writeUInt32LE(kind + 1, 0);
      bytes.copy(reply, 4, 4, 8);
      reply.writeUInt16LE(5, 8);
      await uhid.write(reply);
    }
  }
}
