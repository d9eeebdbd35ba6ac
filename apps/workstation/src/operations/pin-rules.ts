import type { ConfigureOrder } from '@keywarden/api';
import type { Static } from 'typebox';
import { WorkstationFailure } from '../failure.ts';

/** What a new PIN must look like. Lengths count Unicode code points (CTAP 2.1 §6.5.1). */
export interface PinRules {
  readonly minimumLength: number;
  readonly maximumLength: number;
  readonly characters: Static<typeof ConfigureOrder>['pin']['characters'];
}

/** What CTAP takes of any PIN: 4 code points at least, 63 bytes of UTF-8 at most. */
export const anyPin: PinRules = { minimumLength: 4, maximumLength: 63, characters: 'any' };
const byteLimit = 63;

const alphabets: Readonly<Record<PinRules['characters'], RegExp>> = {
  any: /^[^\p{Cc}]*$/u,
  digits: /^[0-9]*$/,
  'letters-and-digits': /^[\p{L}\p{N}]*$/u,
};

export const meets = (pin: string, rules: PinRules): boolean => violation(pin, rules) === null;

/** A sentence for the person, or null. */
export function violation(pin: string, rules: PinRules): string | null {
  const length = [...pin].length;
  if (length < rules.minimumLength) return `The PIN must have at least ${rules.minimumLength} characters.`;
  if (length > rules.maximumLength) return `The PIN may have at most ${rules.maximumLength} characters.`;
  if (new TextEncoder().encode(pin).length > byteLimit) return 'The PIN is too long for a security key.';
  if (!alphabets[rules.characters].test(pin)) {
    return rules.characters === 'digits'
      ? 'The PIN may hold digits only.'
      : rules.characters === 'any'
        ? 'The PIN may not hold control characters.'
        : 'The PIN may hold letters and digits only.';
  }
  return null;
}

/** @throws WorkstationFailure PIN_REJECTED */
export function requireRules(pin: string, rules: PinRules): void {
  const message = violation(pin, rules);
  if (message !== null) throw new WorkstationFailure('PIN_REJECTED', { message });
}
