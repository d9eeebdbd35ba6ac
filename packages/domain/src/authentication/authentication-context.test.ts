import { describe, expect, it } from 'vitest';
import {
  achievedContext,
  meetsEssential,
  provenMethods,
  requestedContext,
} from './authentication-context.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { noEvidence } from './evidence.ts';
import type { ProvenFactor } from './transaction.ts';

const plain: AuthorizationRequest = {
  clientId: 'c',
  redirectUri: 'https://c.example/',
  responseMode: null,
  scope: 'openid',
  state: null,
  nonce: null,
  codeChallenge: null,
  codeChallengeMethod: null,
  acrValues: null,
  loginHint: null,
  uiLocales: null,
  claims: null,
  dpopJkt: null,
};
const requested = (claims: unknown, acrValues: string | null = null) =>
  requestedContext({ ...plain, acrValues, claims: claims as AuthorizationRequest['claims'] });
const proven = (acr: string, amr: readonly string[], second = false): ProvenFactor => ({
  factorId: `factor.${acr}`,
  authType: `AT_${acr}`,
  acr,
  amr,
  second,
  at: '2026-01-01T00:00:00.000Z',
  ...noEvidence,
});

describe('the authentication context that a client asks for', () => {
  it.each([
    ['nothing', null, null, null, []],
    ['a wish by parameter', null, 'a b', null, ['a', 'b']],
    ['a wish by claim', { id_token: { acr: { values: ['a', 'b'] } } }, 'c', null, ['a', 'b']],
    ['one that is essential', { id_token: { acr: { essential: true, value: 'a' } } }, null, ['a'], ['a']],
    ['several', { id_token: { acr: { essential: true, values: ['a', 'b'] } } }, null, ['a', 'b'], ['a', 'b']],
    ['any, essentially', { id_token: { acr: { essential: true } } }, null, null, []],
    ['the claim alone', { id_token: { acr: null } }, null, null, []],
    ['another token', { userinfo: { acr: { essential: true, value: 'a' } } }, null, null, []],
    ['nonsense', { id_token: [1], acr: 'x' }, null, null, []],
    ['no text', { id_token: { acr: { essential: true, values: [1, {}] } } }, null, null, []],
    ['truth that is none', { id_token: { acr: { essential: 'true', value: 'a' } } }, null, null, ['a']],
  ])('%s', (_what, claims, acrValues, essential, preferred) => {
    expect(requested(claims, acrValues)).toEqual({ essential, preferred });
  });

  it('is met by any of the factors that were proven, and claimed only then', () => {
    const wish = requested({ id_token: { acr: { essential: true, values: ['gold', 'silver'] } } });
    expect(meetsEssential([proven('bronze', ['pwd'])], wish)).toBe(false);
    const both = [proven('silver', ['pwd']), proven('bronze', ['otp'], true)];
    expect(meetsEssential(both, wish)).toBe(true);
    expect(achievedContext(both, wish)?.acr).toBe('silver');
    expect(achievedContext(both, requested(null))?.acr).toBe('bronze');
    expect(achievedContext(both, requested(null, 'gold'))?.acr).toBe('bronze');
    expect(achievedContext([], wish)).toBeNull();
  });
});

describe('amr (RFC 8176)', () => {
  it.each([
    ['a password', [['pwd']], ['pwd']],
    ['a password and an app', [['pwd'], ['otp']], ['pwd', 'otp', 'mfa']],
    ['a password and a mailed code', [['pwd'], ['otp', 'mca']], ['pwd', 'otp', 'mca']],
    ['an app and a passkey without verification', [['otp'], ['pop', 'user']], ['otp', 'pop', 'user']],
    ['a passkey that verified her', [['pop', 'user', 'mfa']], ['pop', 'user', 'mfa']],
    ['a password and a passkey', [['pwd'], ['pop', 'user']], ['pwd', 'pop', 'user', 'mfa']],
  ])('of %s', (_what, factors, amr) => {
    expect(provenMethods(factors.map((methods) => ({ amr: methods })))).toEqual(amr);
  });
});
