import type { Problem, WorkstationError } from '@keywarden/api';
import { CliError } from '../errors.ts';

/** The management API said no, in RFC 9457 terms. */
export class ServerRefusal extends CliError {
  override readonly name = 'ServerRefusal';
  readonly status: number;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super('server-refused', [problem.title, problem.detail].filter((part) => part !== undefined).join(' '));
    this.status = problem.status;
    this.problem = problem;
  }
}

/** The workstation service said no; the key's own status byte and retries are kept. */
export class WorkstationRefusal extends CliError {
  override readonly name = 'WorkstationRefusal';
  readonly error: WorkstationError;

  constructor(error: WorkstationError) {
    super('workstation-refused', `${error.message} (${error.code})`);
    this.error = error;
  }
}
