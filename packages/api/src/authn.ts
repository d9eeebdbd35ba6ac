import { type Static, Type } from 'typebox';
import { Base64Url, Nullable } from './primitives.ts';
import {
  AssertionResponseJson,
  AuthenticationCredentialJson,
  CreationOptionsJson,
  RegistrationCredentialJson,
} from './webauthn.ts';

/**
 * The authentication service, `/{tenant}/authn`. Bodies are JSON or forms; in a form, members that are not text are their
 * JSON.
 *
 * Every answer, errors too, sets this header; the next call of the same `request_uri` must bring the newest. The first call
 * brings none. Whoever lost an answer sends the very same request again and gets the very same answer.
 */
export const csrfHeader = 'server-csrf-token';

/**
 * `hid_failure.reason`: why a grant was refused. Closed list; 17 is the protocol's own, the others are this product's.
 * None of them tells whether a user exists.
 */
export const hidFailureReasons = {
  'bad-credential': 17,
  'challenge-unusable': 101,
  'origin-not-allowed': 102,
  'rp-id-mismatch': 103,
  'user-not-verified': 104,
  'user-not-present': 105,
  'attestation-untrusted': 106,
  'model-not-allowed': 107,
  'credential-known': 108,
  'authenticator-disabled': 109,
  'algorithm-not-allowed': 110,
  'credential-malformed': 111,
  'factor-not-proven': 112,
  'retries-exhausted': 113,
  'code-already-issued': 114,
  'code-sends-exhausted': 115,
  'new-password-rejected': 116,
} as const;
export type HidFailureReason = keyof typeof hidFailureReasons;

/** Why a new password may not be set. */
export const passwordFaults = [
  'too-short',
  'too-long',
  'repetitive',
  'about-the-user',
  'common',
  'breached',
  'same-as-before',
] as const;
export type PasswordFault = (typeof passwordFaults)[number];

/** `error` of the authentication service's own doors. */
export const authnErrorCodes = [
  'invalid_request',
  'invalid_grant',
  'access_denied',
  'step_up_required',
  'consent_required',
  'unmet_authentication_requirements',
  'server_error',
  'temporarily_unavailable',
] as const;
export type AuthnErrorCode = (typeof authnErrorCodes)[number];

const requestUri = Type.String({ minLength: 1, maxLength: 512, description: 'names the transaction' });
const authType = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'authentication policy, e.g. AT_FIDO',
});
const username = Type.String({ minLength: 1, maxLength: 256 });
const enrollId = Type.String({ minLength: 1, maxLength: 128 });
const uiLocales = Type.Optional(
  Type.String({
    maxLength: 256,
    description: 'what she chose on the page: wins over the ui_locales of the authorization request',
  }),
);
const userVerification = Type.Enum(['required', 'preferred', 'discouraged']);

export const RequestDescriptionRequest = Type.Object({ request_uri: requestUri });
/** `POST /authn/request`, for the portal: who asks, and where the browser goes with the code or with an error. */
export const RequestDescription = Type.Object({
  client_name: Type.String(),
  redirect_uri: Type.String(),
  response_mode: Nullable(Type.String()),
  state: Type.Optional(Type.String()),
  iss: Type.String(),
  /** `account`: of the person’s own account page. */
  purpose: Type.Optional(Type.Literal('account')),
  /** In which languages the client would like the page to speak; BCP 47, separated by spaces, the best first. */
  ui_locales: Type.Optional(Type.String()),
});
export type RequestDescription = Static<typeof RequestDescription>;

export const FlowRequest = Type.Object({ request_uri: requestUri, username: Type.Optional(username) });

export const OfferedFactor = Type.Object({
  factorId: Type.String(),
  type: Type.Enum(['FIDO', 'LOGIN', 'OTP']),
  code: authType,
  acr: Type.String(),
  /** Of a FIDO factor. */
  userVerification: Type.Optional(userVerification),
  rpId: Type.Optional(Type.String()),
  /** Of an OTP factor: an authenticator app, or a code by mail that `grant_type=otp_challenge` sends. */
  method: Type.Optional(Type.Enum(['totp', 'email'])),
  digits: Type.Optional(Type.Integer({ description: 'of a one-time code' })),
  retry: Type.Integer(),
  stepUp: Type.Enum(['notRequired', 'required']),
  enrollmentRequired: Type.Boolean(),
  enrollActions: Type.Array(Type.String()),
  accessCriteriaId: Type.String(),
});
export type OfferedFactor = Static<typeof OfferedFactor>;

export const OfferedEnrollAction = Type.Object({
  enrollId,
  type: Type.Literal('FIDO'),
  code: authType,
  deviceType: Type.String(),
  attestationVerification: Type.Enum(['none', 'indirect', 'direct', 'enterprise']),
  userVerification,
  rpId: Type.String(),
  upon: Type.Array(Type.String()),
  protectionFactor: Type.Optional(
    Type.Object({ authType: Type.Optional(authType), pendingDevice: Type.Boolean() }),
  ),
  accessCriteriaId: Type.String(),
});
export type OfferedEnrollAction = Static<typeof OfferedEnrollAction>;

export const FlowAnswer = Type.Object({
  loginHint: Type.Optional(Type.String()),
  accessCriteria: Type.Array(
    Type.Object({
      accessCriteriaId: Type.String(),
      authenticators: Type.Object({
        firstFactorsFiltering: Type.Boolean(),
        secondFactorsFiltering: Type.Boolean(),
      }),
    }),
  ),
  firstFactors: Type.Array(OfferedFactor),
  secondFactors: Type.Array(OfferedFactor),
  /** Empty without a username: who is asked for decides. */
  enrollActions: Type.Array(OfferedEnrollAction),
});
export type FlowAnswer = Static<typeof FlowAnswer>;

/**
 * The authType of the second factor that `step_up_required` names where a temporary password has to be replaced: `password` is
 * the new one.
 */
export const newPasswordAuthType = 'AT_NEW_PASSWORD';

/** A password, the digits of a one-time code, or what a FIDO factor answers: the whole credential or its `response` alone. */
export const Proof = Type.Union([
  Type.String({ minLength: 1, maxLength: 1024 }),
  AuthenticationCredentialJson,
  AssertionResponseJson,
]);

export const PasswordGrant = Type.Object({
  grant_type: Type.Literal('password'),
  request_uri: requestUri,
  authType,
  /** May be missing where the challenge was asked for without one. */
  username: Type.Optional(username),
  password: Proof,
  ui_locales: uiLocales,
});
export const FidoChallengeGrant = Type.Object({
  grant_type: Type.Literal('fido_challenge'),
  request_uri: requestUri,
  authType,
  /** Missing: any discoverable credential may answer. */
  username: Type.Optional(username),
});
/** Sends a code to the user's address; the answer is the same where there is no such user, or none with an address. */
export const OneTimeCodeGrant = Type.Object({
  grant_type: Type.Literal('otp_challenge'),
  request_uri: requestUri,
  authType,
  /** May be missing once a first factor said who it is. */
  username: Type.Optional(username),
  ui_locales: uiLocales,
});
export const CodeRequestGrant = Type.Object({
  grant_type: Type.Literal('code_request'),
  request_uri: requestUri,
  authType,
  username: Type.Optional(username),
  ui_locales: uiLocales,
});
export const CodeRequest = Type.Union([
  PasswordGrant,
  FidoChallengeGrant,
  OneTimeCodeGrant,
  CodeRequestGrant,
]);
export type CodeRequest = Static<typeof CodeRequest>;

export const FactorProven = Type.Object({
  expires_in: Type.Integer({ description: 'seconds that the authenticator stays valid' }),
});
export type FactorProven = Static<typeof FactorProven>;

export const FidoChallenge = Type.Object({
  challenge: Base64Url(64),
  rpId: Type.String(),
  userVerification,
  allowCredentials: Type.Array(
    Type.Object({
      type: Type.Literal('public-key'),
      id: Type.String(),
      transports: Type.Optional(Type.Array(Type.String())),
    }),
  ),
});
export type FidoChallenge = Static<typeof FidoChallenge>;

export const OneTimeCodeSent = Type.Object({
  expires_in: Type.Integer({ description: 'seconds in which the code is good' }),
  digits: Type.Integer(),
});
export type OneTimeCodeSent = Static<typeof OneTimeCodeSent>;

export const IssuedCode = Type.Object({
  code: Type.String(),
  state: Type.Optional(Type.String()),
  iss: Type.String(),
});
export type IssuedCode = Static<typeof IssuedCode>;
export const CodeAnswer = Type.Union([OneTimeCodeSent, FactorProven, FidoChallenge, IssuedCode]);

export const Sharing = Type.Object({
  scope: Type.String(),
  /** Both in the words of the tenant's theme. */
  label: Type.Optional(Type.String()),
  description: Type.String(),
  status: Type.Enum(['unknown', 'accepted', 'rejected', 'expired']),
});
export type Sharing = Static<typeof Sharing>;
export const ConsentRequest = Type.Object({
  request_uri: requestUri,
  username: Type.Optional(username),
  ui_locales: uiLocales,
});
export const ConsentAnswer = Type.Object({
  consents: Type.Array(
    Type.Object({
      clientid: Type.String(),
      sharing_duration: Type.Integer({ description: 'seconds, -1 for no end' }),
      sharings: Type.Array(Sharing),
    }),
  ),
});
export type ConsentAnswer = Static<typeof ConsentAnswer>;
export const SharingDecision = Type.Object({
  scope: Type.String({ minLength: 1, maxLength: 256 }),
  status: Type.Enum(['accepted', 'rejected']),
  exp: Type.Optional(
    Type.Integer({ minimum: -1, maximum: 3_153_600_000, description: 'seconds, -1 for no end' }),
  ),
});
export const SharingDecisions = Type.Array(SharingDecision, { minItems: 1, maxItems: 64 });
export const SignConsent = Type.Object({
  request_uri: requestUri,
  username: Type.Optional(username),
  sharings: SharingDecisions,
  ui_locales: uiLocales,
});

/**
 * `POST /authn/enroll/code`: proves what protects an enroll action. `authType` is that of the protection factor, or
 * `AT_ENROLLMENT_CODE` with the one-time code that an operator issued in `password`.
 */
export const ProveProtection = Type.Object({
  request_uri: requestUri,
  grant_type: Type.Literal('password'),
  authType,
  username,
  password: Proof,
});

/** `POST /authn/enroll/fido`, also where it is labelled `application/x-www-form-urlencoded`. */
export const GetCredentialOptions = Type.Object({
  enroll_step: Type.Literal('getcredentialoptions'),
  username,
  request_uri: requestUri,
  authType,
  enrollId: Type.Optional(enrollId),
});
export const RegisterCredential = Type.Object({
  enroll_step: Type.Literal('registercredential'),
  username,
  request_uri: requestUri,
  authType,
  enrollId: Type.Optional(enrollId),
  credential: RegistrationCredentialJson,
  ui_locales: uiLocales,
});
export const EnrollFido = Type.Union([GetCredentialOptions, RegisterCredential]);
export const CredentialOptions = Type.Object({ publicKeyCredentialOptions: CreationOptionsJson });
export type CredentialOptions = Static<typeof CredentialOptions>;

/** Languages in which a theme may speak. */
export const themeLanguages = ['en', 'de', 'fr', 'es'] as const;
export type ThemeLanguage = (typeof themeLanguages)[number];

export const ThemeQuery = Type.Object({
  theme_id: Type.Optional(Type.String({ maxLength: 128 })),
  lang: Type.Optional(
    Type.String({ maxLength: 64, description: 'BCP 47; wins over ui_locales and Accept-Language' }),
  ),
  ui_locales: Type.Optional(Type.String({ maxLength: 256 })),
});

const HexColor = Type.String({ pattern: '^#[0-9a-f]{6}$', description: 'sRGB, e.g. #0f7478' });
/** One colour scheme. What stands on what: onAccent on accent, text and link on surface, onBackground on background. */
export const ThemeColors = Type.Object({
  /** Main buttons, the brand's stripe. */
  accent: HexColor,
  onAccent: HexColor,
  /** The page around the card. */
  background: HexColor,
  onBackground: HexColor,
  /** The card. */
  surface: HexColor,
  text: HexColor,
  /** Links and quiet buttons on the card. */
  link: HexColor,
});
export type ThemeColors = Static<typeof ThemeColors>;

export const Theme = Type.Object({
  theme_id: Type.String(),
  /** 0: what every tenant has until it stores a theme of its own. */
  version: Type.Integer(),
  name: Type.String({ description: 'whose sign-in this is' }),
  /** Of labels and scopes; one of `languages`. */
  language: Type.Enum(themeLanguages),
  languages: Type.Array(Type.Enum(themeLanguages)),
  /** Addresses of images (PNG, WebP, SVG) that never change; show them with `<img>` alone. */
  logo: Nullable(Type.String()),
  /** For the dark scheme; null: `logo` there too. */
  logo_dark: Nullable(Type.String()),
  /** Covers the page behind the card; `colors.background` shows until it is there. */
  background_image: Nullable(Type.String()),
  colors: Type.Object({ light: ThemeColors, dark: ThemeColors }),
  /**
   * Texts by what they name: `<factorId>`, `<enrollId>` (the offer to enroll) and each with `.description`; of the pages
   * `portal.title`, `portal.intro` and `portal.help`. What is absent, the page says in its own words.
   */
  labels: Type.Record(Type.String(), Type.String()),
  /** By scope: what is asked for when a client wants consent. */
  scopes: Type.Record(Type.String(), Type.Object({ label: Type.String(), description: Type.String() })),
});
export type Theme = Static<typeof Theme>;

/** RFC 6749 §5.2, with what a client of this service may do about it. */
export const AuthnError = Type.Object({
  error: Type.Enum(authnErrorCodes),
  error_description: Type.String(),
  hid_failure: Type.Optional(Type.Object({ reason: Type.Integer(), authType: Type.Optional(Type.String()) })),
  /** Beside `step_up_required`. */
  secondFactors: Type.Optional(Type.Array(OfferedFactor)),
  /** Beside `consent_required`. */
  sharings: Type.Optional(Type.Array(Sharing)),
  /** Where `secondFactors` asks for a new password in the place of a temporary one; with a `reason` where it is refused. */
  newPassword: Type.Optional(
    Type.Object({
      minimumLength: Type.Integer({ description: 'characters' }),
      reason: Type.Optional(Type.Enum(passwordFaults)),
    }),
  ),
});
export type AuthnError = Static<typeof AuthnError>;
