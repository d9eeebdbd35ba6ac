import { OrderClaims, orderType, ReceiptClaims, receiptType } from '@keywarden/api';
import { DomainError, issuerOf, type OrderSigner, type Receipts, type Surroundings } from '@keywarden/domain';
import { decodeJwt, errors, importJWK, jwtVerify, SignJWT } from 'jose';
import { Compile } from 'typebox/compile';
import type { SigningKeys } from './signing-keys.ts';

const algorithm = 'ES256';
/** Seconds for which a receipt may be brought: the page was reloaded, the server was away. */
const receiptLifetime = 24 * 60 * 60;
/** Seconds that the workstation's clock may be ahead of ours. */
const clockTolerance = 300;

const orderClaims = Compile(OrderClaims);
const receiptClaims = Compile(ReceiptClaims);

/** Orders as compact JWS under the tenant's newest order key (lifecycle manager §5). */
export function createOrderSigner(options: { keys: SigningKeys; surroundings: Surroundings }): OrderSigner {
  const { keys, surroundings } = options;
  return {
    async sign(tenantId, order) {
      const [key] = await keys.of(tenantId, 'order');
      if (key === undefined) throw new Error(`tenant ${tenantId} has no order key`);
      const claims = {
        iss: issuerOf(surroundings, tenantId),
        aud: order.workstationId,
        jti: order.orderId,
        iat: Math.floor(order.issuedAt.getTime() / 1000),
        exp: Math.floor(order.expiresAt.getTime() / 1000),
        order: order.action,
      };
      if (!orderClaims.Check(claims)) {
        const [first] = orderClaims.Errors(claims);
        throw new Error(`an order does not fit its schema at ${first?.instancePath}: ${first?.message}`);
      }
      return new SignJWT({ ...claims })
        .setProtectedHeader({ alg: algorithm, typ: orderType, kid: key.keyId })
        .sign(key.privateKey);
    },
    async publicKeys(tenantId) {
      return (await keys.of(tenantId, 'order')).map((key) => ({ ...key.publicJwk }));
    },
  };
}

/** What a workstation signed with the key that it was paired with. */
export function createReceipts(options: { surroundings: Surroundings; now: () => Date }): Receipts {
  const { surroundings, now } = options;
  return {
    async verify(tenantId, receipt, publicKeyOf) {
      const workstationId = claimedIssuer(receipt);
      const publicKey = await publicKeyOf(workstationId);
      if (publicKey === null) throw rejected('no workstation of this id is paired');
      const payload = await verifySignature(receipt, publicKey, {
        issuer: workstationId,
        audience: issuerOf(surroundings, tenantId),
        now: now(),
      });
      if (!receiptClaims.Check(payload)) {
        const [first] = receiptClaims.Errors(payload);
        throw rejected(`its claims do not fit their schema at ${first?.instancePath}: ${first?.message}`);
      }
      return { orderId: payload.jti, workstationId, result: payload.result };
    },
  };
}

function claimedIssuer(receipt: string): string {
  try {
    const { iss } = decodeJwt(receipt);
    if (iss !== undefined) return iss;
  } catch (cause) {
    throw rejected('it is no JWT', cause);
  }
  throw rejected('it does not say who made it');
}

async function verifySignature(
  receipt: string,
  publicKey: Readonly<Record<string, unknown>>,
  expected: { issuer: string; audience: string; now: Date },
): Promise<unknown> {
  try {
    const key = await importJWK({ ...publicKey, kty: String(publicKey['kty']) }, algorithm);
    const { payload } = await jwtVerify(receipt, key, {
      // RFC 8725 §3.1: the algorithm is ours to choose, not the header's.
      algorithms: [algorithm],
      typ: receiptType,
      issuer: expected.issuer,
      audience: expected.audience,
      currentDate: expected.now,
      maxTokenAge: receiptLifetime,
      clockTolerance,
      requiredClaims: ['jti', 'iat'],
    });
    return payload;
  } catch (cause) {
    if (cause instanceof errors.JOSEError || cause instanceof TypeError) {
      throw rejected(cause.message, cause);
    }
    throw cause;
  }
}

function rejected(detail: string, cause?: unknown): DomainError {
  return new DomainError(
    'receipt-rejected',
    'What the workstation service says it did can not be believed. Nothing was recorded. Reload the page and try again.',
    { detail, cause },
  );
}
