/** A workstation service that was paired with the tenant: it pins the tenant's order key, we know its id. */
export interface Workstation {
  readonly workstationId: string;
  readonly name: string;
  readonly pairedAt: Date;
  readonly lastSeenAt: Date | null;
}
