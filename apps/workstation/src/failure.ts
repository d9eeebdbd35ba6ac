import type { WorkstationError, WorkstationErrorCode } from '@keywarden/api';

/** What the person at the key is told when nobody knows better: what happened, what is true now, what to do. */
const sentences: Readonly<Record<WorkstationErrorCode, string>> = {
  MESSAGE_MALFORMED:
    'The page sent something that the workstation service does not understand. Reload the page.',
  NOT_PAIRED: 'This workstation is not paired with that server and tenant. Pair it first.',
  SESSION_REQUIRED: 'This page does not control the workstation. Connect again.',
  SESSION_HELD: 'Another page controls this workstation. Close it there, or take over here.',
  SESSION_LOST: 'Another page took over this workstation. Take over here to go on.',
  ORDER_MALFORMED:
    'The order is not one that this workstation service understands. Nothing was done to the key.',
  ORDER_SIGNATURE: 'The order was not signed by the server that this workstation trusts. Nothing was done.',
  ORDER_EXPIRED:
    'The order is out of date, or the clock of this computer is wrong. Nothing was done; try again.',
  ORDER_AUDIENCE: 'The order is for another workstation. Nothing was done; reload the page.',
  ORDER_USED: 'The order was carried out before and counts once. Reload the page to see what came of it.',
  ORDER_DEVICE: 'The order is for a key that is not plugged in here. Nothing was done; choose the key again.',
  RP_ID_FORBIDDEN: 'The order names a site that this workstation was not paired for. Nothing was done.',
  DEVICE_NOT_FOUND: 'The key is no longer there. Plug it in and try again.',
  DEVICE_BUSY: 'Something else is using this key. Wait for it to end, then try again.',
  DEVICE_REMOVED: 'The key was removed before it was done. Plug it in and try again.',
  DEVICE_FAILED: 'The key stopped answering. Remove it, plug it in again and retry.',
  OPERATION_NOT_FOUND: 'That operation has already ended.',
  OPERATION_CANCELLED: 'Cancelled. You can start again at any time.',
  PIN_WRONG: 'That is not the PIN of this key. Try again.',
  PIN_TOO_FEW_RETRIES:
    'The key has too few PIN tries left to risk one here. Reset the key and enroll it again.',
  PIN_BLOCKED: 'The PIN of this key is blocked after too many wrong ones. Reset the key and enroll it again.',
  PIN_AUTH_BLOCKED: 'Three wrong PINs in a row. Remove the key, plug it in again, then try again.',
  PIN_REJECTED: 'That PIN does not meet the rules for this key. Choose another one.',
  PIN_CHANGE_REQUIRED: 'The key asks for a new PIN before it does anything else. Change it, then try again.',
  TOUCH_TIMEOUT: 'The key was not touched in time. Try again and touch it when it blinks.',
  POLICY_UNMET: 'This key cannot do what the policy asks. Nothing was changed; use another key or policy.',
  CREDENTIAL_EXCLUDED: 'This key already holds a credential of this person.',
  KEY_FULL: 'The key has no room for another credential. Remove one, or use another key.',
  CTAP_ERROR: 'The key refused. Remove it, plug it in again and retry.',
  INTERNAL: 'The workstation service failed. Look into its log, then try again.',
};

interface Particulars {
  /** Replaces the general sentence. */
  readonly message?: string | undefined;
  readonly ctap?: number | undefined;
  readonly retriesLeft?: number | null | undefined;
  readonly field?: string | undefined;
  /** For the log, never for a person. */
  readonly detail?: string | undefined;
  readonly cause?: unknown;
}

/** The one error of this application: a code of the wire's closed list, a sentence, and what the key said. */
export class WorkstationFailure extends Error {
  override readonly name = 'WorkstationFailure';
  readonly code: WorkstationErrorCode;
  readonly ctap: number | null;
  readonly retriesLeft: number | null;
  readonly field: string | null;
  readonly detail: string | undefined;

  constructor(code: WorkstationErrorCode, particulars: Particulars = {}) {
    super(
      particulars.message ?? sentences[code],
      particulars.cause === undefined ? undefined : { cause: particulars.cause },
    );
    this.code = code;
    this.ctap = particulars.ctap ?? null;
    this.retriesLeft = particulars.retriesLeft ?? null;
    this.field = particulars.field ?? null;
    this.detail = particulars.detail;
  }

  toWire(): WorkstationError {
    return {
      code: this.code,
      message: this.message,
      ctap: this.ctap,
      retriesLeft: this.retriesLeft,
      field: this.field,
    };
  }
}
