import { Buffer } from 'node:buffer';
import { derChildren, derObjectIdentifier, derSequence, readDer, requireDer } from '../bytes/index.ts';

/** Attribute types of names (RFC 5280 appendix A.1). */
export const nameAttribute = {
  commonName: '2.5.4.3',
  country: '2.5.4.6',
  organization: '2.5.4.10',
  organizationalUnit: '2.5.4.11',
} as const;

const utf8 = new TextDecoder();
const bmpString = 30;

/**
 * The attributes of a Name, by object identifier; of one that is repeated, all values.
 *
 * @throws FormatError `der-invalid`
 */
export function readName(name: Uint8Array): ReadonlyMap<string, readonly string[]> {
  const attributes = new Map<string, string[]>();
  for (const relativeName of derSequence(readDer(name))) {
    for (const attribute of derChildren(requireDer(relativeName, 'set'))) {
      const [type, value] = derSequence(attribute);
      const identifier = derObjectIdentifier(type);
      const contents = value?.contents ?? new Uint8Array();
      const text = value?.number === bmpString ? utf16(contents) : utf8.decode(contents);
      const values = attributes.get(identifier);
      if (values === undefined) attributes.set(identifier, [text]);
      else values.push(text);
    }
  }
  return attributes;
}

function utf16(contents: Uint8Array): string {
  return Buffer.from(contents.subarray(0, contents.length & ~1))
    .swap16()
    .toString('utf16le');
}
