import { Buffer } from 'node:buffer';
import recorded from './corpus.json' with { type: 'json' };

/** Byte strings are hexadecimal, but base64url where WebAuthn's JSON has them so. */
export interface RecordedRegistration {
  readonly name: string;
  readonly id: string;
  readonly challenge: string;
  readonly clientDataJson: string;
  readonly attestationObject: string;
}

/** One CTAP2 command and its answer, status byte first. */
export interface RecordedExchange {
  readonly name: string;
  readonly request: string;
  readonly answer: string;
}

/** A metadata service of our own. */
export interface RecordedMetadata {
  readonly root: string;
  readonly chain: readonly string[];
  readonly signerName: string;
  /** PKCS #8. */
  readonly signerKey: string;
  /** As it would be downloaded, text. */
  readonly blob: string;
  /** The same entries as CBOR. */
  readonly payload: string;
  /** JSON. */
  readonly rogueList: string;
}

export interface Corpus {
  readonly anchors: readonly string[];
  readonly registrations: readonly RecordedRegistration[];
  readonly exchanges: readonly RecordedExchange[];
  readonly metadata: RecordedMetadata;
}

export const corpus: Corpus = recorded;

export const fromHex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
