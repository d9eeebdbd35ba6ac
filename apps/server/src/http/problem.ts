import type { Problem, ProblemFault } from '@keywarden/api';
import { DomainError, type DomainErrorCode } from '@keywarden/domain';
import { type HttpErrorCode, HttpRefusal } from './refusal.ts';
import type { Door } from './route.ts';

/** The only table that turns a code into a status. */
const statuses: Readonly<Record<DomainErrorCode | HttpErrorCode, number>> = {
  'request-malformed': 400,
  'input-invalid': 400,
  'username-malformed': 400,
  'pairing-code-invalid': 400,
  'sign-in-link-invalid': 400,
  'account-sign-in-invalid': 400,
  'filter-invalid': 400,
  'path-invalid': 400,
  'no-target': 400,
  'attribute-read-only': 400,
  'too-many-results': 400,
  'sign-in-required': 401,
  'bearer-invalid': 401,
  'role-forbids': 403,
  'owner-required': 403,
  'sign-in-too-old': 403,
  'password-disabled': 403,
  'scope-missing': 403,
  'rp-id-forbidden': 403,
  'cross-site-request': 403,
  'not-found': 404,
  'tenant-not-found': 404,
  'user-not-found': 404,
  'identity-provider-not-found': 404,
  'device-not-found': 404,
  'passkey-not-found': 404,
  'policy-not-found': 404,
  'enrollment-not-found': 404,
  'workstation-not-found': 404,
  'operator-not-found': 404,
  'one-time-code-app-not-found': 404,
  'group-not-found': 404,
  'provisioning-token-not-found': 404,
  'version-not-found': 404,
  'theme-not-found': 404,
  'client-not-found': 404,
  'method-not-allowed': 405,
  'user-ambiguous': 409,
  'user-disabled': 409,
  'username-taken': 409,
  'group-name-taken': 409,
  'no-default-identity-provider': 409,
  'identity-provider-inactive': 409,
  'device-state-forbids': 409,
  'passkey-state-forbids': 409,
  'device-owned-by-another': 409,
  'device-busy': 409,
  'device-unrecognised': 409,
  'policy-required': 409,
  'policy-active': 409,
  'policy-name-taken': 409,
  'enrollment-state-forbids': 409,
  'enrollment-expired': 409,
  'enrollment-in-progress': 409,
  'credential-known': 409,
  'idempotency-key-reused': 409,
  'version-conflict': 409,
  'last-way-in': 409,
  'operator-deactivated': 409,
  'own-access': 409,
  'last-administrator': 409,
  'one-time-codes-not-offered': 409,
  'passwords-not-offered': 409,
  'theme-in-use': 409,
  'precondition-failed': 412,
  'body-too-large': 413,
  'media-type-unsupported': 415,
  'policy-unmet-by-device': 422,
  'policy-not-written': 422,
  'document-invalid': 422,
  'credential-rejected': 422,
  'receipt-rejected': 422,
  'password-rejected': 422,
  'one-time-code-wrong': 422,
  'current-password-wrong': 422,
  'rate-limited': 429,
  internal: 500,
  'identity-provider-refused': 502,
  'identity-provider-unreachable': 503,
  'pages-missing': 503,
  unavailable: 503,
};

/** Seconds after which the same request may succeed. */
const retryAfter = 5;

export interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly body: object;
  /** The code, for the log. */
  readonly code: string;
}

/** The only place that turns an error into a status and a body. */
export function tell(error: unknown, context: { door: Door; requestId: string }): Told {
  const refusal = toRefusal(error);
  const status = (context.door === 'scim' ? scimStatuses[refusal.code] : undefined) ?? statuses[refusal.code];
  const headers: Record<string, string> = {};
  if (status === 503) headers['retry-after'] = String(retryAfter);
  const seconds = refusal.particulars['retryAfterSeconds'];
  if (status === 429 && seconds !== undefined) headers['retry-after'] = String(seconds);
  // RFC 6750 §3.
  if (status === 401 && context.door === 'scim') headers['www-authenticate'] = 'Bearer error="invalid_token"';
  const shape = shapes[context.door];
  return { status, headers, code: refusal.code, ...shape(refusal, { status, requestId: context.requestId }) };
}

type Refusal = DomainError | HttpRefusal;
type Shape = (
  refusal: Refusal,
  context: { status: number; requestId: string },
) => { contentType: string; body: object };

/** RFC 9457 §3.1. */
const problemShape: Shape = (refusal, { status, requestId }) => {
  const advice = refusal instanceof HttpRefusal ? refusal.advice : undefined;
  const body: Problem = {
    type: `urn:keywarden:error:${refusal.code}`,
    title: refusal.message,
    status,
    code: refusal.code,
    instance: requestId,
    ...(advice === undefined ? {} : { detail: advice }),
    ...(Object.keys(refusal.particulars).length === 0 ? {} : { particulars: { ...refusal.particulars } }),
    ...(refusal instanceof DomainError && refusal.faults.length > 0
      ? { faults: refusal.faults.map(faultView) }
      : {}),
  };
  return { contentType: 'application/problem+json; charset=utf-8', body };
};

/** RFC 6749 §5.2, and RFC 6749 §4.1.2.1 for what is not the client's fault. */
const oauthShape: Shape = (refusal, { status }) => ({
  contentType: 'application/json; charset=utf-8',
  body: { error: oauthError(status), error_description: oauthDescription(refusal) },
});

function faultView({ at, rule, values, what }: DomainError['faults'][number]): ProblemFault {
  return { at, rule, values: { ...values }, what };
}

function oauthError(status: number): string {
  if (status === 429 || status === 503) return 'temporarily_unavailable';
  if (status >= 500) return 'server_error';
  if (status === 401) return 'invalid_client';
  if (status === 403) return 'access_denied';
  return 'invalid_request';
}

function oauthDescription(refusal: Refusal): string {
  const { missing } = refusal.particulars;
  return missing === undefined ? refusal.message : `Invalid request : Missing ${missing}`;
}

type Codes<Value> = Readonly<Partial<Record<DomainErrorCode | HttpErrorCode, Value>>>;

/** Where a directory is told another status than an operator. */
const scimStatuses: Codes<number> = { 'passkey-state-forbids': 400, 'version-conflict': 412 };

/** RFC 7644 §3.12, table 9. */
const scimTypes: Codes<string> = {
  'filter-invalid': 'invalidFilter',
  'path-invalid': 'invalidPath',
  'no-target': 'noTarget',
  'attribute-read-only': 'mutability',
  'passkey-state-forbids': 'mutability',
  'too-many-results': 'tooMany',
  'username-taken': 'uniqueness',
  'group-name-taken': 'uniqueness',
  'username-malformed': 'invalidValue',
  'input-invalid': 'invalidValue',
  'request-malformed': 'invalidSyntax',
};

/** RFC 7644 §3.12. */
const scimShape: Shape = (refusal, { status }) => {
  const scimType = scimTypes[refusal.code];
  const advice = refusal instanceof HttpRefusal ? refusal.advice : undefined;
  return {
    contentType: 'application/scim+json; charset=utf-8',
    body: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: String(status),
      ...(scimType === undefined ? {} : { scimType }),
      detail: advice === undefined ? refusal.message : `${refusal.message} ${advice}`,
    },
  };
};

const shapes: Readonly<Record<Door, Shape>> = {
  management: problemShape,
  account: problemShape,
  site: problemShape,
  authn: oauthShape,
  scim: scimShape,
};

function toRefusal(error: unknown): Refusal {
  if (error instanceof DomainError || error instanceof HttpRefusal) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new HttpRefusal('body-too-large', 'The request is too large.', { cause: error });
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new HttpRefusal('media-type-unsupported', 'This address does not take a body of this type.', {
      cause: error,
      advice: 'Send application/json.',
    });
  }
  // Everything else that Fastify or its parsers refuse of a request says 400 itself.
  if (error instanceof Error && 'statusCode' in error && error.statusCode === 400) {
    return new HttpRefusal('request-malformed', 'The request can not be read.', {
      cause: error,
      advice: 'Check that the body is complete and valid.',
      detail: error.message,
    });
  }
  return new HttpRefusal('internal', 'Keywarden made a mistake and did not finish what you asked for.', {
    cause: error,
    advice: 'Try again. If it happens again, give your administrator the number of this request.',
  });
}
