/** A configured identity provider of a tenant. */
export interface IdentityProviderRecord {
  readonly identityProviderId: string;
  readonly kind: 'built-in';
  readonly name: string;
  readonly status: 'active' | 'inactive';
  readonly createdAt: Date;
}
