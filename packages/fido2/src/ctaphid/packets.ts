import { hidReportLength } from './connection.ts';

/** CTAP 2.1 §11.2.4: 57 bytes in the initialisation packet, 59 in each of at most 128 continuation packets. */
const initialisationData = hidReportLength - 7;
const continuationData = hidReportLength - 5;
export const maximumHidMessageLength = initialisationData + 128 * continuationData;

export const broadcastChannel = 0xffffffff;

export type HidPacket =
  | {
      readonly kind: 'initialisation';
      readonly channel: number;
      readonly command: number;
      /** Of the whole message. */
      readonly length: number;
      readonly data: Uint8Array;
    }
  | {
      readonly kind: 'continuation';
      readonly channel: number;
      readonly sequence: number;
      readonly data: Uint8Array;
    };

/** Null where the report is too short to be a packet at all. */
export const parsePacket = (report: Uint8Array): HidPacket | null => {
  if (report.length !== hidReportLength) return null;
  const view = new DataView(report.buffer, report.byteOffset, report.length);
  const channel = view.getUint32(0);
  const marker = view.getUint8(4);
  if ((marker & 0x80) === 0) {
    return { kind: 'continuation', channel, sequence: marker, data: report.subarray(5) };
  }
  return {
    kind: 'initialisation',
    channel,
    command: marker & 0x7f,
    length: view.getUint16(5),
    data: report.subarray(7),
  };
};

/** @param message at most `maximumHidMessageLength` bytes; more throws RangeError. */
export const packetsOf = (channel: number, command: number, message: Uint8Array): Uint8Array[] => {
  if (message.length > maximumHidMessageLength) {
    throw new RangeError(`${message.length} bytes do not fit into one CTAPHID message`);
  }
  const first = new Uint8Array(hidReportLength);
  const view = new DataView(first.buffer);
  view.setUint32(0, channel);
  view.setUint8(4, command | 0x80);
  view.setUint16(5, message.length);
  first.set(message.subarray(0, initialisationData), 7);
  const packets = [first];
  for (let offset = initialisationData; offset < message.length; offset += continuationData) {
    const packet = new Uint8Array(hidReportLength);
    new DataView(packet.buffer).setUint32(0, channel);
    packet[4] = packets.length - 1;
    packet.set(message.subarray(offset, offset + continuationData), 5);
    packets.push(packet);
  }
  return packets;
};

/** One message as its packets come in. */
export class MessageAssembly {
  readonly channel: number;
  readonly command: number;
  readonly #message: Uint8Array;
  #received: number;
  #nextSequence = 0;

  constructor(first: HidPacket & { kind: 'initialisation' }) {
    this.channel = first.channel;
    this.command = first.command;
    this.#message = new Uint8Array(first.length);
    this.#received = Math.min(first.length, first.data.length);
    this.#message.set(first.data.subarray(0, this.#received));
  }

  /** The whole message, or null while packets are missing. */
  get message(): Uint8Array | null {
    return this.#received === this.#message.length ? this.#message : null;
  }

  /** False where the packet is out of order. */
  add(packet: HidPacket & { kind: 'continuation' }): boolean {
    if (packet.sequence !== this.#nextSequence || this.message !== null) return false;
    const data = packet.data.subarray(0, this.#message.length - this.#received);
    this.#message.set(data, this.#received);
    this.#received += data.length;
    this.#nextSequence += 1;
    return true;
  }
}
