import { randomUUID } from 'node:crypto';
import { type OrderAction, orderType, type Pairing } from '@keywarden/api';
import { CompactSign, type CryptoKey, exportJWK, generateKeyPair } from 'jose';

export interface OrderOverrides {
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
  /** Signs in the place of the pinned key. */
  readonly key?: CryptoKey | Uint8Array;
}

/** The server's side of orders: one tenant's issuer with its order key. */
export interface OrderSigner {
  readonly issuer: string;
  readonly origin: string;
  readonly pairing: (workstationId: string) => Pairing;
  /** A valid order of one minute unless overridden. */
  readonly order: (workstationId: string, action: unknown, overrides?: OrderOverrides) => Promise<string>;
}

export const rpId = 'localhost';
export const tagRpId = 'demo.asset-tag.localhost';

export async function createOrderSigner(
  tenant = 'demo',
  origin = 'http://localhost:8080',
): Promise<OrderSigner> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const { x = '', y = '' } = await exportJWK(publicKey);
  const issuer = `${origin}/${tenant}`;
  const kid = `${tenant}-key`;
  return {
    issuer,
    origin,
    pairing: (workstationId) => ({
      workstationId,
      issuer,
      orderKeys: [{ kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig' }],
      origins: [origin],
      rpIds: [rpId, tagRpId],
    }),
    order: (workstationId, action, { claims = {}, header = {}, key = privateKey } = {}) => {
      const iat = Math.floor(Date.now() / 1000);
      const all = {
        iss: issuer,
        aud: workstationId,
        jti: randomUUID(),
        iat,
        exp: iat + 60,
        order: action,
        ...claims,
      };
      return new CompactSign(new TextEncoder().encode(JSON.stringify(all)))
        .setProtectedHeader({ alg: 'ES256', typ: orderType, kid, ...header })
        .sign(key);
    },
  };
}

export const sessionAction: OrderAction = { action: 'session', identify: null };
