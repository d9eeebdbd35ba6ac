import { decode as decodeItem, encode as encodeItem } from 'cborg';
import { FormatError } from '../bytes/index.ts';
import { endOfItem } from './structure.ts';

export interface DecodeOptions {
  /** Bytes. Default 65,536. */
  readonly maximumLength?: number | undefined;
  /** Arrays and maps within each other. Default 16; CTAP itself needs 4. */
  readonly maximumDepth?: number | undefined;
  /** Refuse maps whose keys are not in CTAP2's canonical order. Default false: some clients re-encode attestation objects. */
  readonly canonicalOrder?: boolean | undefined;
  /**
   * What to do with text that is not UTF-8. Default `refuse`. `replace` for names read back from authenticators, which
   * may cut them in the middle of a character (WebAuthn L3 §6.4.1).
   */
  readonly invalidText?: 'refuse' | 'replace' | undefined;
}

/**
 * CTAP2 canonical CBOR (CTAP 2.2 §8). Maps may be `Map`s or plain objects; members that are `undefined` are left out.
 *
 * @throws FormatError `cbor-not-encodable`
 */
export function encode(value: unknown): Uint8Array {
  try {
    // A copy: cborg answers with a Buffer or a Uint8Array, as it comes.
    return new Uint8Array(encodeItem(value, { ignoreUndefinedProperties: true }));
  } catch (cause) {
    throw new FormatError('cbor-not-encodable', 'no CBOR for this value', { cause });
  }
}

/**
 * Exactly one data item: definite lengths, shortest heads, no tags, no duplicate keys, nothing after it. Maps become
 * `Map`s, byte strings copies, integers beyond 2^53 `bigint`s.
 *
 * @throws FormatError `cbor-…`
 */
export function decode(bytes: Uint8Array, options: DecodeOptions = {}): unknown {
  const { value, length } = decodeFirst(bytes, options);
  if (length !== bytes.length) {
    throw new FormatError('cbor-trailing-bytes', `${bytes.length - length} bytes after the data item`);
  }
  return value;
}

/** As {@link decode}, but other bytes may follow: `length` bytes were the data item. */
export function decodeFirst(
  bytes: Uint8Array,
  options: DecodeOptions = {},
): { readonly value: unknown; readonly length: number } {
  const maximumLength = options.maximumLength ?? 65_536;
  if (bytes.length > maximumLength) {
    throw new FormatError('cbor-too-large', `${bytes.length} bytes, ${maximumLength} allowed`);
  }
  const length = endOfItem(bytes, 0, {
    maximumDepth: options.maximumDepth ?? 16,
    canonicalOrder: options.canonicalOrder ?? false,
    validText: options.invalidText !== 'replace',
  });
  try {
    const value: unknown = decodeItem(bytes.subarray(0, length), {
      strict: true,
      allowIndefinite: false,
      allowUndefined: false,
      rejectDuplicateMapKeys: true,
      useMaps: true,
    });
    return { value, length };
  } catch (cause) {
    throw new FormatError('cbor-invalid', 'not a CBOR data item', { cause });
  }
}
