import { WebAuthnError } from '@simplewebauthn/browser';
import { PortalFailure, type PortalFault } from './failure.ts';

/** Whether the browser can use passkeys on this page at all. */
export type PasskeySupport = 'yes' | 'insecure' | 'missing';

export interface BrowserFacts {
  readonly isSecureContext: boolean;
  readonly PublicKeyCredential?: unknown;
}

/** A page over plain http has no WebAuthn, in a browser that knows it well: another browser would not help. */
export function supportOf(browser: BrowserFacts): PasskeySupport {
  if (!browser.isSecureContext) return 'insecure';
  return typeof browser.PublicKeyCredential === 'function' ? 'yes' : 'missing';
}

/** Another ceremony of this page took its place, or the page took it back: nothing to tell anybody. */
export class CeremonyReplaced extends Error {
  override readonly name = 'CeremonyReplaced';
}

/** What to tell where passkeys are wanted and can't be used. */
export const unsupported: Readonly<Record<Exclude<PasskeySupport, 'yes'>, PortalFault>> = {
  insecure: 'passkey-insecure',
  missing: 'passkey-browser',
};

export interface Ceremony {
  readonly kind: 'ask' | 'make';
  /** Milliseconds that the browser was given. */
  readonly timeout: number;
  /** Milliseconds, from any start. */
  readonly now: () => number;
}

/** Browsers are a little early now and then. */
const almost = 0.98;

/** Runs a ceremony of the browser; what goes wrong in it becomes a PortalFailure that says so in the person's terms. */
export async function told<T>(ceremony: Ceremony, run: () => Promise<T>): Promise<T> {
  const start = ceremony.now();
  try {
    return await run();
  } catch (cause) {
    const lasted = ceremony.now() - start;
    throw new PortalFailure(faultOfCeremony(cause, ceremony, lasted), { cause });
  }
}

function faultOfCeremony(cause: unknown, { kind, timeout }: Ceremony, lasted: number): PortalFault {
  if (cause instanceof WebAuthnError) {
    switch (cause.code) {
      case 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED':
        return 'passkey-on-this-device';
      case 'ERROR_INVALID_DOMAIN':
      case 'ERROR_INVALID_RP_ID':
        return 'passkey-wrong-address';
      case 'ERROR_AUTHENTICATOR_MISSING_DISCOVERABLE_CREDENTIAL_SUPPORT':
      case 'ERROR_AUTHENTICATOR_MISSING_USER_VERIFICATION_SUPPORT':
      case 'ERROR_AUTHENTICATOR_NO_SUPPORTED_PUBKEYCREDPARAMS_ALG':
        return 'passkey-unsupported';
    }
  }
  const root = cause instanceof WebAuthnError ? cause.cause : cause;
  return byName(nameOf(root), kind, lasted >= timeout * almost);
}

/** WebAuthn L3 §5.1.3 step 22, §5.1.4 step 19: the names that a browser may reject with. */
function byName(name: string | null, kind: Ceremony['kind'], timedOut: boolean): PortalFault {
  switch (name) {
    // §14.5.1: the same name for a person who said no, an authenticator without a passkey of hers, and the time that ran
    // out, so that a page can't tell what she has. Of the last one the page's own clock knows. Chromium has no other name for
    // an authenticator that can't do what is needed, either.
    case 'NotAllowedError':
      if (timedOut) return 'passkey-timed-out';
      return kind === 'ask' ? 'passkey-none-used' : 'passkey-cancelled';
    case 'TimeoutError':
      return 'passkey-timed-out';
    case 'AbortError':
    // Chromium's, where another ceremony of the same page is under way; no standard names it.
    case 'OperationError':
      return 'passkey-aborted';
    case 'InvalidStateError':
      return kind === 'make' ? 'passkey-on-this-device' : 'passkey-none-used';
    case 'SecurityError':
      return 'passkey-wrong-address';
    case 'NotSupportedError':
    case 'ConstraintError':
      return 'passkey-unsupported';
    default:
      return 'passkey-failed';
  }
}

function nameOf(error: unknown): string | null {
  return error instanceof Error ? error.name : null;
}
