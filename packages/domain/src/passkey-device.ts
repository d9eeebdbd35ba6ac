import type { Credential } from './credential.ts';
import type { PasskeyDeviceState } from './passkey-device-states.ts';

/** A passkey as a resource: what operators, directories (SCIM) and its owner see of it and act on. */
export interface PasskeyDevice {
  readonly deviceId: string;
  /** null: nobody's, taken from its owner or not given to anybody yet. */
  readonly userId: string | null;
  /** Its credential's status is always the same. */
  readonly status: PasskeyDeviceState;
  /** The tenant's own name of the kind, e.g. `DT_FIDO`. */
  readonly deviceType: string;
  readonly friendlyName: string;
  /** Usable from then on; null: from the beginning. */
  readonly validFrom: Date | null;
  /** Usable until then; null: without an end. */
  readonly validUntil: Date | null;
  /** What was registered, base64url; null while PENDING. */
  readonly credentialId: string | null;
  /** What a directory calls it. */
  readonly externalId: string | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a passkey is called until somebody, or the metadata of its model, names it. */
export const usualPasskeyName = 'Passkey';
/** What a passkey's kind is called where no workflow says otherwise. */
export const usualDeviceType = 'DT_FIDO';

/** The device of a credential that is registered without one that waited for it. */
export function deviceOf(
  credential: Credential,
  { deviceId, deviceType }: Pick<PasskeyDevice, 'deviceId' | 'deviceType'>,
): PasskeyDevice {
  const { userId, status, friendlyName, validFrom, validUntil, credentialId, createdAt } = credential;
  return {
    deviceId,
    userId,
    status,
    deviceType,
    friendlyName,
    validFrom,
    validUntil,
    credentialId,
    externalId: null,
    version: 1,
    createdAt,
    updatedAt: createdAt,
  };
}

interface Validity {
  readonly validFrom: Date | null;
  readonly validUntil: Date | null;
}

export function isWithinValidity({ validFrom, validUntil }: Validity, now: Date): boolean {
  return (validFrom === null || validFrom <= now) && (validUntil === null || now < validUntil);
}

/** Whether anybody may sign in with it: ACTIVE and within its validity. */
export function isUsable(passkey: Validity & { readonly status: PasskeyDeviceState }, now: Date): boolean {
  return passkey.status === 'ACTIVE' && isWithinValidity(passkey, now);
}

/** Whether it waits for its owner's passkey. */
export function isAwaited(passkey: Validity & { readonly status: PasskeyDeviceState }, now: Date): boolean {
  return passkey.status === 'PENDING' && isWithinValidity(passkey, now);
}
