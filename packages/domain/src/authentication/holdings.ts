import type { Credential } from '../credential.ts';
import { isAwaited, isUsable } from '../passkey-device.ts';
import type { Ports, UserAuthenticators } from '../ports/index.ts';
import { builtInRelyingParty } from '../relying-party.ts';
import { isMailAddress } from './mail-composition.ts';
import type { Factor, OneTimeCodeFactor, RelyingParty, Workflow } from './workflow.ts';

/** RP ID and origins with the server's own where the workflow leaves them open. */
export function relyingPartyOf(
  { surroundings }: Ports,
  part: RelyingParty,
): { readonly rpId: string; readonly origins: readonly string[] } {
  const own = builtInRelyingParty(surroundings);
  return { rpId: part.rpId ?? own.rpId, origins: part.origins ?? [own.origin] };
}

/** The user's passkeys that a FIDO factor takes now. */
export function usableCredentials(
  credentials: readonly Credential[],
  factor: { readonly rpId: string; readonly code: string; readonly now: Date },
): readonly Credential[] {
  return credentials.filter(
    (credential) =>
      isUsable(credential, factor.now) &&
      credential.rpId === factor.rpId &&
      credential.authType === factor.code,
  );
}

/** One that has not run out, where it was a temporary one. */
export function hasPassword(
  { passwordHash, passwordExpiresAt }: Pick<UserAuthenticators, 'passwordHash' | 'passwordExpiresAt'>,
  now: Date,
): boolean {
  return passwordHash !== null && (passwordExpiresAt === null || passwordExpiresAt > now);
}

function holdsOneTimeCodes(
  factor: OneTimeCodeFactor,
  { user, oneTimeCodeApps }: UserAuthenticators,
): boolean {
  if (factor.method === 'totp') return oneTimeCodeApps.some((app) => app.authType === factor.code);
  return user.email !== null && isMailAddress(user.email);
}

/** A code by mail is nobody's where no mail is sent. */
export function isAvailable({ mail }: Pick<Ports, 'mail'>, factor: Factor): boolean {
  return factor.type !== 'OTP' || factor.method !== 'email' || mail.available;
}

/** Held besides factors: a device waits for her. No factor has such an id. */
export const pendingDeviceHolding = 'device.pending';

/** Which factors a user can prove; for a username that nobody has, what a user of the usual kind can. */
export function heldFactors(
  ports: Ports,
  workflow: Workflow,
  authenticators: UserAuthenticators | null,
): ReadonlySet<string> {
  const now = ports.clock.now();
  const held = (factor: Factor): boolean => {
    if (!isAvailable(ports, factor)) return false;
    if (authenticators === null) return true;
    if (factor.type === 'LOGIN') return hasPassword(authenticators, now);
    if (factor.type === 'OTP') return holdsOneTimeCodes(factor, authenticators);
    const { rpId } = relyingPartyOf(ports, factor);
    return usableCredentials(authenticators.credentials, { rpId, code: factor.code, now }).length > 0;
  };
  const factors = [...workflow.firstFactors, ...workflow.secondFactors];
  const awaited = authenticators?.pendingDevices.some((device) => isAwaited(device, now)) ?? false;
  return new Set([
    ...factors.filter(held).map((factor) => factor.factorId),
    ...(awaited ? [pendingDeviceHolding] : []),
  ]);
}
