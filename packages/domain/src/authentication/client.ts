/** An OpenID client of a tenant. */
export interface Client {
  readonly clientId: string;
  readonly name: string;
  /** RFC 7591 metadata without the secret. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Sealed under the tenant's key; null for a client that has none. */
  readonly sealedSecret: Uint8Array | null;
  /** Whether its users are asked before anything of theirs is shared. */
  readonly consentRequired: boolean;
  readonly createdAt: Date;
}
