import type { RandomBytes } from './surroundings.ts';

/** CTAP 2.1 §6.5.4: what both PIN/UV auth protocols can do, on either side. */
export interface PinUvAuthProtocol {
  readonly version: 1 | 2;
  /** @param agreed the x coordinate of the ECDH point, 32 bytes */
  sharedSecret(agreed: Uint8Array): Uint8Array;
  /** @param plaintext a multiple of 16 bytes */
  encrypt(secret: Uint8Array, plaintext: Uint8Array, random: RandomBytes): Uint8Array;
  /** Null where the ciphertext's length is impossible. */
  decrypt(secret: Uint8Array, ciphertext: Uint8Array): Uint8Array | null;
  /** @param key a shared secret or a pinUvAuthToken */
  authenticate(key: Uint8Array, message: Uint8Array): Uint8Array;
  readonly tokenLengths: readonly number[];
}
