export const operatorRoles = ['owner', 'administrator', 'operator', 'help-desk', 'auditor'] as const;
export type OperatorRole = (typeof operatorRoles)[number];

export interface Operator {
  readonly operatorId: string;
  readonly name: string;
  readonly email: string | null;
  readonly role: OperatorRole;
  /** Whoever is deactivated has no session, and no link gives one. */
  readonly status: 'active' | 'deactivated';
  /** Counts up with every change. */
  readonly version: number;
  readonly createdAt: Date;
  readonly lastSignedInAt: Date | null;
}

/** Active, in its first version, and never signed in yet. */
export type NewOperator = Omit<Operator, 'status' | 'version' | 'lastSignedInAt'>;

/** The bearer's secret is kept as its SHA-256 alone. */
export interface OperatorSession {
  readonly sessionHash: Uint8Array;
  readonly operatorId: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export interface SignInLink {
  readonly linkHash: Uint8Array;
  readonly operatorId: string;
  /** null: until it expires (a demo's link); otherwise how many uses are left. */
  readonly usesLeft: number | null;
  readonly expiresAt: Date;
}
