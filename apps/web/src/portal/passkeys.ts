import type { CreationOptionsJson, FidoChallenge } from '@keywarden/api';
import {
  type AuthenticatorTransport,
  browserSupportsWebAuthn,
  browserSupportsWebAuthnAutofill,
  startAuthentication,
  startRegistration,
  WebAuthnAbortService,
  WebAuthnError,
} from '@simplewebauthn/browser';
import { PortalFailure } from './failure.ts';

export { browserSupportsWebAuthn, browserSupportsWebAuthnAutofill };

/** Ends what the browser is asking for, so that something else may be asked. */
export function stopAsking(): void {
  WebAuthnAbortService.cancelCeremony();
}

/** @param quietly in the username field's own list, without a dialog (conditional mediation) */
export async function askForPasskey(challenge: FidoChallenge, quietly: boolean): Promise<unknown> {
  const { rpId, userVerification } = challenge;
  return told(() =>
    startAuthentication({
      optionsJSON: {
        challenge: challenge.challenge,
        rpId,
        userVerification,
        allowCredentials: challenge.allowCredentials.map(descriptor),
      },
      useBrowserAutofill: quietly,
    }),
  );
}

export async function makePasskey(options: CreationOptionsJson): Promise<unknown> {
  const { rp, user, challenge, pubKeyCredParams, attestation, authenticatorSelection } = options;
  const { residentKey, userVerification, authenticatorAttachment } = authenticatorSelection;
  return told(() =>
    startRegistration({
      optionsJSON: {
        rp,
        user,
        challenge,
        pubKeyCredParams: [...pubKeyCredParams],
        attestation,
        authenticatorSelection: {
          residentKey,
          requireResidentKey: residentKey === 'required',
          userVerification,
          ...(authenticatorAttachment !== undefined && { authenticatorAttachment }),
        },
        excludeCredentials: options.excludeCredentials.map(descriptor),
        ...(options.timeout !== undefined && { timeout: options.timeout }),
        extensions: { credProps: true },
      },
    }),
  );
}

interface Descriptor {
  readonly type: 'public-key';
  readonly id: string;
  readonly transports?: readonly string[];
}

function descriptor({ type, id, transports }: Descriptor) {
  return { type, id, ...(transports !== undefined && { transports: transports.filter(isTransport) }) };
}

/** WebAuthn L3 §5.8.4: values that a client does not know are passed on, and ignored by it. */
function isTransport(transport: string): transport is AuthenticatorTransport {
  return transport !== '';
}

/** What a ceremony that failed means to the person; a ceremony that we ended ourselves is no failure. */
async function told<T>(ceremony: () => Promise<T>): Promise<T> {
  try {
    return await ceremony();
  } catch (cause) {
    throw new PortalFailure(faultOfCeremony(cause), { cause });
  }
}

function faultOfCeremony(cause: unknown) {
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
      default:
        return nameOf(cause.cause) === 'NotAllowedError' ? 'passkey-cancelled' : 'passkey-failed';
    }
  }
  const name = nameOf(cause);
  return name === 'NotAllowedError' || name === 'AbortError' ? 'passkey-cancelled' : 'passkey-failed';
}

function nameOf(error: unknown): string | null {
  return error instanceof Error ? error.name : null;
}

/** True where another ceremony took its place. */
export function wasReplaced(error: unknown): boolean {
  const cause = error instanceof PortalFailure ? error.cause : null;
  return (
    (cause instanceof WebAuthnError && cause.code === 'ERROR_CEREMONY_ABORTED') ||
    nameOf(cause) === 'AbortError'
  );
}
