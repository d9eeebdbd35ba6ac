import {
  IdentityProviderList,
  IssuedProvisioningToken,
  PasswordPolicy,
  ProvisioningTokenList,
  SigningKeyList,
} from '@keywarden/api';
import { Type } from 'typebox';
import { type Http, send } from './request.ts';

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
      send(http, { path: at('password-policy'), answer: PasswordPolicy, signal }),
    storePasswordPolicy: (policy: PasswordPolicy) =>
      send(http, { method: 'PUT', path: at('password-policy'), body: policy, answer: PasswordPolicy }),
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
