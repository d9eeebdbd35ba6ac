import type { WorkstationEvent } from '@keywarden/api';

type PinRequired = Extract<WorkstationEvent, { event: 'pin.required' }>;
export type PinRules = Pick<PinRequired, 'minimumLength' | 'maximumLength' | 'characters'>;

export type PinFault = 'missing' | 'tooShort' | 'tooLong' | 'digitsOnly' | 'lettersAndDigitsOnly' | 'differ';

/** CTAP 2.1 §6.5.1: a PIN is counted in Unicode code points of its NFC form, and is at most 63 bytes of UTF-8. */
const longestInBytes = 63;

export function normalPin(pin: string): string {
  return pin.normalize('NFC');
}

export function newPinFault(pin: string, again: string, rules: PinRules): PinFault | null {
  const normal = normalPin(pin);
  const length = [...normal].length;
  if (length === 0) return 'missing';
  if (rules.characters === 'digits' && !/^\d*$/.test(normal)) return 'digitsOnly';
  if (rules.characters === 'letters-and-digits' && !/^[\p{L}\p{Nd}]*$/u.test(normal))
    return 'lettersAndDigitsOnly';
  if (length < rules.minimumLength) return 'tooShort';
  if (length > rules.maximumLength || new TextEncoder().encode(normal).length > longestInBytes)
    return 'tooLong';
  return normal === normalPin(again) ? null : 'differ';
}
