import { workstationErrorCodes } from '@keywarden/api';
import { apiErrorCodes } from '../client/error.ts';
import { channelErrorCodes } from '../workstation/error.ts';

/** What the server refuses: the domain's codes and those of its HTTP doors. A test compares them with docs/errors.md. */
export const problemCodes = [
  'tenant-not-found',
  'user-not-found',
  'user-ambiguous',
  'user-disabled',
  'username-malformed',
  'username-taken',
  'no-default-identity-provider',
  'identity-provider-not-found',
  'identity-provider-inactive',
  'identity-provider-unreachable',
  'identity-provider-refused',
  'device-not-found',
  'device-state-forbids',
  'device-owned-by-another',
  'device-busy',
  'device-unrecognised',
  'passkey-not-found',
  'passkey-state-forbids',
  'policy-not-found',
  'policy-required',
  'policy-active',
  'policy-name-taken',
  'policy-unmet-by-device',
  'policy-not-written',
  'enrollment-not-found',
  'enrollment-state-forbids',
  'enrollment-expired',
  'enrollment-in-progress',
  'credential-known',
  'credential-rejected',
  'receipt-rejected',
  'rp-id-forbidden',
  'pairing-code-invalid',
  'idempotency-key-reused',
  'workstation-not-found',
  'operator-not-found',
  'operator-deactivated',
  'owner-required',
  'own-access',
  'last-administrator',
  'sign-in-link-invalid',
  'account-sign-in-invalid',
  'sign-in-too-old',
  'last-way-in',
  'role-forbids',
  'bearer-invalid',
  'scope-missing',
  'provisioning-token-not-found',
  'group-not-found',
  'group-name-taken',
  'filter-invalid',
  'path-invalid',
  'no-target',
  'attribute-read-only',
  'too-many-results',
  'precondition-failed',
  'version-conflict',
  'password-rejected',
  'current-password-wrong',
  'password-disabled',
  'passwords-not-offered',
  'one-time-code-wrong',
  'one-time-code-app-not-found',
  'one-time-codes-not-offered',
  'input-invalid',
  'document-invalid',
  'version-not-found',
  'theme-not-found',
  'client-not-found',
  'theme-in-use',
  'unavailable',
  'request-malformed',
  'sign-in-required',
  'cross-site-request',
  'not-found',
  'method-not-allowed',
  'body-too-large',
  'media-type-unsupported',
  'rate-limited',
  'pages-missing',
  'internal',
] as const;

/** What the page itself has to say of a road. */
export const pageErrorCodes = ['workstation-lost', 'operator-cancelled', 'enrollment-unfinished'] as const;

export const errorCodes = [
  ...workstationErrorCodes,
  ...problemCodes,
  ...apiErrorCodes,
  ...channelErrorCodes,
  ...pageErrorCodes,
] as const;
export type ErrorCode = (typeof errorCodes)[number];

export function isErrorCode(code: string): code is ErrorCode {
  return (errorCodes as readonly string[]).includes(code);
}

/** What happened, what is true now, what to do. */
export type ErrorText = { readonly happened: string; readonly now: string; readonly do: string };
export type ErrorTexts = Readonly<Record<ErrorCode, ErrorText>>;
