import { describe, expect, test } from 'vitest';
import { draftFaults, draftOf, inputOf, newDraft } from './policy-rules.ts';

const named = { ...newDraft, name: 'Standard' };
const aaguid = 'EE882879-721C-4913-9775-3DFCCE97072A';

describe('the policy form', () => {
  test('a new policy needs only its name', () => {
    expect(draftFaults(newDraft)).toEqual({ name: 'nameMissing' });
    expect(draftFaults(named)).toEqual({});
  });

  test('what is written and read again is the same', () => {
    const draft = { ...named, minPINLength: '6', alwaysUv: 'off' as const, allowedAaguids: aaguid };
    const input = inputOf(draft);
    expect(input.rules).toMatchObject({
      minPINLength: 6,
      alwaysUv: false,
      allowedAaguids: [aaguid.toLowerCase()],
    });
    expect(inputOf(draftOf(input))).toEqual(input);
  });

  test.each([
    [{ pinMinimumLength: '3' }, { pinMinimumLength: 'pinRange' }],
    [{ pinMaximumLength: '64' }, { pinMaximumLength: 'pinRange' }],
    [{ pinMinimumLength: '9', pinMaximumLength: '8' }, { pinMaximumLength: 'pinOrder' }],
    [{ minPINLength: '7' }, { minPINLength: 'minPINAbovePin' }],
    [{ minPINLength: 'x' }, { minPINLength: 'pinRange' }],
    [{ pinMode: 'none' as const, forcePINChange: true }, { forcePINChange: 'forcePINChangeNeedsPin' }],
    [{ allowedAaguids: `${aaguid}\nnot one` }, { allowedAaguids: { aaguidMalformed: 'not' } }],
  ])('%j: %j', (change, faults) => {
    expect(draftFaults({ ...named, ...change })).toEqual(faults);
  });
});
