/** What getInfo says of a key, as far as the server and the console need it. The wire's `KeyFacts`. */
export interface KeyFacts {
  /** UUID, lower case. */
  readonly aaguid: string;
  readonly versions: readonly string[];
  readonly extensions: readonly string[];
  readonly options: Readonly<Record<string, boolean>>;
  readonly transports: readonly string[];
  readonly firmware: string | null;
  /** null where the key does not tell. */
  readonly minPINLength: number | null;
  readonly forcePINChange: boolean;
  readonly remainingDiscoverableCredentials: number | null;
  /** COSE algorithm identifiers. */
  readonly algorithms: readonly number[];
  readonly clientPinSet: boolean | null;
  readonly pinRetries: number | null;
}

/** A key as the workstation's signed session receipt tells it. The wire's `ConnectedKey`. */
export interface ConnectedKey {
  readonly connectionId: string;
  readonly transport: 'hid' | 'pcsc' | 'virtual';
  readonly model: string;
  /** Read by a vendor's driver. Proves nothing by itself. */
  readonly serial: string | null;
  readonly virtual: boolean;
  readonly facts: KeyFacts;
  /** The silent assertion of the asset tag over the session order's challenge; all base64url. */
  readonly tag: {
    readonly credentialId: string;
    readonly authenticatorData: string;
    readonly clientDataJSON: string;
    readonly signature: string;
    readonly userHandle: string | null;
  } | null;
}

/**
 * One plugged-in key of one workstation, as its last session receipt told it. An enrollment starts from here, never
 * from what a page says of a key.
 */
export interface Connection {
  readonly workstationId: string;
  readonly connectionId: string;
  /** null: never seen, or it can't say who it is. */
  readonly deviceId: string | null;
  /** True when the asset tag's signature proved it, false when only a serial or the connection itself said so. */
  readonly proven: boolean;
  readonly model: string;
  readonly serial: string | null;
  readonly virtual: boolean;
  readonly facts: KeyFacts;
  readonly seenAt: Date;
}
