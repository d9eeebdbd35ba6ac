import { createHash } from 'node:crypto';
import { DomainError } from './errors.ts';

/** A workstation service that was paired with the tenant: it pins the tenant's order key, we know its id. */
export interface Workstation {
  /** RFC 7638 thumbprint (SHA-256, base64url) of its public key. */
  readonly workstationId: string;
  readonly name: string;
  readonly pairedAt: Date;
  readonly lastSeenAt: Date | null;
}

/** RFC 7638 §3.2: the required members of an EC key, in lexicographic order, without white space. */
export function workstationIdOf(publicKey: Readonly<Record<string, unknown>>): string {
  const { crv, kty, x, y } = publicKey;
  if (kty !== 'EC' || crv !== 'P-256' || typeof x !== 'string' || typeof y !== 'string') {
    throw new DomainError('input-invalid', 'A workstation is paired with a P-256 public key.');
  }
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
