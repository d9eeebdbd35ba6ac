/** An app that shows a user one-time codes (RFC 6238). */
export interface OneTimeCodeApp {
  readonly appId: string;
  readonly userId: string;
  /** The authentication policy (authType) that its codes prove, e.g. `AT_TOTP`. */
  readonly authType: string;
  readonly friendlyName: string;
  /** Sealed under the tenant's key for `oneTimeCodePurpose`. */
  readonly sealedSecret: Uint8Array;
  /** PENDING until a first code showed that the app has the secret. */
  readonly status: 'PENDING' | 'ACTIVE';
  /** Wrong first codes. */
  readonly failures: number;
  /** The time step of the last code that was accepted; no earlier one is again. */
  readonly lastStep: number | null;
  readonly createdAt: Date;
  /** When a PENDING one is forgotten. */
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
}

/** What a sign-in needs to know of one. */
export type ActiveOneTimeCodeApp = Pick<OneTimeCodeApp, 'appId' | 'authType' | 'sealedSecret'>;

/** What the secrets of apps are sealed for. */
export const oneTimeCodePurpose = 'one-time-code-app';
