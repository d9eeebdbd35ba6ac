import { type Static, Type } from 'typebox';
import { ConnectedKey, OrderResult } from './order.ts';
import { Nullable } from './primitives.ts';

/**
 * The WebSocket between a page and the workstation service on this machine: `ws://127.0.0.1:9333/`.
 * JSON text frames; a request carries an `id`, its answer the same `id`; frames without `id` are events.
 */
export const workstationProtocol = 1;

const id = Type.String({ minLength: 1, maxLength: 64 });

export const WorkstationRequest = Type.Union([
  /** Answered before any order: who are you, are you paired with this issuer? */
  Type.Object({ id, type: Type.Literal('hello'), issuer: Type.String({ maxLength: 512 }) }),
  /** Takes control of this workstation; `takeOver` takes it from another page that holds it. */
  Type.Object({
    id,
    type: Type.Literal('session.open'),
    order: Type.String({ maxLength: 65_536 }),
    takeOver: Type.Boolean(),
  }),
  /** Runs one order on one key; answers when done, with a receipt. */
  Type.Object({ id, type: Type.Literal('order.run'), order: Type.String({ maxLength: 131_072 }) }),
  /**
   * Answers a `pin.required` event. Never logged. Kept in memory for that key and session a few minutes, so that the
   * orders of one enrollment ask once. `PIN_REJECTED` (too short, wrong characters) leaves the question open.
   */
  Type.Object({
    id,
    type: Type.Literal('pin.provide'),
    operation: id,
    pin: Type.String({ minLength: 1, maxLength: 255 }),
  }),
  /** CTAPHID_CANCEL and an end to the operation whose `order.run` had this id. */
  Type.Object({ id, type: Type.Literal('operation.cancel'), operation: id }),
  /** Receipts of finished orders that no page has acknowledged (page reloaded in the middle). */
  Type.Object({ id, type: Type.Literal('receipts.list') }),
  Type.Object({ id, type: Type.Literal('receipts.acknowledge'), jti: Type.String({ maxLength: 64 }) }),
]);
export type WorkstationRequest = Static<typeof WorkstationRequest>;

/** Closed list; docs/errors.md explains each to a person. `ctap` keeps the key's own status byte. */
export const workstationErrorCodes = [
  'MESSAGE_MALFORMED',
  'NOT_PAIRED',
  'SESSION_REQUIRED',
  'SESSION_HELD',
  'SESSION_LOST',
  'ORDER_MALFORMED',
  'ORDER_SIGNATURE',
  'ORDER_EXPIRED',
  'ORDER_AUDIENCE',
  'ORDER_USED',
  'ORDER_DEVICE',
  'RP_ID_FORBIDDEN',
  'DEVICE_NOT_FOUND',
  'DEVICE_BUSY',
  'DEVICE_REMOVED',
  'DEVICE_FAILED',
  'OPERATION_NOT_FOUND',
  'OPERATION_CANCELLED',
  'PIN_WRONG',
  'PIN_TOO_FEW_RETRIES',
  'PIN_BLOCKED',
  /** CTAP 0x34: three wrong ones in a row; it takes a PIN again after it was pulled out and put back. */
  'PIN_AUTH_BLOCKED',
  'PIN_REJECTED',
  'PIN_CHANGE_REQUIRED',
  'TOUCH_TIMEOUT',
  'POLICY_UNMET',
  'CREDENTIAL_EXCLUDED',
  'KEY_FULL',
  'CTAP_ERROR',
  'INTERNAL',
] as const;
export type WorkstationErrorCode = (typeof workstationErrorCodes)[number];

export const WorkstationError = Type.Object({
  code: Type.Enum(workstationErrorCodes),
  message: Type.String(),
  /** CTAP status byte, where the key answered one. */
  ctap: Nullable(Type.Integer()),
  /** PIN tries left, where the key told. */
  retriesLeft: Nullable(Type.Integer()),
  /** What the policy asks and the key can't do, where `code` is POLICY_UNMET. */
  field: Nullable(Type.String()),
});
export type WorkstationError = Static<typeof WorkstationError>;

export const HelloResult = Type.Object({
  protocol: Type.Integer(),
  version: Type.String(),
  workstationId: Type.String(),
  paired: Type.Boolean(),
  /** Why a class of keys can't be seen here, in words for the operator (library missing, no permission). */
  limitations: Type.Array(Type.String()),
  sessionHeld: Type.Boolean(),
});
export type HelloResult = Static<typeof HelloResult>;

export const SessionOpened = Type.Object({ devices: Type.Array(ConnectedKey), receipt: Type.String() });
export type SessionOpened = Static<typeof SessionOpened>;
export const OrderDone = Type.Object({ result: OrderResult, receipt: Type.String() });
export type OrderDone = Static<typeof OrderDone>;
export const PendingReceipts = Type.Object({
  receipts: Type.Array(
    Type.Object({
      jti: Type.String(),
      action: Type.String(),
      /** Connection id of the key that the order named; null for a session order. */
      device: Nullable(Type.String()),
      receipt: Type.String(),
    }),
  ),
});
export type PendingReceipts = Static<typeof PendingReceipts>;

export const WorkstationAnswer = Type.Union([
  Type.Object({ id, ok: Type.Literal(true), result: Type.Unknown() }),
  Type.Object({ id, ok: Type.Literal(false), error: WorkstationError }),
]);
export type WorkstationAnswer = Static<typeof WorkstationAnswer>;

/** The steps that tick off while an order runs; the page knows a sentence for each in every language. */
export const progressSteps = [
  'check-capabilities',
  'set-pin',
  'write-policy',
  'write-asset-tag',
  'create-credential',
  'force-pin-change',
  'remove-credential',
  'reset',
  'read-back',
] as const;
export type ProgressStep = (typeof progressSteps)[number];

export const WorkstationEvent = Type.Union([
  /** Not yet recognised: ask for a new session order to let it prove its tag. */
  Type.Object({ event: Type.Literal('device.attached'), device: ConnectedKey }),
  Type.Object({ event: Type.Literal('device.removed'), connectionId: Type.String() }),
  Type.Object({
    event: Type.Literal('progress'),
    operation: id,
    step: Type.Enum(progressSteps),
    status: Type.Enum(['started', 'done', 'skipped']),
  }),
  Type.Object({ event: Type.Literal('touch.required'), operation: id }),
  Type.Object({ event: Type.Literal('touch.done'), operation: id }),
  Type.Object({
    event: Type.Literal('pin.required'),
    operation: id,
    /** `set`: the key has none, choose one; `verify`: enter it; `change`: the key demands a new one. */
    reason: Type.Enum(['set', 'verify', 'change']),
    minimumLength: Type.Integer(),
    maximumLength: Type.Integer(),
    characters: Type.Enum(['any', 'digits', 'letters-and-digits']),
    retriesLeft: Nullable(Type.Integer()),
    /** True after a wrong one. */
    wrong: Type.Boolean(),
    /** For a virtual key alone: what a person would read off a slip of paper. */
    hint: Nullable(Type.String()),
  }),
  Type.Object({ event: Type.Literal('reinsert.required'), operation: id }),
  Type.Object({
    event: Type.Literal('session.lost'),
    reason: Type.Enum(['taken-over', 'stopping']),
  }),
]);
export type WorkstationEvent = Static<typeof WorkstationEvent>;
