import { type Static, Type } from 'typebox';
import { Nullable, Timestamp } from './primitives.ts';

/** Self-service, `/{tenant}/authn/account/*`: JSON, with the session cookie of the account page. Times are ISO 8601. */

const Id = Type.String({ minLength: 1, maxLength: 256 });

export const BeginAccountSignIn = Type.Object({
  login_hint: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
});
/** Where the browser goes to sign in; it comes back to the account page with `code` and `state`. */
export const AccountSignInBegun = Type.Object({ location: Type.String() });
export type AccountSignInBegun = Static<typeof AccountSignInBegun>;

export const CompleteAccountSignIn = Type.Object({
  code: Type.String({ minLength: 1, maxLength: 512 }),
  state: Type.String({ minLength: 1, maxLength: 512 }),
});
export const AccountSessionOpened = Type.Object({ expires_at: Timestamp });

export const OwnPasskey = Type.Object({
  id: Id,
  name: Type.String(),
  /** Where it is kept, as far as it said when it was made. */
  kind: Type.Enum(['security-key', 'this-device', 'phone', 'passkey']),
  model: Nullable(Type.String({ description: 'from the FIDO metadata' })),
  icon: Nullable(Type.String({ description: 'data URL; show it with `<img>` alone' })),
  /** PENDING: it waits for her. */
  status: Type.Enum(['PENDING', 'ACTIVE', 'SUSPENDED']),
  synced: Nullable(Type.Boolean({ description: 'kept by more than one device; null while it waits' })),
  created_at: Timestamp,
  last_used_at: Nullable(Timestamp),
  last_way_in: Type.Boolean({ description: 'without it, no way to sign in is left' }),
});
export type OwnPasskey = Static<typeof OwnPasskey>;

export const OwnApp = Type.Object({
  id: Id,
  name: Type.String(),
  /** The factor that its codes prove. */
  auth_type: Type.String(),
  created_at: Timestamp,
  last_used_at: Nullable(Timestamp),
  last_way_in: Type.Boolean(),
});
export type OwnApp = Static<typeof OwnApp>;

export const OwnSession = Type.Object({
  /** `account`: a browser at this page; `application`: a sign-in to an application. */
  kind: Type.Enum(['account', 'application']),
  id: Id,
  current: Type.Boolean(),
  /** The application. */
  name: Nullable(Type.String()),
  user_agent: Nullable(Type.String()),
  address: Nullable(Type.String()),
  since: Timestamp,
  expires_at: Timestamp,
});
export type OwnSession = Static<typeof OwnSession>;

export const Account = Type.Object({
  username: Type.String(),
  display_name: Type.String(),
  email: Nullable(Type.String()),
  /** Until then, authenticators may be added and removed; afterwards she signs in again first. */
  recent_until: Timestamp,
  passkeys: Type.Array(OwnPasskey),
  may_add_passkey: Type.Boolean(),
  apps: Type.Array(OwnApp),
  may_add_app: Type.Boolean(),
  /** What an app can be added for. */
  app_factors: Type.Array(Type.Object({ factor_id: Type.String(), auth_type: Type.String() })),
  /** null: passwords prove nothing here. */
  password: Nullable(
    Type.Object({
      held: Type.Boolean(),
      free_until: Nullable(
        Type.String({
          format: 'date-time',
          description: 'until then a passkey that she proved stands for the password of now',
        }),
      ),
      minimum_length: Type.Integer(),
    }),
  ),
  sessions: Type.Array(OwnSession),
});
export type Account = Static<typeof Account>;

/** A transaction of the authentication service in which she enrolls a passkey, by `/authn/enroll/*`. */
export const OwnEnrollment = Type.Object({
  request_uri: Type.String(),
  username: Type.String(),
  /** What was proven in it already. */
  proven: Type.Array(Type.String()),
});
export type OwnEnrollment = Static<typeof OwnEnrollment>;

/** In which language she is told by mail: what she chose on the page. */
const uiLocales = Type.Optional(Type.String({ maxLength: 256, description: 'BCP 47, separated by spaces' }));
export const OwnLanguage = Type.Object({ ui_locales: uiLocales });

/** A password of her own: with the one of now, or with a passkey that was proven in the last five minutes. */
export const ChangeOwnPassword = Type.Object({
  current_password: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
  new_password: Type.String({ minLength: 1, maxLength: 1024 }),
});

export const RenameOwn = Type.Object({ name: Type.String({ minLength: 1, maxLength: 256 }) });
export const RemoveOwn = Type.Object({
  ui_locales: uiLocales,
  confirm_last: Type.Optional(
    Type.Boolean({ description: 'she knows that no way to sign in is left afterwards' }),
  ),
});

/** Which of `app_factors` it is to be for; the first one where it is left out. */
export const BeginOwnApp = Type.Object({
  auth_type: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
});

/** An authenticator app that waits for its first code. */
export const OwnAppBegun = Type.Object({
  id: Id,
  secret: Type.String({ description: 'Base32, to be typed where no camera is' }),
  uri: Type.String({ description: '`otpauth:`, for a QR code' }),
  expires_at: Nullable(Timestamp),
});
export type OwnAppBegun = Static<typeof OwnAppBegun>;
export const ConfirmOwnApp = Type.Object({ code: Type.String({ pattern: '^[0-9]{6,10}$' }) });
