import { decode } from '../../cbor/index.ts';

/** WebAuthn L3 §6.5.4. */
export interface AttestationObject {
  readonly format: string;
  /** A map, or for `compound` an array. */
  readonly statement: unknown;
  readonly authenticatorData: Uint8Array;
}

/**
 * Unknown members are ignored. The order of the keys is not looked at: clients re-encode the object, and not all of
 * them canonically.
 *
 * @throws FormatError `cbor-…`, TypeError
 */
export function parseAttestationObject(bytes: Uint8Array): AttestationObject {
  const object = decode(bytes);
  if (!(object instanceof Map)) throw new TypeError('attestation object is not a map');
  const format: unknown = object.get('fmt');
  const authenticatorData: unknown = object.get('authData');
  if (typeof format !== 'string') throw new TypeError('fmt is not text');
  if (!(authenticatorData instanceof Uint8Array)) throw new TypeError('authData is not bytes');
  return { format, statement: object.get('attStmt'), authenticatorData };
}
