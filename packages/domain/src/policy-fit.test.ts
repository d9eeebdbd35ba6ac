import { describe, expect, it } from 'vitest';
import type { KeyFacts } from './key.ts';
import type { PolicyRules } from './policy.ts';
import { policyMisfit, readBackMismatch } from './policy-fit.ts';

const aaguid = '2fc0579f-8113-47ea-b116-bb5a8db9202a';
const rules: PolicyRules = {
  pinMode: 'typed',
  pinMinimumLength: 6,
  pinMaximumLength: 63,
  pinCharacters: 'any',
  minPINLength: 6,
  alwaysUv: true,
  forcePINChange: true,
  allowedAaguids: [],
  attestation: 'direct',
  minimumCertification: null,
  assetTag: true,
};
const facts: KeyFacts = {
  aaguid,
  versions: ['U2F_V2', 'FIDO_2_0', 'FIDO_2_1'],
  extensions: ['minPinLength'],
  options: {
    rk: true,
    clientPin: false,
    alwaysUv: false,
    authnrCfg: true,
    setMinPINLength: true,
    credMgmt: true,
  },
  transports: ['usb'],
  firmware: '5.7.1',
  minPINLength: 4,
  forcePINChange: false,
  remainingDiscoverableCredentials: 25,
  algorithms: [-7],
  clientPinSet: false,
  pinRetries: 8,
};
const without = (name: string): Record<string, boolean> =>
  Object.fromEntries(Object.entries(facts.options).filter(([option]) => option !== name));

describe('before a key is touched (lifecycle manager §6)', () => {
  it('accepts a key that can do all of it', () => {
    expect(policyMisfit(rules, facts)).toBeNull();
  });

  it.each<[string, Partial<PolicyRules>, Partial<KeyFacts>, string]>([
    [
      'a model that is not on the list',
      { allowedAaguids: ['ee882879-721c-4913-9775-3dfcce97072a'] },
      {},
      'allowedAaguids',
    ],
    ['a U2F key', {}, { versions: ['U2F_V2'] }, 'versions'],
    ['a key without discoverable credentials', {}, { options: without('rk') }, 'residentKey'],
    ['a PIN for a key that has none to set', {}, { options: without('clientPin') }, 'pinMode'],
    [
      'no PIN for a key that could verify nobody then',
      { pinMode: 'none', forcePINChange: false },
      {},
      'pinMode',
    ],
    [
      'a minimum PIN length where the key can not hold one',
      {},
      { options: without('setMinPINLength') },
      'minPINLength',
    ],
    [
      'a minimum PIN length without authenticatorConfig',
      {},
      { options: without('authnrCfg') },
      'minPINLength',
    ],
    ['PINs shorter than the key accepts', { pinMaximumLength: 8 }, { minPINLength: 10 }, 'pinMaximumLength'],
    ['alwaysUv on a key that does not know it', {}, { options: without('alwaysUv') }, 'alwaysUv'],
    [
      'alwaysUv off where it is on and can not be toggled',
      { alwaysUv: false, minPINLength: null, forcePINChange: false },
      { options: { ...without('authnrCfg'), alwaysUv: true } },
      'alwaysUv',
    ],
    [
      'a forced PIN change on a key that can not demand one',
      { minPINLength: null },
      { options: without('setMinPINLength') },
      'forcePINChange',
    ],
    ['a tag without a second slot', {}, { remainingDiscoverableCredentials: 1 }, 'assetTag'],
    ['a full key', { assetTag: false }, { remainingDiscoverableCredentials: 0 }, 'residentKey'],
  ])('refuses %s and names the field', (_what, rule, fact, field) => {
    expect(policyMisfit({ ...rules, ...rule }, { ...facts, ...fact })?.field).toBe(field);
  });

  it.each<[string, Partial<PolicyRules>, Partial<KeyFacts>]>([
    ['its model is on the list', { allowedAaguids: [aaguid] }, {}],
    ['it never had alwaysUv and need not', { alwaysUv: false }, { options: without('alwaysUv') }],
    [
      'alwaysUv is on already and can not be toggled',
      { minPINLength: null, forcePINChange: false },
      { options: { ...without('authnrCfg'), alwaysUv: true } },
    ],
    [
      'it already enforces a longer PIN',
      { forcePINChange: false },
      { minPINLength: 8, options: without('setMinPINLength') },
    ],
    ['it does not tell how much room it has', {}, { remainingDiscoverableCredentials: null }],
    [
      'a fingerprint stands in for the PIN',
      { pinMode: 'none', forcePINChange: false },
      { options: { ...facts.options, uv: true } },
    ],
  ])('accepts a key where %s', (_what, rule, fact) => {
    expect(policyMisfit({ ...rules, ...rule }, { ...facts, ...fact })).toBeNull();
  });
});

describe('after it was written and read back', () => {
  const written: KeyFacts = {
    ...facts,
    minPINLength: 6,
    clientPinSet: true,
    options: { ...facts.options, clientPin: true, alwaysUv: true },
  };

  it('accepts what the policy asked for, or more', () => {
    expect(readBackMismatch(rules, written)).toBeNull();
    expect(readBackMismatch(rules, { ...written, minPINLength: 8 })).toBeNull();
  });

  it.each<[string, Partial<KeyFacts>, string]>([
    ['no PIN', { options: { ...written.options, clientPin: false } }, 'pinMode'],
    ['the old minimum PIN length', { minPINLength: 4 }, 'minPINLength'],
    ['no minimum PIN length at all', { minPINLength: null }, 'minPINLength'],
    ['alwaysUv still off', { options: { ...written.options, alwaysUv: false } }, 'alwaysUv'],
  ])('refuses %s and names the field', (_what, fact, field) => {
    expect(readBackMismatch(rules, { ...written, ...fact })?.field).toBe(field);
  });

  it('asks nothing of what the policy leaves alone', () => {
    const silent: PolicyRules = { ...rules, pinMode: 'none', minPINLength: null, alwaysUv: null };
    expect(readBackMismatch(silent, facts)).toBeNull();
  });
});
