import {
  IdentityProviderList,
  IssuedProvisioningToken,
  type PasswordPolicy,
  ProvisioningTokenList,
  SigningKeyList,
  StoredPasswordPolicy,
} from '@keywarden/api';
import { Type } from 'typebox';
import { type Http, send } from './request.ts';
import { ifMatch } from './versions.ts';

const Nothing = Type.Union([Type.Null(), Type.Unknown()]);

/** The part of the management API that the pages of provisioning and of the settings use. */
export function createSettings(http: Http, tenant: string) {
  const base = `/${encodeURIComponent(tenant)}/api/v1`;
  const at = (...parts: readonly string[]) => [base, ...parts.map(encodeURIComponent)].join('/');
  return {
    tokens: (signal?: AbortSignal) =>
      send(http, { path: at('provisioning-tokens'), answer: ProvisioningTokenList, signal }),
    issueToken: (token: { readonly name: string; readonly expiresInDays: number }) =>
      send(http, {
        method: 'POST',
        path: at('provisioning-tokens'),
        body: token,
        answer: IssuedProvisioningToken,
      }),
    revokeToken: (tokenId: string) =>
      send(http, { method: 'DELETE', path: at('provisioning-tokens', tokenId), answer: Nothing }),
    passwordPolicy: (signal?: AbortSignal) =>
      send(http, { path: at('password-policy'), answer: StoredPasswordPolicy, signal }),
    storePasswordPolicy: (policy: PasswordPolicy, version: number) =>
      send(http, {
        method: 'PUT',
        path: at('password-policy'),
        body: policy,
        headers: ifMatch(version),
        answer: StoredPasswordPolicy,
      }),
    identityProviders: (signal?: AbortSignal) =>
      send(http, { path: at('identity-providers'), answer: IdentityProviderList, signal }),
    chooseIdentityProvider: (identityProviderId: string | null) =>
      send(http, {
        method: 'PUT',
        path: at('identity-providers', 'default'),
        body: { identityProviderId },
        answer: IdentityProviderList,
      }),
    signingKeys: (signal?: AbortSignal) =>
      send(http, { path: at('signing-keys'), answer: SigningKeyList, signal }),
    rotateSigningKeys: (withdraw: boolean) =>
      send(http, {
        method: 'POST',
        path: at('signing-keys', 'rotate'),
        body: { withdraw },
        answer: SigningKeyList,
      }),
  };
}
export type Settings = ReturnType<typeof createSettings>;
