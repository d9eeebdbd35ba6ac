import { createHmac } from 'node:crypto';
import { equalBytes, fromBase64Url, toBase64Url } from '@keywarden/fido2/bytes';
import type { Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import type { AuthenticationTransaction, TransactionState } from './transaction.ts';

/**
 * The `server-csrf-token`: a bearer secret of one transaction. Only a seed is stored and the token is derived from it
 * under the tenant's key, so that neither the database nor the seed alone opens anything.
 */
export interface TokenIssuer {
  /** The newest token of the transaction. */
  newest(transaction: AuthenticationTransaction): string | null;
  /** Constant time. True before the first answer: there is nothing to protect yet. */
  accepts(transaction: AuthenticationTransaction, presented: string | null): boolean;
}

const purpose = 'server-csrf-token';

export async function tokenIssuer(ports: Ports, tenantId: TenantId): Promise<TokenIssuer> {
  const key = await ports.secrets.key(tenantId, purpose);
  const derive = (requestUri: string, seed: string) =>
    createHmac('sha256', key).update(requestUri).update('\0').update(seed).digest();
  return {
    newest({ requestUri, state }) {
      return state.tokenSeed === null ? null : toBase64Url(derive(requestUri, state.tokenSeed));
    },
    accepts({ requestUri, state }, presented) {
      if (state.tokenSeed === null) return true;
      const bytes = presented === null ? null : decoded(presented);
      if (bytes === null) return false;
      const newest = equalBytes(bytes, derive(requestUri, state.tokenSeed));
      const previous =
        state.previousTokenSeed !== null && equalBytes(bytes, derive(requestUri, state.previousTokenSeed));
      return newest || previous;
    },
  };
}

/** A token that opens nothing, for answers that have no transaction to speak of. */
export function decoyToken(ports: Ports): string {
  return toBase64Url(ports.random.bytes(32));
}

/** The state with a new token, the one before it still good. */
export function rotated(ports: Ports, state: TransactionState): TransactionState {
  return {
    ...state,
    tokenSeed: toBase64Url(ports.random.bytes(32)),
    previousTokenSeed: state.tokenSeed,
  };
}

function decoded(text: string): Uint8Array | null {
  if (text.length > 64) return null;
  try {
    return fromBase64Url(text);
  } catch {
    return null;
  }
}
