import type { Device, KeyFacts, Policy } from '@keywarden/api';
import { describe, expect, test } from 'vitest';
import { newerDevice, offerFor, presetPolicy } from './offer.ts';
import { newPinFault } from './pin-rules.ts';
import { usernameInPath } from './username.ts';

const at = '2026-01-02T03:04:05.000Z';
const device = (status: Device['status'], change: Partial<Device> = {}): Device => ({
  deviceId: '018f0000-0000-7000-8000-000000000001',
  status,
  policy: null,
  serial: null,
  aaguid: '00000000-0000-0000-0000-000000000001',
  model: 'Key',
  firmware: null,
  virtual: false,
  tagged: false,
  owner: null,
  createdAt: at,
  updatedAt: at,
  ...change,
});
const page = { person: true, plugged: true, busy: false, policyId: 'p' };
const listed = (one: Device | null, change = {}) => ({
  device: one,
  recognised: true,
  proven: true,
  ...change,
});

describe('what a key offers depends on its status', () => {
  test.each([
    ['NOT_CONFIGURED', 'configure-and-assign', 'choose', null],
    ['READY', 'configure-and-assign', 'linked', null],
    ['CONFIGURED', 'assign', 'linked', null],
    ['REVOKED', 'assign', 'linked', null],
    ['ENROLLED', 'assign', 'linked', 'owner'],
    ['RETIRED', 'assign', 'linked', 'retired'],
  ] as const)('%s: %s, policy %s, blocked by %s', (status, button, policy, blocked) => {
    expect(offerFor(listed(device(status)), page)).toEqual({ button, policy, blocked });
  });

  test('a key that the server never saw is Not Configured', () => {
    expect(offerFor(listed(null), page)).toEqual({
      button: 'configure-and-assign',
      policy: 'choose',
      blocked: null,
    });
  });

  test.each([
    ['no policy chosen', {}, { policyId: '' }, 'policy'],
    ['not recognised yet', { recognised: false }, {}, 'recognising'],
    ['nobody to assign it to', {}, { person: false }, 'person'],
    ['another key under way', {}, { busy: true }, 'other'],
    ['pulled out', {}, { plugged: false }, 'unplugged'],
  ] as const)('%s: the button says so', (_, change, pageChange, blocked) => {
    const offer = offerFor(listed(device('NOT_CONFIGURED'), change), { ...page, ...pageChange });
    expect(offer.blocked).toBe(blocked);
  });

  test('a linked policy needs no choice', () => {
    expect(offerFor(listed(device('READY')), { ...page, policyId: '' }).blocked).toBeNull();
  });

  test('a key that carries a tag and did not prove it is not assigned: it may be a copy', () => {
    const tagged = device('CONFIGURED', { tagged: true });
    expect(offerFor(listed(tagged, { proven: false }), page).blocked).toBe('unproven');
    expect(offerFor(listed(tagged, { proven: true }), page).blocked).toBeNull();
  });

  test('of two words about one device the later counts', () => {
    const before = device('CONFIGURED');
    const after = device('ENROLLED', { updatedAt: '2026-01-02T03:04:06.000Z' });
    expect(newerDevice(before, after)).toBe(after);
    expect(newerDevice(after, before)).toBe(after);
    expect(newerDevice(null, before)).toBe(before);
  });
});

describe('the policy that is preset', () => {
  const facts = { aaguid: '00000000-0000-0000-0000-000000000001' } as KeyFacts;
  const policy = (policyId: string, allowedAaguids: string[] = []) =>
    ({ policyId, rules: { allowedAaguids } }) as unknown as Policy;
  const other = '00000000-0000-0000-0000-000000000002';

  test('is the one used last, where it suits the key', () => {
    expect(presetPolicy([policy('a'), policy('b')], facts, 'b')).toBe('b');
    expect(presetPolicy([policy('a'), policy('b', [other])], facts, 'b')).toBe('a');
  });
  test('is the only one there is; of several a person chooses', () => {
    expect(presetPolicy([policy('a')], facts, null)).toBe('a');
    expect(presetPolicy([policy('a'), policy('b')], facts, null)).toBe('');
    expect(presetPolicy([], facts, 'gone')).toBe('');
  });
});

describe('who the address asks for', () => {
  test.each([
    ['/assign-user/alice', 'alice'],
    ['/demo/assign-user/alice', 'alice'],
    ['/demo/assign-user/alice/', 'alice'],
    ['/assign-user/alice%40example.org', 'alice@example.org'],
    ['/assign-user/DOMAIN%2Falice', 'DOMAIN/alice'],
    ['/assign-user/a%2541', 'a%41'],
    ['/assign-user/%C3%A9', 'é'],
    ['/assign-user/e%CC%81', 'é'],
  ])('%s: %s', (pathname, username) => {
    expect(usernameInPath(pathname)).toBe(username);
  });
  test.each([
    '/assign-user/',
    '/assign-user/%E0%A4%A',
    '/assign-user/a%00b',
    '/assign-user/a/b',
    `/assign-user/${'a'.repeat(257)}`,
    '/console',
  ])('%s: nobody', (pathname) => {
    expect(usernameInPath(pathname)).toBeNull();
  });
});

describe('a new PIN', () => {
  const rules = { minimumLength: 6, maximumLength: 8, characters: 'any' as const };
  test.each([
    ['', '', rules, 'missing'],
    ['12345', '12345', rules, 'tooShort'],
    ['123456789', '123456789', rules, 'tooLong'],
    ['12345a', '12345a', { ...rules, characters: 'digits' as const }, 'digitsOnly'],
    ['12345-', '12345-', { ...rules, characters: 'letters-and-digits' as const }, 'lettersAndDigitsOnly'],
    ['123456', '123457', rules, 'differ'],
    ['123456', '123456', rules, null],
    // Six code points of four bytes each; NFC makes one of e and its accent.
    ['😀😀😀😀😀😀', '😀😀😀😀😀😀', rules, null],
    ['e\u0301e\u0301e\u0301', 'e\u0301e\u0301e\u0301', rules, 'tooShort'],
    ['😀'.repeat(16), '😀'.repeat(16), { ...rules, maximumLength: 63 }, 'tooLong'],
  ])('%s, %s: %4$s', (pin, again, pinRules, fault) => {
    expect(newPinFault(pin, again, pinRules)).toBe(fault);
  });
});
