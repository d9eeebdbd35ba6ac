import { DomainError } from '../errors.ts';
import { normaliseUsername } from '../username.ts';
import { AuthenticationRefusal, invalidRequest } from './refusal.ts';
import type { Factor, Workflow } from './workflow.ts';

/** null stays null: the call named nobody. */
export function normalisedUsername(text: string | null): string | null {
  return text === null ? null : requiredUsername(text);
}

export function usernameOrNull(text: string): string | null {
  try {
    return normaliseUsername(text);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return null;
  }
}

export function requiredUsername(text: string | null): string {
  if (text === null) throw new AuthenticationRefusal(invalidRequest('Missing username'));
  try {
    return normaliseUsername(text);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw new AuthenticationRefusal(invalidRequest('Malformed username'), { cause: error });
  }
}

export interface LocatedFactor {
  readonly factor: Factor;
  readonly second: boolean;
}

/** A first factor of that authType, else a second one. */
export function factorOf(workflow: Workflow, authType: string): LocatedFactor {
  const first = workflow.firstFactors.find((factor) => factor.code === authType);
  if (first !== undefined) return { factor: first, second: false };
  const second = workflow.secondFactors.find((factor) => factor.code === authType);
  if (second !== undefined) return { factor: second, second: true };
  throw new AuthenticationRefusal(invalidRequest('Unknown authType'));
}
