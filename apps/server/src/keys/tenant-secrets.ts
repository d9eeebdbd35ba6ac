import { createCipheriv, createDecipheriv, createSecretKey, hkdf, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { TenantSecrets } from '@keywarden/domain';
import { randomPortion } from './random-bytes.ts';

const version = 1;
const nonceLength = 12;
const tagLength = 16;
const keyLength = 32;
const algorithm = 'aes-256-gcm';

export const sealingErrorCodes = ['sealed-malformed', 'sealed-for-another'] as const;
export class SealingError extends Error {
  override readonly name = 'SealingError';
  readonly code: (typeof sealingErrorCodes)[number];

  constructor(code: (typeof sealingErrorCodes)[number], message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}

const derive = promisify(hkdf);
/** Derived keys kept in memory, where the master key is too: deriving one costs more than all that it is then used for. */
const keysRemembered = 4096;

/**
 * Keys per tenant and purpose under one master key: HKDF-SHA-256 (RFC 5869), AES-256-GCM with a random nonce and the
 * purpose as additional data. Sealed: version, nonce, ciphertext, tag.
 */
export function createTenantSecrets(masterKey: Uint8Array): TenantSecrets {
  // A fresh key for each sealing's purpose and tenant; the length prefix keeps ("a", "bc") from ("ab", "c").
  /** By `info`; insertion order is age. */
  const remembered = new Map<string, Promise<KeyObject>>();
  const key = (use: string, tenantId: string, purpose: string): Promise<KeyObject> => {
    const info = `keywarden ${use} ${tenantId.length}:${tenantId} ${purpose}`;
    const known = remembered.get(info);
    if (known !== undefined) return known;
    const fresh = derive('sha256', masterKey, new Uint8Array(), info, keyLength).then((bytes) =>
      createSecretKey(new Uint8Array(bytes)),
    );
    remembered.set(info, fresh);
    fresh.catch(() => remembered.delete(info));
    for (const oldest of remembered.keys()) {
      if (remembered.size <= keysRemembered) break;
      remembered.delete(oldest);
    }
    return fresh;
  };
  const associatedData = (tenantId: string, purpose: string) =>
    Buffer.from(JSON.stringify([tenantId, purpose]));
  return {
    key: (tenantId, purpose) => key('key', tenantId, purpose),
    async seal(tenantId, purpose, plaintext) {
      const nonce = randomPortion(nonceLength);
      const cipher = createCipheriv(algorithm, await key('seal', tenantId, purpose), nonce);
      cipher.setAAD(associatedData(tenantId, purpose));
      const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
      return new Uint8Array(Buffer.concat([Buffer.of(version), nonce, ciphertext, cipher.getAuthTag()]));
    },
    async open(tenantId, purpose, sealed) {
      const bytes = Buffer.from(sealed);
      if (bytes.length < 1 + nonceLength + tagLength || bytes[0] !== version) {
        throw new SealingError('sealed-malformed', 'These bytes were not sealed by Keywarden.');
      }
      const nonce = bytes.subarray(1, 1 + nonceLength);
      const decipher = createDecipheriv(algorithm, await key('seal', tenantId, purpose), nonce, {
        authTagLength: tagLength,
      });
      decipher.setAAD(associatedData(tenantId, purpose));
      decipher.setAuthTag(bytes.subarray(-tagLength));
      try {
        return new Uint8Array(
          Buffer.concat([decipher.update(bytes.subarray(1 + nonceLength, -tagLength)), decipher.final()]),
        );
      } catch (cause) {
        throw new SealingError(
          'sealed-for-another',
          'A secret can not be opened: it was sealed for another tenant or purpose, or under another master key.',
          { cause },
        );
      }
    },
  };
}
