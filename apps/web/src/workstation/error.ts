import type { WorkstationError } from '@keywarden/api';

/** The workstation service's own refusal of one request. */
export class WorkstationRefusal extends Error {
  override readonly name = 'WorkstationRefusal';
  readonly error: WorkstationError;

  constructor(error: WorkstationError) {
    super(error.message);
    this.error = error;
  }
}

export const channelErrorCodes = [
  /** The socket never opened. */
  'not-open',
  /** It opened, and what answers is not the workstation service, or not within its time. */
  'not-understood',
  /** It was open and closed. */
  'closed',
] as const;
export type ChannelErrorCode = (typeof channelErrorCodes)[number];

/** The connection itself failed; nothing is known of what the service did. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError';
  readonly code: ChannelErrorCode;

  constructor(code: ChannelErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
