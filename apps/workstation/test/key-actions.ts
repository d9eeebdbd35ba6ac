import { randomBytes } from 'node:crypto';
import { toBase64Url } from '@keywarden/fido2/bytes';
import { rpId, tagRpId } from './order-signer.ts';

/** Orders as the server writes them. */
export const challenge = (): string => toBase64Url(randomBytes(32));
export const deviceHandle = toBase64Url(new Uint8Array(16).fill(7));
export const userHandle = toBase64Url(new Uint8Array(16).fill(9));
export const origin = 'http://localhost:8080';

export const configureAction = (device: string, overrides: Record<string, unknown> = {}) => ({
  action: 'configure',
  device,
  pin: { mode: 'typed', minimumLength: 6, maximumLength: 63, characters: 'any' },
  minPINLength: 6,
  alwaysUv: null,
  assetTag: {
    rpId: tagRpId,
    rpName: 'Keywarden asset tag',
    userHandle: deviceHandle,
    challenge: challenge(),
  },
  ...overrides,
});

export const enrollAction = (device: string, overrides: Record<string, unknown> = {}) => ({
  action: 'enroll',
  device,
  origin,
  forcePINChange: false,
  options: {
    rp: { id: rpId, name: 'Keywarden' },
    user: { id: userHandle, name: 'alice', displayName: 'Alice Liddell' },
    challenge: challenge(),
    pubKeyCredParams: [
      { type: 'public-key', alg: -7 },
      { type: 'public-key', alg: -257 },
    ],
    excludeCredentials: [],
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    attestation: 'direct',
    ...(typeof overrides['options'] === 'object' ? overrides['options'] : {}),
  },
  ...Object.fromEntries(Object.entries(overrides).filter(([name]) => name !== 'options')),
});

export const authenticateAction = (device: string, credentialId: string) => ({
  action: 'authenticate',
  device,
  origin,
  options: {
    challenge: challenge(),
    rpId,
    allowCredentials: [{ type: 'public-key', id: credentialId }],
    userVerification: 'required',
  },
});

export const removeAction = (device: string, overrides: Record<string, unknown> = {}) => ({
  action: 'remove-credential',
  device,
  rpId,
  credentialId: null,
  userHandle,
  keepCredentialIds: [],
  ...overrides,
});
