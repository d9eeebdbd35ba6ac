/** Authenticator apps: RFC 6238 with what every app knows, SHA-1, six digits, 30 seconds. */
export interface TimeBasedCodes {
  /** 20 random bytes: the length of the HMAC's output (RFC 4226 §4, R6). */
  readonly secretLength: number;
  /** `otpauth://totp/…`, what a QR code tells an app. */
  uri(app: { readonly secret: Uint8Array; readonly issuer: string; readonly account: string }): string;
  /** RFC 4648 base32 without padding, for those who type it. */
  toText(secret: Uint8Array): string;
  /**
   * The time step that a code is of, one before or after now at most (RFC 6238 §5.2); null where it is of none. Takes as
   * long for a wrong code as for a right one.
   */
  stepOf(secret: Uint8Array, code: string, at: Date): number | null;
}
