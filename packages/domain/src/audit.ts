/** What events tell beside names: pages have words for each. Nothing secret. */
export const particularNames = [
  'added',
  'before',
  'from',
  'members',
  'minimumLength',
  'note',
  'policy',
  'refuseBreached',
  'removed',
  'until',
  'version',
] as const;
export type ParticularName = (typeof particularNames)[number];

/** Points in time in ISO 8601; null: there is none, which is told too. */
export type EventParticulars = Readonly<Partial<Record<ParticularName, string | number | boolean | null>>>;

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
  /** In English, with everything that is known. */
  readonly description: string;
  /** Of the description, what a sentence in another language needs; empty where it needs nothing, and of older events. */
  readonly particulars: EventParticulars;
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
