import { type PinUvAuthToken, type TokenRequest, tokenPermission } from '../ctap2/client-pin.ts';
import type { PinUvAuthProof } from '../ctap2/make-credential.ts';
import { isCtapError } from '../ctap2/status.ts';
import { ClientError } from './errors.ts';
import { clientPinOf, requireNoPendingPinChange, withVerifiedPin } from './pin.ts';
import type { KeySession } from './session.ts';

/** How a command is told that the person was verified: by a token, or by asking the key to verify her itself. */
export type Authorization =
  | { readonly kind: 'token'; readonly token: PinUvAuthToken }
  | { readonly kind: 'built-in' };

export const proofOf = (
  authorization: Authorization | null,
  message: Uint8Array,
): { readonly proof?: PinUvAuthProof; readonly uv?: true } => {
  if (authorization === null) return {};
  if (authorization.kind === 'built-in') return { uv: true };
  const { token } = authorization;
  return { proof: { protocol: token.protocol, pinUvAuthParam: token.authenticate(message) } };
};

export const hasPin = ({ info }: KeySession): boolean => info.options['clientPin'] === true;
export const hasBuiltInUv = ({ info }: KeySession): boolean => info.options['uv'] === true;
/** CTAP 2.1 §6.1.2: "protected by some form of user verification". */
export const isProtected = (session: KeySession): boolean => hasPin(session) || hasBuiltInUv(session);

/** Permissions that built-in verification may grant only where getInfo says so (CTAP 2.1 §6.4). */
const builtInUvGrants = ({ info }: KeySession, permissions: number): boolean => {
  const { uvAcfg, uvBioEnroll } = info.options;
  if ((permissions & tokenPermission.authenticatorConfiguration) !== 0 && uvAcfg !== true) return false;
  return (permissions & tokenPermission.bioEnrollment) === 0 || uvBioEnroll === true;
};

const pinGrants = ({ info }: KeySession, permissions: number): boolean => {
  const forCredentials = tokenPermission.makeCredential | tokenPermission.getAssertion;
  return info.options['noMcGaPermissionsWithClientPin'] !== true || (permissions & forCredentials) === 0;
};

/**
 * Verifies the person in the way this key can: its own sensor first, then the PIN.
 * @throws ClientError, what the PinSource throws
 */
export const authorize = async (session: KeySession, request: TokenRequest): Promise<Authorization> => {
  const { info } = session;
  const tokens = info.options['pinUvAuthToken'] === true;
  if (hasBuiltInUv(session)) {
    const byPin = hasPin(session) && pinGrants(session, request.permissions);
    if (tokens && builtInUvGrants(session, request.permissions)) {
      const token = await tokenByUv(session, request, byPin);
      if (token !== null) return { kind: 'token', token };
    } else if (!tokens && !hasPin(session)) {
      return { kind: 'built-in' };
    }
  }
  if (!hasPin(session)) {
    throw new ClientError('pin-not-set', 'the key has neither a PIN nor another way to verify the person');
  }
  requireNoPendingPinChange(session);
  if (!pinGrants(session, request.permissions)) {
    throw new ClientError('user-verification-failed', 'the key verifies the person by its own sensor alone');
  }
  return { kind: 'token', token: await tokenByPin(session, request, tokens) };
};

const tokenByPin = (
  session: KeySession,
  request: TokenRequest,
  permissions: boolean,
): Promise<PinUvAuthToken> => {
  const clientPin = clientPinOf(session);
  return withVerifiedPin(session, clientPin, async (pin) => {
    try {
      return permissions ? await clientPin.tokenUsingPin(pin, request) : await clientPin.pinToken(pin);
    } catch (error) {
      // CTAP 2.1 §6.5.5.7: a pending PIN change that getInfo did not tell.
      if (!isCtapError(error, 'CTAP2_ERR_PIN_POLICY_VIOLATION')) throw error;
      throw new ClientError('pin-change-required', 'the key demands a new PIN before anything else', {
        cause: error,
        status: error.status,
      });
    }
  });
};

/** Whatever the key prefers: nobody holds a finger there more often. */
const mostUvAttempts = 25;

/** Null: the sensor gave up and the PIN may be asked. */
const tokenByUv = async (
  session: KeySession,
  request: TokenRequest,
  pinMayFollow: boolean,
): Promise<PinUvAuthToken | null> => {
  const attempts = Math.min(session.info.preferredPlatformUvAttempts ?? 3, mostUvAttempts);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await session.withTouch((options) => clientPinOf(session, options).tokenUsingUv(request));
    } catch (error) {
      if (isCtapError(error, 'CTAP2_ERR_UV_INVALID') && attempt < attempts) continue;
      const failed = isCtapError(
        error,
        'CTAP2_ERR_UV_INVALID',
        'CTAP2_ERR_UV_BLOCKED',
        'CTAP2_ERR_PUAT_REQUIRED',
      );
      if (failed && pinMayFollow) return null;
      throw error;
    }
  }
};

const spent = ['CTAP2_ERR_PIN_AUTH_INVALID', 'CTAP2_ERR_PIN_TOKEN_EXPIRED'] as const;

/**
 * Does what an authorization is for, and once more with a new one where the key no longer knows the token: some keys
 * spend theirs on the silent look-up that went before. They say so before the person is asked to touch.
 */
export const withAuthorization = async <T>(
  obtain: () => Promise<Authorization | null>,
  use: (authorization: Authorization | null) => Promise<T>,
): Promise<T> => {
  const authorization = await obtain();
  try {
    return await use(authorization);
  } catch (error) {
    if (authorization?.kind !== 'token' || !isCtapError(error, ...spent)) throw error;
  }
  return use(await obtain());
};

/**
 * Uses a token, and once more with a new one where the key says that it knows no such token: some keys spend theirs
 * on every write.
 */
export const withToken = async <T>(
  session: KeySession,
  request: TokenRequest,
  use: (token: PinUvAuthToken) => Promise<T>,
): Promise<T> => {
  try {
    return await use(await requireToken(session, request));
  } catch (error) {
    if (!isCtapError(error, ...spent)) throw error;
  }
  return use(await requireToken(session, request));
};

const requireToken = async (session: KeySession, request: TokenRequest): Promise<PinUvAuthToken> => {
  const authorization = await authorize(session, request);
  if (authorization.kind === 'token') return authorization.token;
  throw new ClientError('unsupported', 'the key gives no token without a PIN', { field: 'pin' });
};
