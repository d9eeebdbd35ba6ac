import { encodeAuthenticatorData } from '../authenticator-data/index.ts';
import { concatBytes, toBase64Url } from '../bytes/index.ts';
import { encode } from '../cbor/index.ts';
import {
  type TouchPolling,
  U2fError,
  u2fAuthenticate,
  u2fKnows,
  u2fRegister,
  u2fStatus,
} from '../ctap2/u2f.ts';
import type { KeyAccess } from './access.ts';
import { type ClientData, requireBytes, sha256OfText } from './client-data.ts';
import { ClientError } from './errors.ts';
import { telling } from './session.ts';
import type {
  AuthenticationResponseJson,
  CreationOptionsJson,
  CredentialDescriptorJson,
  RegistrationResponseJson,
  RequestOptionsJson,
} from './webauthn-json.ts';

/** A key from before CTAP2 (CTAP 2.1 §7): no PIN, no discoverable credentials, ES256 alone. */
interface U2fCeremony<O> {
  readonly access: KeyAccess;
  readonly options: O;
  readonly data: ClientData;
  readonly rpId: string;
}

const es256 = -7;
const noAaguid = '00000000-0000-0000-0000-000000000000';
/** U2F Raw Message Formats §4.3: the length of a key handle is one byte. */
const longestKeyHandle = 255;

const polling = <T>(access: KeyAccess, use: (options: TouchPolling) => Promise<T>): Promise<T> => {
  const { clock, signal, onTouch } = access;
  if (clock === undefined) {
    throw new ClientError(
      'unsupported',
      'a key that speaks only CTAP1 needs a clock to be asked again and again',
      {
        field: 'clock',
      },
    );
  }
  return telling(onTouch, { signal }, async (options) => {
    try {
      return await use({ ...options, clock });
    } catch (error) {
      if (!(error instanceof U2fError)) throw error;
      const untouched = error.statusWord === u2fStatus.conditionsNotSatisfied;
      throw new ClientError(
        untouched ? 'touch-timeout' : 'key-failed',
        untouched ? 'the key was not touched in time' : error.message,
        { cause: error },
      );
    }
  });
};

const handlesOf = (list: readonly CredentialDescriptorJson[] | undefined): readonly Uint8Array[] =>
  (list ?? [])
    .filter(({ type }) => type === 'public-key')
    .map(({ id }) => requireBytes(id, 'credential id'))
    .filter(({ length }) => length > 0 && length <= longestKeyHandle);

/** RP IDs under which credentials may have been made: the legacy appid extensions name a second one. */
const applicationsOf = (rpId: string, appId: unknown): readonly Uint8Array[] =>
  typeof appId === 'string' ? [sha256OfText(rpId), sha256OfText(appId)] : [sha256OfText(rpId)];

const findHandle = async (
  { device, signal }: KeyAccess,
  applications: readonly Uint8Array[],
  handles: readonly Uint8Array[],
): Promise<{ readonly keyHandle: Uint8Array; readonly application: Uint8Array } | null> => {
  for (const keyHandle of handles) {
    for (const application of applications) {
      const challenge = new Uint8Array(32);
      if (await u2fKnows(device, { challenge, application, keyHandle }, { signal })) {
        return { keyHandle, application };
      }
    }
  }
  return null;
};

const refuseBeyondU2f = (userVerification: string | undefined, residentKey?: string): void => {
  if (userVerification === 'required') {
    throw new ClientError('user-verification-unavailable', 'the key cannot verify the person');
  }
  if (residentKey === 'required') {
    throw new ClientError('discoverable-credential-unavailable', 'the key keeps no discoverable credentials');
  }
};

export const createU2fCredential = async (
  ceremony: U2fCeremony<CreationOptionsJson>,
): Promise<RegistrationResponseJson> => {
  const { access, options, data, rpId } = ceremony;
  const selection = options.authenticatorSelection;
  refuseBeyondU2f(
    selection?.userVerification,
    selection?.residentKey ?? (selection?.requireResidentKey === true ? 'required' : undefined),
  );
  if (!options.pubKeyCredParams.some(({ alg, type }) => alg === es256 && type === 'public-key')) {
    throw new ClientError('algorithm-unsupported', 'the key knows none of the asked algorithms');
  }
  const applications = applicationsOf(rpId, options.extensions?.['appidExclude']);
  const excluded = await findHandle(access, applications, handlesOf(options.excludeCredentials));
  const { device } = access;
  if (excluded !== null) {
    // The person touches before anybody learns that the key is known.
    await polling(access, (touch) =>
      u2fAuthenticate(device, { ...excluded, challenge: new Uint8Array(32) }, touch),
    );
    throw new ClientError('credential-excluded', 'the key already holds a credential of this account');
  }
  const application = sha256OfText(rpId);
  const made = await polling(access, (touch) =>
    u2fRegister(device, { challenge: data.hash, application }, touch),
  );
  const authenticatorData = encodeAuthenticatorData({
    rpIdHash: application,
    flags: { userPresent: true, userVerified: false, backupEligible: false, backedUp: false },
    signCount: 0,
    attestedCredential: {
      aaguid: noAaguid,
      credentialId: made.keyHandle,
      publicKey: coseKeyOf(made.publicKey),
    },
    extensions: null,
  });
  const anonymous = (options.attestation ?? 'none') === 'none';
  const statement = anonymous ? {} : { x5c: [made.certificate], sig: made.signature };
  const id = toBase64Url(made.keyHandle);
  return {
    id,
    rawId: id,
    type: 'public-key',
    response: {
      clientDataJSON: toBase64Url(data.json),
      attestationObject: toBase64Url(
        encode({ fmt: anonymous ? 'none' : 'fido-u2f', attStmt: statement, authData: authenticatorData }),
      ),
      authenticatorData: toBase64Url(authenticatorData),
      transports: [device.transport === 'hid' ? 'usb' : 'nfc'],
      publicKeyAlgorithm: es256,
    },
    authenticatorAttachment: 'cross-platform',
    clientExtensionResults: options.extensions?.['credProps'] === true ? { credProps: { rk: false } } : {},
  };
};

const coseKeyOf = (point: Uint8Array): Uint8Array =>
  encode(
    new Map<number, unknown>([
      [1, 2],
      [3, es256],
      [-1, 1],
      [-2, point.slice(1, 33)],
      [-3, point.slice(33)],
    ]),
  );

export const getU2fAssertion = async (
  ceremony: U2fCeremony<RequestOptionsJson>,
): Promise<AuthenticationResponseJson> => {
  const { access, options, data, rpId } = ceremony;
  refuseBeyondU2f(options.userVerification);
  const applications = applicationsOf(rpId, options.extensions?.['appid']);
  const held = await findHandle(access, applications, handlesOf(options.allowCredentials));
  if (held === null) throw new ClientError('credential-missing', 'the key holds no such credential');
  const answer = await polling(access, (touch) =>
    u2fAuthenticate(access.device, { ...held, challenge: data.hash }, touch),
  );
  const head = new Uint8Array(5);
  head[0] = answer.userPresent ? 1 : 0;
  new DataView(head.buffer).setUint32(1, answer.counter);
  const id = toBase64Url(held.keyHandle);
  const usedAppId = held.application !== applications[0];
  return {
    id,
    rawId: id,
    type: 'public-key',
    response: {
      clientDataJSON: toBase64Url(data.json),
      authenticatorData: toBase64Url(concatBytes(held.application, head)),
      signature: toBase64Url(answer.signature),
    },
    authenticatorAttachment: 'cross-platform',
    clientExtensionResults: options.extensions?.['appid'] === undefined ? {} : { appid: usedAppId },
  };
};
