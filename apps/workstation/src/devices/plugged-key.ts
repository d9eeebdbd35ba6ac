import type { ConnectedKey } from '@keywarden/api';
import type { CtapDevice } from '@keywarden/fido2/ctap2';

/** A key as some transport sees it, before anybody talked to it. */
export interface PluggedKey {
  /**
   * Names this one plugging-in among all that the source ever lists: the same key pulled out and put back has another
   * handle, as far as the platform lets us tell.
   */
  readonly handle: string;
  readonly transport: ConnectedKey['transport'];
  /** Product name as the transport tells it. */
  readonly model: string;
  readonly virtual: boolean;
  /** USB vendor id, where there is one: which maker's driver may ask for a serial number. */
  readonly vendorId: number | null;
  /** For virtual keys alone. */
  readonly slip: PinSlip | null;
  /** Aborting the signal gives up. The caller closes what it gets. @throws DeviceError */
  open(signal: AbortSignal): Promise<CtapDevice>;
}

/** The slip of paper with the PIN that a person would have: a virtual key has a file instead. */
export interface PinSlip {
  read(): Promise<string | null>;
  /** null: the key has no PIN any more. */
  write(pin: string | null): Promise<void>;
}

/** One way in which keys come to this machine. */
export interface DeviceSource {
  readonly name: string;
  list(): Promise<readonly PluggedKey[]>;
  /** Why keys may be here that can't be seen or used, in words for the operator. */
  limitation(): string | null;
  /** Calls back when `list` may have changed, where the source is told; the rest is found by polling. */
  onChange(listener: () => void): void;
  close(): Promise<void>;
}
