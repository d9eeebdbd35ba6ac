import { Type } from 'typebox';
import { Check } from 'typebox/value';

const Claims = Type.Object({ jti: Type.String() });

/**
 * The order that a receipt (compact JWS) speaks of, '' where it can't be read. Unverified, and good enough for its one
 * use: to tell the workstation service which of its own receipts it may forget.
 */
export function receiptId(receipt: string): string {
  try {
    const payload = receipt.split('.')[1] ?? '';
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
      character.charCodeAt(0),
    );
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return Check(Claims, claims) ? claims.jti : '';
  } catch {
    return '';
  }
}
