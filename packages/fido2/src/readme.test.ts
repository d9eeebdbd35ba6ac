import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { authenticate, register } from '../examples/relying-party.ts';
import { fakeAssertion, fakeRegistration, packedBy } from '../test/authenticator.fake.ts';
import { rootAuthority } from '../test/certificate.fake.ts';
import { TrustAnchors, WebAuthnError } from './webauthn/index.ts';

const room = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const readme = readFileSync(path.join(room, 'README.md'), 'utf8');
const shown = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code.trim());

/** What examples/*.ts marks with `// begin NAME` and `// end NAME`: compiled with everything else, run below. */
const marked = readdirSync(path.join(room, 'examples')).flatMap((file) => {
  const source = readFileSync(path.join(room, 'examples', file), 'utf8');
  return [...source.matchAll(/^\/\/ begin (.+)\n([\s\S]*?)^\/\/ end \1$/gm)].map(
    ([, name = '', code = '']) => ({
      name,
      code: code.trim(),
    }),
  );
});

describe('the examples of the README', () => {
  test('are those that are compiled and run', () => {
    expect(shown.length).toBeGreaterThan(0);
    for (const code of shown) expect(marked.map((example) => example.code)).toContain(code);
  });

  test.each(marked)('$name is shown', ({ code }) => {
    expect(shown).toContain(code);
  });

  test('registration: a trusted attestation is accepted, another challenge and another root are not', () => {
    const root = rootAuthority('Readme root');
    const anchors = new TrustAnchors([root.certificate]);
    const { credential, expected } = fakeRegistration({ format: 'packed', statement: packedBy(root) });
    expect(register(credential, expected.challenge, anchors)).toMatchObject({ attestationTrusted: true });
    expect(() => register(credential, fakeRegistration().expected.challenge, anchors)).toThrow(WebAuthnError);
    expect(() => register(credential, expected.challenge, new TrustAnchors([]))).toThrow(WebAuthnError);
  });

  test('authentication: an assertion is accepted, the same without user verification is not', () => {
    const { credential, expected, stored } = fakeAssertion();
    expect(authenticate(credential, expected.challenge, stored)).toMatchObject({ signCountRegressed: false });
    const unverified = fakeAssertion({ flags: { userVerified: false } });
    expect(() =>
      authenticate(unverified.credential, unverified.expected.challenge, unverified.stored),
    ).toThrow(WebAuthnError);
  });
});
