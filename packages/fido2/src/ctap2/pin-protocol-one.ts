import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import type { PinUvAuthProtocol } from './pin-protocol.ts';

/** CTAP 2.1 §6.5.6: the protocol encrypts under an all-zero IV. */
const zeroIv = new Uint8Array(16);

export const pinProtocolOne: PinUvAuthProtocol = {
  version: 1,
  tokenLengths: [16, 32],
  sharedSecret: (agreed) => createHash('sha256').update(agreed).digest(),
  encrypt: (secret, plaintext) => {
    const cipher = createCipheriv('aes-256-cbc', secret, zeroIv).setAutoPadding(false);
    return Buffer.concat([cipher.update(plaintext), cipher.final()]);
  },
  decrypt: (secret, ciphertext) => {
    if (ciphertext.length === 0 || ciphertext.length % 16 !== 0) return null;
    const decipher = createDecipheriv('aes-256-cbc', secret, zeroIv).setAutoPadding(false);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  },
  authenticate: (key, message) => createHmac('sha256', key).update(message).digest().subarray(0, 16),
};
