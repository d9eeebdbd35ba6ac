import type { CtapDevice } from '@keywarden/fido2/ctap2';
import type { PluggedKey } from '../plugged-key.ts';

export interface MakersMark {
  /** At most 64 characters. */
  readonly serial: string | null;
  readonly firmware: string | null;
}

/** CTAP has no serial number (lifecycle manager §7); some makers have a command of their own that tells it. */
export interface SerialNumberDriver {
  fits(key: PluggedKey): boolean;
  /** Harmless on any key that `fits`; a key without such a command throws or gives nulls. */
  read(device: CtapDevice, signal: AbortSignal): Promise<MakersMark>;
}
