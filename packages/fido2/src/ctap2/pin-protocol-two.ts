import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { concatBytes } from '../bytes/index.ts';
import type { PinUvAuthProtocol } from './pin-protocol.ts';

const ivLength = 16;
const hmacKeyLength = 32;

const derive = (agreed: Uint8Array, info: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', agreed, new Uint8Array(32), info, 32));

/** CTAP 2.1 §6.5.7: the shared secret is an HMAC key followed by an AES key. */
const aesKey = (secret: Uint8Array): Uint8Array => secret.subarray(hmacKeyLength);

export const pinProtocolTwo: PinUvAuthProtocol = {
  version: 2,
  tokenLengths: [32],
  sharedSecret: (agreed) => concatBytes(derive(agreed, 'CTAP2 HMAC key'), derive(agreed, 'CTAP2 AES key')),
  encrypt: (secret, plaintext, random) => {
    const iv = random(ivLength);
    const cipher = createCipheriv('aes-256-cbc', aesKey(secret), iv).setAutoPadding(false);
    return concatBytes(iv, cipher.update(plaintext), cipher.final());
  },
  decrypt: (secret, ciphertext) => {
    if (ciphertext.length <= ivLength || ciphertext.length % 16 !== 0) return null;
    const iv = ciphertext.subarray(0, ivLength);
    const decipher = createDecipheriv('aes-256-cbc', aesKey(secret), iv).setAutoPadding(false);
    return concatBytes(decipher.update(ciphertext.subarray(ivLength)), decipher.final());
  },
  // A token has 32 bytes already; of a shared secret only the HMAC key counts.
  authenticate: (key, message) =>
    createHmac('sha256', key.subarray(0, hmacKeyLength)).update(message).digest(),
};
