/** `^[a-z0-9][a-z0-9-]{0,62}$`. It is a path segment, part of every issuer, and never changes. */
export type TenantId = string;

export interface Tenant {
  readonly tenantId: TenantId;
  readonly name: string;
  readonly defaultIdentityProviderId: string | null;
  readonly createdAt: Date;
}
