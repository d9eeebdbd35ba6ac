import { createHmac } from 'node:crypto';
import { concatBytes, fromBase64Url, toBase64Url } from '@keywarden/fido2/bytes';
import type { Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { foldUsername } from '../username.ts';

/**
 * What a username that nobody has (or a user without a passkey) is shown instead: of the shape of the real thing, the
 * same from call to call, and not to be told from it without the tenant's key.
 */
export interface Decoys {
  credentialDescriptors(username: string, rpId: string): readonly DecoyDescriptor[];
  userHandle(username: string, rpId: string): string;
  /** The subject of the attempt counter, for everybody alike. */
  attemptSubject(authenticator: string): Uint8Array;
}

export interface DecoyDescriptor {
  readonly id: string;
  readonly transports: readonly string[];
}

/** Lengths and transports as security keys and passkey providers in the field have them. */
const kinds: readonly { readonly length: number; readonly transports: readonly string[] }[] = [
  { length: 32, transports: ['usb'] },
  { length: 48, transports: ['nfc', 'usb'] },
  { length: 64, transports: ['nfc', 'usb'] },
  { length: 32, transports: ['hybrid', 'internal'] },
];

export async function decoysOf(ports: Pick<Ports, 'secrets'>, tenantId: TenantId): Promise<Decoys> {
  const key = await ports.secrets.key(tenantId, 'authentication-decoys');
  // Known or not, a username is the same in whatever case: what is told of it, and how often it was tried.
  const derive = (...parts: readonly string[]) => {
    const hmac = createHmac('sha512', key);
    for (const part of parts.map(foldUsername)) hmac.update(String(part.length)).update(':').update(part);
    return hmac.digest();
  };
  return {
    credentialDescriptors(username, rpId) {
      const kind = kinds[(derive('kind', username, rpId)[0] ?? 0) % kinds.length];
      if (kind === undefined) return [];
      const id = derive('credential', username, rpId).subarray(0, kind.length);
      return [{ id: toBase64Url(id), transports: kind.transports }];
    },
    userHandle: (username, rpId) => toBase64Url(derive('user-handle', username, rpId).subarray(0, 32)),
    attemptSubject: (authenticator) => derive('attempt', authenticator).subarray(0, 32),
  };
}

/** What `nobodysPublicKey` is made from: its x is the SHA-256 of this sentence, so nobody has the private half. */
export const nobodysSentence = 'keywarden: nobody has this key, 0';
/**
 * A COSE_Key (ES256): the signature of a credential that does not exist is checked against it and fails, after the same
 * work as any other.
 */
export const nobodysPublicKey: Uint8Array = concatBytes(
  Uint8Array.of(0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20),
  fromBase64Url('Y7-nUCN_Lj87mpiN8bdEwFuPJP7ZWw5W2lbMPQk2ZPE'),
  Uint8Array.of(0x22, 0x58, 0x20),
  fromBase64Url('cqpj0P-lXrAK8344LRrnw5MNIk6fVPyO2cUc3MxbaIQ'),
);
