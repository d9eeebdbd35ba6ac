/** CTAPHID commands (CTAP 2.1 §11.2.9) without the initialisation packet's high bit. */
export const hidCommand = {
  ping: 0x01,
  msg: 0x03,
  lock: 0x04,
  init: 0x06,
  wink: 0x08,
  cbor: 0x10,
  cancel: 0x11,
  keepalive: 0x3b,
  error: 0x3f,
  vendorFirst: 0x40,
  vendorLast: 0x7f,
} as const;

export type KeepaliveStatus = 'processing' | 'user-presence-needed';

export interface CallOptions {
  /**
   * Aborting cancels the command on the key (CTAPHID_CANCEL): the answer is then the key's own, or `DeviceError`
   * `cancelled` where nothing was begun, `cancel-unconfirmed` where the key is silent.
   */
  readonly signal?: AbortSignal | undefined;
  readonly onKeepalive?: ((status: KeepaliveStatus) => void) | undefined;
  /** Milliseconds without a sign of life after which the key counts as dead; keepalives renew it. */
  readonly timeout?: number | undefined;
}

export interface DeviceCapabilities {
  readonly wink: boolean;
  readonly cbor: boolean;
  /** False where the key doesn't implement CTAPHID_MSG (CTAP1/U2F). */
  readonly msg: boolean;
}

/**
 * One authenticator behind some transport: the narrow interface between commands and transports. Commands are named by
 * their CTAPHID numbers whatever carries them; a smart card maps `cbor` and `msg` to its own APDUs.
 * Calls are queued: a key runs one transaction at a time.
 */
export interface CtapDevice {
  readonly transport: 'hid' | 'smart-card';
  readonly capabilities: DeviceCapabilities;
  /** As the transport tells it; CTAPHID: major, minor, build. */
  readonly deviceVersion: readonly [number, number, number];
  /** @throws DeviceError */
  call(command: number, payload: Uint8Array, options?: CallOptions): Promise<Uint8Array>;
  /** A vendor's own command, `hidCommand.vendorFirst`..`vendorLast`. @throws DeviceError */
  vendor(command: number, payload: Uint8Array, options?: CallOptions): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Why a transport or the key behind it gave no usable answer. A CTAP status byte is a `CtapError` instead. */
export const deviceErrorCodes = [
  'removed',
  'closed',
  'busy',
  'timeout',
  'cancelled',
  /** Cancelled, but the key did not say so: it may have done what it was asked all the same. */
  'cancel-unconfirmed',
  'unsupported',
  'message-too-large',
  'transport-failed',
  'protocol-violated',
  'response-malformed',
] as const;
export type DeviceErrorCode = (typeof deviceErrorCodes)[number];

export class DeviceError extends Error {
  override readonly name = 'DeviceError';
  readonly code: DeviceErrorCode;
  /** The transport's own error byte (CTAPHID_ERROR) or status word (ISO 7816), where it gave one. */
  readonly transportStatus: number | null;

  constructor(
    code: DeviceErrorCode,
    message: string,
    options: { cause?: unknown; transportStatus?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.transportStatus = options.transportStatus ?? null;
  }
}
