import { concatBytes } from '../bytes/index.ts';

/** ISO 7816-4 §5.1: a command without its lengths. */
export interface CommandApdu {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Uint8Array;
}

export interface ResponseApdu {
  readonly data: Uint8Array;
  readonly statusWord: number;
}

const shortLimit = 255;
const extendedLimit = 65_535;
/** ISO 7816-4 §5.1.1: more of this command follows. */
const chainingBit = 0x10;

/** Asks for as much as a short response carries: 256 bytes. */
export const shortApdu = ({ cla, ins, p1, p2, data }: CommandApdu): Uint8Array => {
  if (data.length > shortLimit) throw new RangeError(`${data.length} bytes do not fit into a short APDU`);
  const lengthOfData = data.length === 0 ? new Uint8Array() : Uint8Array.of(data.length);
  return concatBytes(Uint8Array.of(cla, ins, p1, p2), lengthOfData, data, Uint8Array.of(0));
};

/** Asks for as much as an extended response carries: 65,536 bytes. */
export const extendedApdu = ({ cla, ins, p1, p2, data }: CommandApdu): Uint8Array => {
  if (data.length > extendedLimit) throw new RangeError(`${data.length} bytes do not fit into one APDU`);
  const lengthOfData =
    data.length === 0 ? Uint8Array.of(0) : Uint8Array.of(0, data.length >> 8, data.length & 0xff);
  return concatBytes(Uint8Array.of(cla, ins, p1, p2), lengthOfData, data, Uint8Array.of(0, 0));
};

/** Short APDUs that together are one command; only the last is answered with data. */
export const chainedApdus = (command: CommandApdu): readonly Uint8Array[] => {
  const apdus: Uint8Array[] = [];
  const { data } = command;
  let offset = 0;
  for (; data.length - offset > shortLimit; offset += shortLimit) {
    const part = data.subarray(offset, offset + shortLimit);
    const head = Uint8Array.of(command.cla | chainingBit, command.ins, command.p1, command.p2, part.length);
    apdus.push(concatBytes(head, part));
  }
  return [...apdus, shortApdu({ ...command, data: data.subarray(offset) })];
};

/** Null where the response has no status word. */
export const parseResponse = (response: Uint8Array): ResponseApdu | null => {
  const [high, low] = response.subarray(-2);
  if (high === undefined || low === undefined) return null;
  return { data: response.subarray(0, -2), statusWord: (high << 8) | low };
};

export interface ParsedCommand extends CommandApdu {
  readonly chained: boolean;
  readonly extended: boolean;
  /** How many bytes of answer are asked for; 0 for none. */
  readonly expected: number;
}

/** The card's side: ISO 7816-4 §5.1, cases 1 to 4, short and extended. Null where the lengths lie. */
export const parseCommand = (apdu: Uint8Array): ParsedCommand | null => {
  const [cla, ins, p1, p2] = apdu;
  if (cla === undefined || ins === undefined || p1 === undefined || p2 === undefined) return null;
  const body = apdu.subarray(4);
  const lengths = bodyOf(body);
  if (lengths === null) return null;
  return { cla: cla & ~chainingBit, ins, p1, p2, chained: (cla & chainingBit) !== 0, ...lengths };
};

type Body = Pick<ParsedCommand, 'data' | 'extended' | 'expected'>;

const bodyOf = (body: Uint8Array): Body | null => {
  const [first] = body;
  if (first === undefined) return { data: body, extended: false, expected: 0 };
  if (body.length === 1)
    return { data: body.subarray(1), extended: false, expected: first === 0 ? 256 : first };
  const extended = first === 0;
  const head = extended ? 3 : 1;
  if (body.length < head) return null;
  const length = extended ? word(body, 1) : first;
  if (extended && body.length === head) {
    return { data: body.subarray(head), extended, expected: length === 0 ? 65_536 : length };
  }
  const data = body.subarray(head, head + length);
  if (length === 0 || data.length !== length) return null;
  const rest = body.subarray(head + length);
  if (rest.length === 0) return { data, extended, expected: 0 };
  if (rest.length !== (extended ? 2 : 1)) return null;
  const asked = extended ? word(rest, 0) : (rest[0] ?? 0);
  const most = extended ? 65_536 : 256;
  return { data, extended, expected: asked === 0 ? most : asked };
};

const word = (bytes: Uint8Array, offset: number): number =>
  ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
