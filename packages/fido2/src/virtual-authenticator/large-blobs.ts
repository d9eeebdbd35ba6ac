import { createHash } from 'node:crypto';
import { concatBytes, equalBytes } from '../bytes/index.ts';
import { tokenPermission } from '../ctap2/client-pin.ts';
import type { CborFields } from '../ctap2/fields.ts';
import { isProtected, type VirtualCommand, type VirtualKey } from './key.ts';
import { virtualLimits } from './profile.ts';
import { Refusal, refuseIf } from './refusal.ts';
import { readProof, requireToken } from './user-verification.ts';

/** CTAP 2.1 §6.10.2: what an empty array looks like, with the hash that ends every array. */
const emptyArray = (): Uint8Array => {
  const array = Uint8Array.of(0x80);
  return concatBytes(array, createHash('sha256').update(array).digest().subarray(0, 16));
};

/** CTAP 2.1 §6.10. */
export const largeBlobs: VirtualCommand = async (key, request) => {
  const get = request.optional(0x01, 'integer');
  const set = request.optional(0x02, 'bytes');
  const offset = request.required(0x03, 'integer');
  refuseIf((get === null) === (set === null) || offset < 0, 'CTAP1_ERR_INVALID_PARAMETER');
  const maximumFragment = key.rules.maxMsgSize - 64;
  if (set === null) {
    refuseIf(request.map.has(0x04) || request.map.has(0x05), 'CTAP1_ERR_INVALID_PARAMETER');
    refuseIf((get ?? 0) > maximumFragment, 'CTAP1_ERR_INVALID_LENGTH');
    const array = key.state.largeBlobArray ?? emptyArray();
    refuseIf(offset > array.length, 'CTAP1_ERR_INVALID_PARAMETER');
    return new Map<number, unknown>([[0x01, array.slice(offset, offset + (get ?? 0))]]);
  }
  refuseIf(set.length > maximumFragment, 'CTAP1_ERR_INVALID_LENGTH');
  begin(key, request, offset);
  const writing = key.session.largeBlobWrite;
  if (writing === null || writing.received !== offset) throw new Refusal('CTAP1_ERR_INVALID_SEQ');
  authorize(key, request, { set, offset });
  refuseIf(offset + set.length > writing.expectedLength, 'CTAP1_ERR_INVALID_PARAMETER');
  writing.parts.push(set);
  writing.received += set.length;
  if (writing.received < writing.expectedLength) return null;
  key.session.largeBlobWrite = null;
  const array = concatBytes(...writing.parts);
  const hash = createHash('sha256').update(array.subarray(0, -16)).digest().subarray(0, 16);
  refuseIf(!equalBytes(hash, array.slice(-16)), 'CTAP2_ERR_INTEGRITY_FAILURE');
  key.state.largeBlobArray = array;
  await key.save();
  return null;
};

const begin = (key: VirtualKey, request: CborFields, offset: number): void => {
  const length = request.optional(0x04, 'integer');
  if (offset !== 0) {
    refuseIf(length !== null, 'CTAP1_ERR_INVALID_PARAMETER');
    return;
  }
  if (length === null) throw new Refusal('CTAP1_ERR_INVALID_PARAMETER');
  refuseIf(length > virtualLimits.maxSerializedLargeBlobArray, 'CTAP2_ERR_LARGE_BLOB_STORAGE_FULL');
  refuseIf(length < 17, 'CTAP1_ERR_INVALID_PARAMETER');
  key.session.largeBlobWrite = { expectedLength: length, parts: [], received: 0 };
};

const authorize = (
  key: VirtualKey,
  request: CborFields,
  { set, offset }: { readonly set: Uint8Array; readonly offset: number },
): void => {
  if (!isProtected(key) && !key.state.alwaysUv) return;
  const proof = readProof(key, request, [0x05, 0x06]);
  if (proof === null) throw new Refusal('CTAP2_ERR_PUAT_REQUIRED');
  const position = new Uint8Array(4);
  new DataView(position.buffer).setUint32(0, offset, true);
  const message = concatBytes(
    new Uint8Array(32).fill(0xff),
    Uint8Array.of(0x0c, 0x00),
    position,
    createHash('sha256').update(set).digest(),
  );
  requireToken(key, proof, { message, permission: tokenPermission.largeBlobWrite });
};
