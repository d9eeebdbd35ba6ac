import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { concatBytes, FormatError } from '../bytes/index.ts';
import { encode } from '../cbor/index.ts';
import {
  type AuthenticatorData,
  aaguidBytes,
  aaguidText,
  encodeAuthenticatorData,
  parseAuthenticatorData,
} from './index.ts';

const rpIdHash = Uint8Array.from(createHash('sha256').update('example.org').digest());
const key = encode(
  new Map<number, unknown>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, new Uint8Array(32)],
    [-3, new Uint8Array(32)],
  ]),
);
const bare: AuthenticatorData = {
  rpIdHash,
  flags: { userPresent: true, userVerified: false, backupEligible: false, backedUp: false },
  signCount: 0xfffffffe,
  attestedCredential: null,
  extensions: null,
};
const attested: AuthenticatorData = {
  ...bare,
  flags: { userPresent: true, userVerified: true, backupEligible: true, backedUp: true },
  attestedCredential: {
    aaguid: '00010203-0405-0607-0809-0a0b0c0d0e0f',
    credentialId: new Uint8Array(80).fill(7),
    publicKey: key,
  },
  extensions: new Map<string, unknown>([
    ['credProtect', 2],
    ['example_unknown', new Map([[1, 'kept']])],
  ]),
};

describe('WebAuthn L3 §6.1 Authenticator Data', () => {
  test('37 bytes without attested credential data and extensions; they round-trip', () => {
    const bytes = encodeAuthenticatorData(bare);
    expect(bytes.length).toBe(37);
    expect(bytes[32]).toBe(0x01);
    expect(parseAuthenticatorData(bytes)).toEqual(bare);
  });

  test('attested credential data (§6.5.1) and extensions round-trip; a credential id of 80 bytes is none too long', () => {
    const bytes = encodeAuthenticatorData(attested);
    expect(bytes[32]).toBe(0xdd);
    expect(parseAuthenticatorData(bytes)).toEqual(attested);
  });

  test('the flags are read bit by bit, the reserved bits 1 and 5 ignored', () => {
    for (const [byte, name] of [
      [0x01, 'userPresent'],
      [0x04, 'userVerified'],
      [0x08, 'backupEligible'],
      [0x10, 'backedUp'],
    ] as const) {
      const bytes = encodeAuthenticatorData({ ...bare, flags: { ...bare.flags, userPresent: false } });
      bytes[32] = byte | 0x22;
      const { flags } = parseAuthenticatorData(bytes);
      expect(Object.entries(flags).filter(([, set]) => set)).toEqual([[name, true]]);
    }
  });

  test('every truncation and every addition is refused', () => {
    for (const data of [bare, attested]) {
      const bytes = encodeAuthenticatorData(data);
      for (let length = 0; length < bytes.length; length += 1) {
        expect(() => parseAuthenticatorData(bytes.slice(0, length))).toThrow(FormatError);
      }
      expect(() => parseAuthenticatorData(concatBytes(bytes, Uint8Array.of(0)))).toThrow(FormatError);
    }
  });

  test('the AT and ED flags say what follows: without them the same bytes are left over', () => {
    for (const cleared of [0xbf, 0x7f]) {
      const bytes = encodeAuthenticatorData(attested);
      bytes[32] = (bytes[32] ?? 0) & cleared;
      expect(() => parseAuthenticatorData(bytes)).toThrow(FormatError);
    }
  });

  test('extensions are a map with text keys', () => {
    const head = encodeAuthenticatorData(bare);
    head[32] = 0x81;
    for (const value of [[], 1, new Map([[1, true]])]) {
      expect(() => parseAuthenticatorData(concatBytes(head, encode(value)))).toThrow(FormatError);
    }
  });
});

describe('AAGUID', () => {
  test('is a UUID in lower case and 16 bytes', () => {
    const text = '692db549-7ae5-44d5-a1e5-dd20a493b723';
    expect(aaguidText(aaguidBytes(text.toUpperCase()))).toBe(text);
    expect(() => aaguidBytes('692db549')).toThrow(FormatError);
  });
});
