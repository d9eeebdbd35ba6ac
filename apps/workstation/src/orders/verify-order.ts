import { type OrderAction, OrderClaims, orderLifetimeLimit, orderType, type Pairing } from '@keywarden/api';
import { compactVerify, decodeJwt, errors, importJWK } from 'jose';
import { Compile } from 'typebox/compile';
import { WorkstationFailure } from '../failure.ts';
import type { Pairings } from '../pairings.ts';

/** Seconds by which the server's clock may run ahead of or behind this one. */
export const clockSkew = 30;
/** Characters; the largest message of the wire. */
const sizeLimit = 131_072;

const claimsSchema = Compile(OrderClaims);

export interface VerifiedOrder {
  readonly issuer: string;
  readonly jti: string;
  /** Seconds since 1970; after this and the skew it needs no remembering. */
  readonly expiresAt: number;
  readonly action: OrderAction;
}

export interface OrderChecks {
  readonly workstationId: string;
  readonly pairings: Pairings;
  /** Of the page that brought it. */
  readonly origin: string;
  readonly now: () => Date;
}

/**
 * All that can be said of an order without looking at keys or at what happened before: who signed it, for whom, when,
 * and for which sites. Single use and the device are checked where the order is carried out.
 *
 * @throws WorkstationFailure a code of its own for each refusal
 */
export async function verifyOrder(text: string, checks: OrderChecks): Promise<VerifiedOrder> {
  const pairing = await pairingNamedBy(text, checks);
  const claims = readClaims(await verifySignature(text, pairing));
  requireAudience(claims, checks.workstationId);
  requireTime(claims, checks.now());
  requireRelyingParty(claims.order, pairing);
  return { issuer: claims.iss, jti: claims.jti, expiresAt: claims.exp, action: claims.order };
}

/** `iss` is read before anything is proven, only to choose the keys by which the rest must be proven. */
async function pairingNamedBy(text: string, checks: OrderChecks): Promise<Pairing> {
  if (text.length > sizeLimit) throw malformed('too long');
  let issuer: string | undefined;
  try {
    issuer = decodeJwt(text).iss;
  } catch (error) {
    throw malformed('not a compact JWS with claims', error);
  }
  if (typeof issuer !== 'string') throw malformed('no issuer');
  const pairing = await checks.pairings.find(issuer);
  // A page of one server can't bring the orders of another one's tenant.
  if (pairing?.origins.includes(checks.origin) !== true) throw new WorkstationFailure('NOT_PAIRED');
  return pairing;
}

async function verifySignature(text: string, pairing: Pairing): Promise<Uint8Array> {
  try {
    const { payload, protectedHeader } = await compactVerify(
      text,
      ({ kid }) => {
        const key = pairing.orderKeys.find((candidate) => candidate.kid === kid);
        // Without `kid` only a pairing with a single nameless key is unambiguous.
        if (key === undefined || (kid === undefined && pairing.orderKeys.length > 1)) {
          throw new WorkstationFailure('ORDER_SIGNATURE', { detail: 'no pinned key has this kid' });
        }
        return importJWK(key, 'ES256');
      },
      // RFC 8725 §3.1: the algorithm is ours to fix, never the header's to choose (`none`, HS256 with a public key).
      { algorithms: ['ES256'] },
    );
    // RFC 8725 §3.11: a receipt or an ID token of the same signer is no order.
    if (protectedHeader.typ !== orderType) throw malformed('another typ');
    return payload;
  } catch (error) {
    if (error instanceof WorkstationFailure) throw error;
    if (error instanceof errors.JWSInvalid) throw malformed('invalid JWS', error);
    throw new WorkstationFailure('ORDER_SIGNATURE', { cause: error });
  }
}

function readClaims(payload: Uint8Array): OrderClaims {
  let claims: unknown;
  try {
    claims = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (error) {
    throw malformed('claims are not JSON', error);
  }
  if (!claimsSchema.Check(claims)) throw malformed('claims do not fit the schema');
  return claims;
}

function requireAudience(claims: OrderClaims, workstationId: string): void {
  if (claims.aud !== workstationId) throw new WorkstationFailure('ORDER_AUDIENCE');
}

function requireTime({ iat, exp }: OrderClaims, now: Date): void {
  const seconds = now.getTime() / 1000;
  if (exp <= iat || exp - iat > orderLifetimeLimit) throw malformed(`lives ${exp - iat} s`);
  if (seconds > exp + clockSkew || seconds < iat - clockSkew) {
    throw new WorkstationFailure('ORDER_EXPIRED', {
      message: `The order is out of date, or this computer's clock (${now.toISOString()}) differs from the server's. Nothing was done; check the clock and try again.`,
      detail: `iat ${iat}, exp ${exp}, now ${seconds}`,
    });
  }
}

function requireRelyingParty(action: OrderAction, pairing: Pairing): void {
  const rpId = relyingPartyOf(action);
  if (rpId !== null && !pairing.rpIds.includes(rpId)) throw new WorkstationFailure('RP_ID_FORBIDDEN');
  if ((action.action === 'enroll' || action.action === 'authenticate') && rpId !== null) {
    requireOriginOf(action.origin, rpId);
  }
}

function relyingPartyOf(action: OrderAction): string | null {
  switch (action.action) {
    case 'session':
      return action.identify?.rpId ?? null;
    case 'configure':
      return action.assetTag?.rpId ?? null;
    case 'enroll':
      return action.options.rp.id;
    case 'remove-credential':
      return action.rpId;
    case 'authenticate':
      return action.options.rpId;
    case 'reset':
      return null;
  }
}

/** WebAuthn L3 §5.1.3 steps 6–8, which a browser would have done: the RP ID is a suffix of a secure origin's host. */
function requireOriginOf(origin: string, rpId: string): void {
  const url = URL.canParse(origin) ? new URL(origin) : null;
  const loopback = url !== null && /^(.+\.)?localhost$|^127\.0\.0\.1$|^\[::1\]$/.test(url.hostname);
  const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback);
  const fits = url !== null && (url.hostname === rpId || url.hostname.endsWith(`.${rpId}`));
  if (!secure || !fits || url?.origin !== origin) {
    throw new WorkstationFailure('RP_ID_FORBIDDEN', { detail: `origin ${origin} is not of ${rpId}` });
  }
}

function malformed(detail: string, cause?: unknown): WorkstationFailure {
  return new WorkstationFailure('ORDER_MALFORMED', { detail, cause });
}
