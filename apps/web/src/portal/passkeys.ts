import type { FidoChallenge } from '@keywarden/api/authn';
import type { CreationOptionsJson } from '@keywarden/api/webauthn';
import {
  type AuthenticatorTransport,
  browserSupportsWebAuthnAutofill,
  startAuthentication,
  startRegistration,
  WebAuthnAbortService,
} from '@simplewebauthn/browser';
import {
  type BrowserFacts,
  CeremonyReplaced,
  type PasskeySupport,
  supportOf,
  told,
} from './passkey-failure.ts';

/** The browser's passkeys, one ceremony at a time. What fails throws PortalFailure or CeremonyReplaced. */
export interface Passkeys {
  readonly support: PasskeySupport;
  /** Whether the browser can offer passkeys in the username field's own list. */
  readonly inField: () => Promise<boolean>;
  /** @param quietly in the username field's own list, without a dialog (conditional mediation) */
  readonly ask: (challenge: FidoChallenge, quietly: boolean) => Promise<unknown>;
  readonly make: (options: CreationOptionsJson) => Promise<unknown>;
  /** Ends what the browser is asking for, so that something else may be asked. */
  readonly stopAsking: () => void;
}

/** Milliseconds; what the service's challenges live. */
const usualTimeout = 300_000;

export function createPasskeys(browser: BrowserFacts, now: () => number): Passkeys {
  let current = 0;
  async function only<T>(ceremony: () => Promise<T>): Promise<T> {
    current += 1;
    const mine = current;
    try {
      return await ceremony();
    } catch (error) {
      throw mine === current
        ? error
        : new CeremonyReplaced('another ceremony took its place', { cause: error });
    }
  }
  return {
    support: supportOf(browser),
    inField: browserSupportsWebAuthnAutofill,
    ask: (challenge, quietly) =>
      only(() =>
        told({ kind: 'ask', timeout: usualTimeout, now }, () =>
          startAuthentication({
            optionsJSON: {
              challenge: challenge.challenge,
              rpId: challenge.rpId,
              userVerification: challenge.userVerification,
              allowCredentials: challenge.allowCredentials.map(descriptor),
              timeout: usualTimeout,
            },
            useBrowserAutofill: quietly,
          }),
        ),
      ),
    make: (options) =>
      only(() =>
        told({ kind: 'make', timeout: options.timeout ?? usualTimeout, now }, () =>
          startRegistration({ optionsJSON: creationOptions(options) }),
        ),
      ),
    stopAsking() {
      current += 1;
      WebAuthnAbortService.cancelCeremony();
    },
  };
}

function creationOptions(options: CreationOptionsJson) {
  const { rp, user, challenge, pubKeyCredParams, attestation, authenticatorSelection } = options;
  const { residentKey, userVerification, authenticatorAttachment } = authenticatorSelection;
  return {
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
    timeout: options.timeout ?? usualTimeout,
    extensions: { credProps: true },
  };
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
