import { type CtapStatusName, ctapStatus } from '../ctap2/status.ts';

/** Ends a command with that status. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;

  constructor(status: CtapStatusName) {
    super(status);
    this.status = ctapStatus[status];
  }
}

export const refuseIf = (condition: boolean, status: CtapStatusName): void => {
  if (condition) throw new Refusal(status);
};
