import { FormatError } from '../../bytes/index.ts';

/** Trusted Platform Module Library, Part 2: Structures; big-endian throughout. */
class TpmReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  /** TPM2B: a length of two bytes, then as many. */
  sized(): Uint8Array {
    const length = this.uint16();
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  skip(length: number): void {
    this.#advance(length);
  }

  end(): void {
    if (this.#offset !== this.#bytes.length)
      throw new FormatError('tpm-structure-invalid', 'bytes after the end');
  }

  #advance(length: number): number {
    const start = this.#offset;
    if (start + length > this.#bytes.length) throw new FormatError('tpm-structure-invalid', 'ends too early');
    this.#offset = start + length;
    return start;
  }
}

/** TPM_ALG_ID. */
export const tpmAlgorithm = {
  rsa: 0x0001,
  sha1: 0x0004,
  sha256: 0x000b,
  sha384: 0x000c,
  sha512: 0x000d,
  null: 0x0010,
  ecdaa: 0x001a,
  ecc: 0x0023,
} as const;

const curves = new Map<number, 'P-256' | 'P-384' | 'P-521'>([
  [0x0003, 'P-256'],
  [0x0004, 'P-384'],
  [0x0005, 'P-521'],
]);

/** TPMT_PUBLIC (§12.2.4), as far as a credential key can be one. */
export interface TpmPublicArea {
  /** TPM_ALG_ID of the hash that names the object. */
  readonly nameAlgorithm: number;
  readonly key:
    | { readonly type: 'rsa'; readonly n: Uint8Array; readonly e: number }
    | {
        readonly type: 'ecc';
        readonly curve: 'P-256' | 'P-384' | 'P-521';
        readonly x: Uint8Array;
        readonly y: Uint8Array;
      };
}

/** @throws FormatError `tpm-structure-invalid` */
export function parsePublicArea(bytes: Uint8Array): TpmPublicArea {
  const reader = new TpmReader(bytes);
  const type = reader.uint16();
  const nameAlgorithm = reader.uint16();
  reader.skip(4); // objectAttributes
  reader.sized(); // authPolicy
  const symmetric = reader.uint16();
  if (symmetric !== tpmAlgorithm.null) reader.skip(4); // key bits and mode
  const scheme = reader.uint16();
  if (scheme !== tpmAlgorithm.null) reader.skip(scheme === tpmAlgorithm.ecdaa ? 4 : 2);
  const key = type === tpmAlgorithm.rsa ? readRsa(reader) : readEcc(reader, type);
  reader.end();
  return { nameAlgorithm, key };
}

function readRsa(reader: TpmReader): TpmPublicArea['key'] {
  reader.skip(2); // keyBits
  const exponent = reader.uint32();
  // §12.2.3.5: zero stands for the default of 2^16 + 1.
  return { type: 'rsa', e: exponent === 0 ? 65537 : exponent, n: reader.sized() };
}

function readEcc(reader: TpmReader, type: number): TpmPublicArea['key'] {
  const curve = curves.get(reader.uint16());
  if (type !== tpmAlgorithm.ecc || curve === undefined) {
    throw new FormatError('tpm-structure-invalid', 'neither RSA nor a known curve');
  }
  const derivation = reader.uint16();
  if (derivation !== tpmAlgorithm.null) reader.skip(2);
  return { type: 'ecc', curve, x: reader.sized(), y: reader.sized() };
}

/** TPMS_ATTEST (§10.12.8) of type TPM_ST_ATTEST_CERTIFY. */
export interface TpmCertifyInfo {
  readonly magic: number;
  readonly type: number;
  readonly extraData: Uint8Array;
  /** Name of the certified object: hash algorithm and digest. */
  readonly name: Uint8Array;
}

/** @throws FormatError `tpm-structure-invalid` */
export function parseCertifyInfo(bytes: Uint8Array): TpmCertifyInfo {
  const reader = new TpmReader(bytes);
  const magic = reader.uint32();
  const type = reader.uint16();
  reader.sized(); // qualifiedSigner
  const extraData = reader.sized();
  reader.skip(17); // clockInfo
  reader.skip(8); // firmwareVersion
  const name = reader.sized();
  reader.sized(); // qualifiedName
  reader.end();
  return { magic, type, extraData, name };
}
