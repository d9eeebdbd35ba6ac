import { parseAuthenticatorData } from '../authenticator-data/index.ts';
import { FormatError, toBase64Url } from '../bytes/index.ts';
import { encode } from '../cbor/index.ts';
import { parseCoseKey } from '../cose/index.ts';
import { tokenPermission } from '../ctap2/client-pin.ts';
import { fitsMessage } from '../ctap2/command.ts';
import type { CredentialDescriptor } from '../ctap2/credential-shapes.ts';
import { DeviceError } from '../ctap2/device.ts';
import {
  type MakeCredentialRequest,
  type MakeCredentialResponse,
  makeCredential,
  makeCredentialParameters,
} from '../ctap2/make-credential.ts';
import type { KeyAccess } from './access.ts';
import { type Authorization, authorize, isProtected, proofOf, withAuthorization } from './authorization.ts';
import {
  type ClientData,
  clientData,
  effectiveRpId,
  requireBytes,
  requirementOf,
  verificationRequirements,
} from './client-data.ts';
import { descriptorsOf, findOnKey } from './credential-list.ts';
import { ClientError } from './errors.ts';
import { creationExtensions, type MappedExtensions } from './extensions.ts';
import { type KeySession, openSession } from './session.ts';
import { translating } from './translate.ts';
import { createU2fCredential } from './u2f-credential.ts';
import type { CreationOptionsJson, RegistrationResponseJson } from './webauthn-json.ts';

export interface CreateCredentialInput extends KeyAccess {
  readonly options: CreationOptionsJson;
  /** Goes into clientDataJSON as it is; any RP ID may go with any origin: the caller answers for that. */
  readonly origin: string;
}

/** What WebAuthn L3 §5.1.3 uses where the relying party names no algorithm: ES256 and RS256. */
const defaultAlgorithms = [-7, -257];

/** WebAuthn L3 §5.1.3, the client's part. @throws ClientError, DeviceError, what the PinSource throws */
export const createCredential = (input: CreateCredentialInput): Promise<RegistrationResponseJson> =>
  translating(async () => {
    const { options, origin } = input;
    const data = clientData('webauthn.create', { challenge: options.challenge, origin });
    const rpId = effectiveRpId(options.rp.id, origin);
    if (!input.device.capabilities.cbor) {
      return createU2fCredential({ access: input, options, data, rpId });
    }
    const session = await openSession(input);
    const discoverable = wantsDiscoverable(session, options);
    const extensions = creationExtensions(session, { ...options.extensions }, { discoverable });
    const base: MakeCredentialRequest = {
      clientDataHash: data.hash,
      rp: { id: rpId, name: options.rp.name },
      user: {
        id: requireBytes(options.user.id, 'user.id'),
        name: options.user.name,
        displayName: options.user.displayName,
      },
      algorithms: algorithmsFor(session, options),
      extensions: extensions.inputs,
      enterpriseAttestation: wantsEnterprise(session, options) ? 2 : undefined,
      attestationFormats: session.info.attestationFormats.length > 0 ? options.attestationFormats : undefined,
    };
    const excluded = descriptorsOf(session, options.excludeCredentials);
    let excludeList: readonly CredentialDescriptor[] | null = null;
    const made = await withAuthorization(
      () => authorizeCreation(session, options, { rpId, discoverable, excluded }),
      async (authorization) => {
        const { proof, uv } = proofOf(authorization, data.hash);
        const request = { ...base, options: { rk: discoverable ? true : undefined, uv }, proof };
        excludeList ??= await shortenExcludeList(session, { rpId, request, excluded }, authorization);
        const { device } = session;
        const whole = { ...request, excludeList };
        session.throwIfCancelled();
        return session.withTouch((commandOptions) => makeCredential(device, whole, commandOptions));
      },
    );
    return respond(session, made, { data, options, discoverable, extensions });
  });

const algorithmsFor = ({ info }: KeySession, options: CreationOptionsJson): readonly number[] => {
  const asked = options.pubKeyCredParams.filter(({ type }) => type === 'public-key').map(({ alg }) => alg);
  if (asked.length === 0 && options.pubKeyCredParams.length > 0) {
    throw new ClientError('algorithm-unsupported', 'no algorithm for a public-key credential was asked for');
  }
  const wanted = asked.length === 0 ? defaultAlgorithms : asked;
  if (info.algorithms.length > 0 && !wanted.some((alg) => info.algorithms.includes(alg))) {
    throw new ClientError('algorithm-unsupported', 'the key knows none of the asked algorithms');
  }
  return wanted;
};

/** WebAuthn L3 §5.4.6 with §5.1.3: `requireResidentKey` counts only where `residentKey` is absent. */
const wantsDiscoverable = (
  { info }: KeySession,
  { authenticatorSelection }: CreationOptionsJson,
): boolean => {
  const legacy = authenticatorSelection?.requireResidentKey === true ? 'required' : 'discouraged';
  const asked = requirementOf(
    authenticatorSelection?.residentKey,
    ['required', 'preferred', 'discouraged'] as const,
    legacy,
  );
  const able = info.options['rk'] === true;
  if (asked === 'required' && !able) {
    throw new ClientError('discoverable-credential-unavailable', 'the key keeps no discoverable credentials');
  }
  return able && asked !== 'discouraged';
};

const wantsEnterprise = ({ info }: KeySession, { attestation }: CreationOptionsJson): boolean =>
  attestation === 'enterprise' && info.options['ep'] === true;

/** Null: no verification is wanted, and the key lets it pass. */
const authorizeCreation = async (
  session: KeySession,
  options: CreationOptionsJson,
  about: {
    readonly rpId: string;
    readonly discoverable: boolean;
    readonly excluded: readonly CredentialDescriptor[];
  },
): Promise<Authorization | null> => {
  const { info } = session;
  const asked = requirementOf(
    options.authenticatorSelection?.userVerification,
    verificationRequirements,
    'preferred',
  );
  const protectedByUser = isProtected(session);
  if (!protectedByUser) {
    if (asked === 'required' || info.options['alwaysUv'] === true) {
      throw new ClientError('pin-not-set', 'the key has neither a PIN nor another way to verify the person');
    }
    return null;
  }
  const keyLetsPass =
    info.options['makeCredUvNotRqd'] === true && info.options['alwaysUv'] !== true && !about.discoverable;
  if (asked === 'discouraged' && keyLetsPass) return null;
  // With getAssertion too, the exclude list can be looked up silently where it is too long for one message.
  const lookUp = about.excluded.length > 0 ? tokenPermission.getAssertion : 0;
  return authorize(session, { permissions: tokenPermission.makeCredential | lookUp, rpId: about.rpId });
};

/** As it is where it fits; else the one of it that is on the key, or none. */
const shortenExcludeList = async (
  session: KeySession,
  about: {
    readonly rpId: string;
    readonly request: MakeCredentialRequest;
    readonly excluded: readonly CredentialDescriptor[];
  },
  authorization: Authorization | null,
): Promise<readonly CredentialDescriptor[]> => {
  const { rpId, request, excluded } = about;
  const { maxCredentialCountInList, maxMsgSize } = session.info;
  const whole = makeCredentialParameters({ ...request, excludeList: excluded });
  if (
    excluded.length <= (maxCredentialCountInList ?? 1) &&
    fitsMessage('makeCredential', whole, maxMsgSize)
  ) {
    return excluded;
  }
  const held = await findOnKey(session, { rpId, list: excluded }, authorization);
  return held === null ? [] : [held];
};

const respond = (
  session: KeySession,
  made: MakeCredentialResponse,
  about: {
    readonly data: ClientData;
    readonly options: CreationOptionsJson;
    readonly discoverable: boolean;
    readonly extensions: MappedExtensions;
  },
): RegistrationResponseJson => {
  const parsed = readAuthenticatorData(made.authenticatorData);
  // WebAuthn L3 §5.1.3: who asked for no attestation gets none.
  const anonymous = (about.options.attestation ?? 'none') === 'none';
  const attestationObject = encode(
    new Map<string, unknown>([
      ['fmt', anonymous ? 'none' : made.format],
      ['attStmt', anonymous ? new Map() : made.attestationStatement],
      ['authData', made.authenticatorData],
    ]),
  );
  const id = toBase64Url(parsed.credentialId);
  return {
    id,
    rawId: id,
    type: 'public-key',
    response: {
      clientDataJSON: toBase64Url(about.data.json),
      attestationObject: toBase64Url(attestationObject),
      authenticatorData: toBase64Url(made.authenticatorData),
      transports: transportsOf(session),
      publicKeyAlgorithm: parsed.algorithm,
    },
    authenticatorAttachment: 'cross-platform',
    clientExtensionResults: about.extensions.outputs(parsed.extensions, {
      discoverable: about.discoverable,
      largeBlobKey: made.largeBlobKey,
    }),
  };
};

const transportsOf = ({ info, device }: KeySession): string[] =>
  info.transports.length > 0 ? [...info.transports] : [device.transport === 'hid' ? 'usb' : 'smart-card'];

const readAuthenticatorData = (
  bytes: Uint8Array,
): { credentialId: Uint8Array; algorithm: number; extensions: ReadonlyMap<string, unknown> } => {
  try {
    const { attestedCredential, extensions } = parseAuthenticatorData(bytes);
    if (attestedCredential === null) {
      throw new DeviceError('response-malformed', 'makeCredential: no credential in the authenticator data');
    }
    const { credentialId, publicKey } = attestedCredential;
    const { algorithm } = parseCoseKey(publicKey, { dangerouslyAllowSha1: true });
    return { credentialId, algorithm, extensions: extensions ?? new Map() };
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new DeviceError('response-malformed', 'makeCredential: malformed authenticator data', { cause });
  }
};
