import { Buffer } from 'node:buffer';
import { createPrivateKey, hash, sign } from 'node:crypto';
import { FormatError, toBase64Url } from '../src/bytes/index.ts';
import { decode } from '../src/cbor/index.ts';
import {
  judgeModel,
  type MetadataQuestion,
  metadataTrust,
  modelIcon,
  modelName,
  openMetadata,
  readRogueList,
} from '../src/metadata/index.ts';
import { TrustAnchors, WebAuthnError } from '../src/webauthn/index.ts';
import { corpus, fromHex } from './corpus.ts';
import type { Target } from './fuzz.ts';
import { outcome, outcomeOf, require } from './refusals.ts';

const { metadata } = corpus;
const key = createPrivateKey({ key: Buffer.from(metadata.signerKey, 'hex'), format: 'der', type: 'pkcs8' });
const signer = { anchors: new TrustAnchors([fromHex(metadata.root)]), name: metadata.signerName };
const now = new Date('2026-03-01T12:00:00Z');
const base64Url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

const header = base64Url(
  Buffer.from(
    JSON.stringify({
      alg: 'ES256',
      x5c: metadata.chain.map((certificate) => Buffer.from(certificate, 'hex').toString('base64')),
    }),
  ),
);

/** What the FIDO Alliance itself would have to sign: beyond the signature nobody's bytes are read. */
function signed(payload: Uint8Array): Uint8Array {
  const text = `${header}.${base64Url(payload)}`;
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return Buffer.from(`${text}.${base64Url(signature)}`);
}

/** The seeds of payloads are CBOR, so that values within can be changed; what is no CBOR any more is taken as it is. */
function jsonOf(input: Uint8Array): Uint8Array {
  try {
    const plain = (_: string, value: unknown): unknown => {
      if (value instanceof Map) return Object.fromEntries(value);
      if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
      return typeof value === 'bigint' ? Number(value) : value;
    };
    return Buffer.from(JSON.stringify(decode(input), plain));
  } catch (error) {
    if (error instanceof FormatError) return input;
    throw error;
  }
}

async function open(blob: Uint8Array): Promise<void> {
  const snapshot = await openMetadata(blob, { signer, now, previousNumber: null, rest: async () => {} });
  const question: MetadataQuestion = { snapshot, policy: { unknownModels: 'refuse' }, now };
  const { anchors } = metadataTrust(question);
  for (const entry of snapshot.entries) {
    modelName(entry, 'de-DE');
    const icon = modelIcon(entry);
    require(icon === null || icon.startsWith('data:image/'), 'an icon is an image');
  }
  // Anchors are certificates: reading them takes longer than all else here, so not for each input.
  const some = blob.length % 8 === 0 ? snapshot.aaguids() : [];
  for (const aaguid of some) {
    const { accepted } = judgeModel({ aaguid, certificates: [] }, question);
    try {
      if (typeof anchors === 'function') anchors({ format: 'packed', aaguid, certificates: [] });
      require(accepted, 'a refused model has no anchors');
    } catch (error) {
      // How a model is refused in the midst of a registration.
      if (!(error instanceof WebAuthnError)) throw error;
      require(!accepted, 'an accepted model is not refused');
    }
  }
}

export const metadataTarget: Target = {
  name: 'metadata',
  seeds: [
    { name: 'blob', bytes: Buffer.from(metadata.blob) },
    { name: 'rogue list', bytes: Buffer.from(metadata.rogueList) },
    { name: 'payload as JSON', bytes: jsonOf(fromHex(metadata.payload)) },
    { name: 'payload', bytes: fromHex(metadata.payload) },
    { name: 'payload, again', bytes: fromHex(metadata.payload) },
  ],
  cborAt: 0,
  longestInput: 66_000,
  run: (input, { name }) => {
    if (name === 'blob') return outcomeOf(open(input));
    if (name !== 'rogue list') return outcomeOf(open(signed(jsonOf(input))));
    const named = toBase64Url(hash('sha256', toBase64Url(input), 'buffer'));
    return outcome(() => readRogueList(input, named));
  },
};
