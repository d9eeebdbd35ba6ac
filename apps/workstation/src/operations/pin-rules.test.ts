import { describe, expect, it } from 'vitest';
import { anyPin, type PinRules, violation } from './pin-rules.ts';

const six: PinRules = { minimumLength: 6, maximumLength: 8, characters: 'any' };

describe('a new PIN', () => {
  it('counts Unicode code points, as keys do (CTAP 2.1 §6.5.1)', () => {
    expect(violation('🔑🔑🔑🔑🔑', six)).toMatch(/at least 6/);
    expect(violation('🔑🔑🔑🔑🔑🔑', six)).toBeNull();
    expect(violation('123456789', six)).toMatch(/at most 8/);
  });

  it('has at most 63 bytes of UTF-8, whatever the policy says', () => {
    expect(violation('🔑'.repeat(15), anyPin)).toBeNull();
    expect(violation('🔑'.repeat(16), anyPin)).toMatch(/too long/);
  });

  it('keeps to the characters of the policy', () => {
    const digits: PinRules = { ...six, characters: 'digits' };
    const letters: PinRules = { ...six, characters: 'letters-and-digits' };
    expect(violation('12345a', digits)).toMatch(/digits only/);
    expect(violation('123456', digits)).toBeNull();
    expect(violation('12345!', letters)).toMatch(/letters and digits/);
    expect(violation('Äpfel7', letters)).toBeNull();
    expect(violation('12345\u0000', six)).toMatch(/control characters/);
  });
});
