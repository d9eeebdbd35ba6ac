import { WebAuthnError, type WebAuthnErrorCode } from './errors.ts';

/** One rule of the specification. A ceremony is a table of these, run from top to bottom. */
export interface Check<Facts> {
  /** For example `WebAuthn L3 §7.1 step 8`. */
  readonly clause: string;
  /** What must be true, as a sentence. */
  readonly rule: string;
  /** The refusal where it isn't. */
  readonly code: WebAuthnErrorCode;
  readonly holds: (facts: Facts) => boolean;
  /** What was found instead, for the log. */
  readonly found?: (facts: Facts) => string;
}

/** @throws WebAuthnError of the first check that doesn't hold */
export function runChecks<Facts>(checks: readonly Check<Facts>[], facts: Facts): void {
  for (const check of checks) {
    if (check.holds(facts)) continue;
    const found =
      check.found === undefined ? '' : `; found ${JSON.stringify(check.found(facts).slice(0, 300))}`;
    throw new WebAuthnError(check.code, `broken: ${check.rule}${found}`, { clause: check.clause });
  }
}

/** What a failure to read is called, and the clause that it breaks. */
export interface Blame {
  readonly code: WebAuthnErrorCode;
  readonly clause: string;
}

/** Runs a reader of bytes; what it throws becomes a refusal with its cause kept. */
export function reading<Value>(blame: Blame, read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof WebAuthnError) throw cause;
    const reason = cause instanceof Error ? cause.message : 'unreadable';
    throw new WebAuthnError(blame.code, reason, { clause: blame.clause, cause });
  }
}
