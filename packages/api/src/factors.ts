import { type Static, Type } from 'typebox';
import { Nullable, Timestamp, Uuid } from './primitives.ts';

/** An app that shows one-time codes (RFC 6238); its secret is told when it is begun, and never again. */
export const OneTimeCodeApp = Type.Object({
  appId: Uuid,
  friendlyName: Type.String(),
  authType: Type.String({ description: 'what its codes prove, e.g. AT_TOTP' }),
  status: Type.Enum(['PENDING', 'ACTIVE']),
  createdAt: Timestamp,
  expiresAt: Nullable(Timestamp),
  lastUsedAt: Nullable(Timestamp),
});
export type OneTimeCodeApp = Static<typeof OneTimeCodeApp>;
export const OneTimeCodeAppList = Type.Object({ items: Type.Array(OneTimeCodeApp) });

const friendlyName = Type.String({ minLength: 1, maxLength: 100 });
export const BeginOneTimeCodeApp = Type.Object({
  friendlyName: Type.Optional(friendlyName),
  authType: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'the factor (OTP, totp) that its codes are to prove; the first one where it is left out',
    }),
  ),
});
export const OneTimeCodeAppBegun = Type.Object({
  app: OneTimeCodeApp,
  uri: Type.String({ description: 'otpauth://totp/…, for a QR code; a secret, shown this once' }),
  secret: Type.String({ description: 'the same in base32, for typing' }),
});
export type OneTimeCodeAppBegun = Static<typeof OneTimeCodeAppBegun>;
export const ConfirmOneTimeCodeApp = Type.Object({
  code: Type.String({ minLength: 6, maxLength: 16, description: 'what the app shows now' }),
});

export const SetTemporaryPassword = Type.Object({
  /** A random one is made where it is left out. */
  password: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
});
export const TemporaryPassword = Type.Object({
  password: Type.String({ description: 'shown this once' }),
  expiresAt: Timestamp,
});
export type TemporaryPassword = Static<typeof TemporaryPassword>;

/** What is asked of passwords that are set from now on. */
export const PasswordPolicy = Type.Object({
  minimumLength: Type.Integer({ minimum: 8, maximum: 64, description: 'characters' }),
  refuseBreached: Type.Boolean({
    description: 'whether a password that was seen in a breach is refused, where the installation can ask',
  }),
});
export type PasswordPolicy = Static<typeof PasswordPolicy>;
export const StoredPasswordPolicy = Type.Object({
  ...PasswordPolicy.properties,
  version: Type.Integer({ description: 'counts up with every change; 0: the usual one, nobody decided' }),
});
export type StoredPasswordPolicy = Static<typeof StoredPasswordPolicy>;
