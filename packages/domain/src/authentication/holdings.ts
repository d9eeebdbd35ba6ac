import type { Credential } from '../credential.ts';
import type { Ports, UserAuthenticators } from '../ports/index.ts';
import { builtInRelyingParty } from '../relying-party.ts';
import type { Factor, RelyingParty, Workflow } from './workflow.ts';

/** RP ID and origins with the server's own where the workflow leaves them open. */
export function relyingPartyOf(
  { surroundings }: Ports,
  part: RelyingParty,
): { readonly rpId: string; readonly origins: readonly string[] } {
  const own = builtInRelyingParty(surroundings);
  return { rpId: part.rpId ?? own.rpId, origins: part.origins ?? [own.origin] };
}

/** The user's passkeys that a FIDO factor takes. */
export function usableCredentials(
  credentials: readonly Credential[],
  factor: { readonly rpId: string; readonly code: string },
): readonly Credential[] {
  return credentials.filter(
    (credential) =>
      credential.status === 'ACTIVE' &&
      credential.rpId === factor.rpId &&
      credential.authType === factor.code,
  );
}

/** Which factors a user can prove; for a username that nobody has, what a user of the usual kind can. */
export function heldFactors(
  ports: Ports,
  workflow: Workflow,
  authenticators: UserAuthenticators | null,
): ReadonlySet<string> {
  const held = (factor: Factor): boolean => {
    if (authenticators === null) return true;
    if (factor.type === 'LOGIN') return authenticators.passwordHash !== null;
    const { rpId } = relyingPartyOf(ports, factor);
    return usableCredentials(authenticators.credentials, { rpId, code: factor.code }).length > 0;
  };
  const factors = [...workflow.firstFactors, ...workflow.secondFactors];
  return new Set(factors.filter(held).map((factor) => factor.factorId));
}
