export const consentStatuses = ['unknown', 'accepted', 'rejected', 'expired'] as const;
export type ConsentStatus = (typeof consentStatuses)[number];

/** What a user told a client it may have. Kept per user, client and scope. */
export interface ConsentRecord {
  readonly userId: string;
  readonly clientId: string;
  readonly scope: string;
  readonly status: 'accepted' | 'rejected';
  /** null: until it is changed. */
  readonly expiresAt: Date | null;
  readonly signedAt: Date;
}

/** One scope that a client asked for, and where the user stands with it. */
export interface RequestedConsent {
  readonly scope: string;
  /** Both in the words of the tenant's theme. */
  readonly label: string;
  readonly description: string;
  readonly status: ConsentStatus;
}
