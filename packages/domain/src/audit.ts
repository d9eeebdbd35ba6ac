export interface AuditEvent {
  readonly eventId: string;
  readonly at: Date;
  /** One of `eventTypes`; what older versions wrote stays as it was. */
  readonly type: string;
  readonly actor: {
    readonly kind: 'operator' | 'user' | 'client' | 'system';
    readonly id: string;
    readonly name: string;
  };
  readonly target: { readonly kind: string; readonly id: string; readonly name: string };
  readonly outcome: 'success' | 'failure';
  readonly description: string;
  readonly requestId: string | null;
  readonly clientIp: string | null;
}

/** Who asks, and from where: every command that changes something takes it. */
export interface Actor {
  readonly kind: 'operator' | 'user' | 'client' | 'system';
  readonly id: string;
  readonly name: string;
  readonly role: import('./operator.ts').OperatorRole | null;
  readonly requestId: string | null;
  readonly clientIp: string | null;
}
