import { parseAuthenticatorData } from '../authenticator-data/index.ts';
import { FormatError, toBase64Url } from '../bytes/index.ts';
import { tokenPermission } from '../ctap2/client-pin.ts';
import { fitsMessage } from '../ctap2/command.ts';
import type { CredentialDescriptor, UserEntity } from '../ctap2/credential-shapes.ts';
import { DeviceError } from '../ctap2/device.ts';
import {
  type GetAssertionRequest,
  type GetAssertionResponse,
  getAssertion as getAssertionOnKey,
  getAssertionParameters,
  getNextAssertion,
} from '../ctap2/get-assertion.ts';
import type { KeyAccess } from './access.ts';
import { type Authorization, authorize, isProtected, proofOf, withAuthorization } from './authorization.ts';
import { clientData, effectiveRpId, requirementOf, verificationRequirements } from './client-data.ts';
import { descriptorsOf, findOnKey } from './credential-list.ts';
import { ClientError } from './errors.ts';
import { assertionExtensions } from './extensions.ts';
import { exchangeLargeBlob, largeBlobWish } from './large-blob.ts';
import { type KeySession, openSession } from './session.ts';
import { translating } from './translate.ts';
import { getU2fAssertion } from './u2f-credential.ts';
import type { AuthenticationResponseJson, RequestOptionsJson } from './webauthn-json.ts';

export interface GetAssertionInput extends KeyAccess {
  readonly options: RequestOptionsJson;
  readonly origin: string;
  /** Asked where several accounts of the RP are on the key; answers an index. Default: the newest, 0. */
  readonly chooseAccount?: ((accounts: readonly UserEntity[]) => Promise<number>) | undefined;
}

/** WebAuthn L3 §5.1.4, the client's part. @throws ClientError, DeviceError, what the PinSource throws */
export const getAssertion = (input: GetAssertionInput): Promise<AuthenticationResponseJson> =>
  translating(async () => {
    const { options, origin } = input;
    const data = clientData('webauthn.get', { challenge: options.challenge, origin });
    const rpId = effectiveRpId(options.rpId, origin);
    if (!input.device.capabilities.cbor) {
      return getU2fAssertion({ access: input, options, data, rpId });
    }
    const session = await openSession(input);
    const blobWish = largeBlobWish(session, options.extensions?.['largeBlob'], {
      allowed: options.allowCredentials?.length ?? 0,
    });
    const allowed = descriptorsOf(session, options.allowCredentials);
    if ((options.allowCredentials ?? []).length > 0 && allowed.length === 0) throw missing();
    const writesBlob = (blobWish?.write ?? null) !== null;
    let allowList: readonly CredentialDescriptor[] | null = null;
    const { first, authorization, extensions } = await withAuthorization(
      () => authorizeAssertion(session, options, { rpId, writesBlob }),
      async (authorization) => {
        const { proof, uv } = proofOf(authorization, data.hash);
        const base: GetAssertionRequest = { rpId, clientDataHash: data.hash, proof, options: { uv } };
        const oneAlone = choosesByCredential(options);
        const request = { ...base, allowList: allowed };
        allowList ??= await shortenAllowList(session, { request, oneAlone }, authorization);
        const only = allowList.length === 1 ? allowList[0] : undefined;
        const extensions = await assertionExtensions(
          session,
          { ...options.extensions },
          only === undefined ? undefined : toBase64Url(only.id),
        );
        session.throwIfCancelled();
        const inputs =
          blobWish === null ? extensions.inputs : new Map([...extensions.inputs, ['largeBlobKey', true]]);
        const whole = { ...base, allowList, extensions: inputs };
        const first = await session.withTouch((commandOptions) =>
          getAssertionOnKey(session.device, whole, commandOptions),
        );
        return { first, authorization, extensions };
      },
    );
    const answer = await chosen(session, first, input.chooseAccount);
    const { user } = answer;
    const id = toBase64Url(answer.credentialId);
    return {
      id,
      rawId: id,
      type: 'public-key',
      response: {
        clientDataJSON: toBase64Url(data.json),
        authenticatorData: toBase64Url(answer.authenticatorData),
        signature: toBase64Url(answer.signature),
        ...(user === null ? {} : { userHandle: toBase64Url(user.id) }),
      },
      authenticatorAttachment: 'cross-platform',
      clientExtensionResults: {
        ...extensions.outputs(signedExtensions(answer.authenticatorData), {}),
        ...(blobWish === null
          ? {}
          : {
              largeBlob: await exchangeLargeBlob(
                session,
                { wish: blobWish, key: answer.largeBlobKey },
                authorization,
              ),
            }),
      },
    };
  });

const missing = (): ClientError => new ClientError('credential-missing', 'the key holds no such credential');

const authorizeAssertion = async (
  session: KeySession,
  options: RequestOptionsJson,
  about: { readonly rpId: string; readonly writesBlob: boolean },
): Promise<Authorization | null> => {
  const asked = requirementOf(options.userVerification, verificationRequirements, 'preferred');
  const always = session.info.options['alwaysUv'] === true;
  if (!isProtected(session)) {
    if (asked === 'required' || always) {
      throw new ClientError('pin-not-set', 'the key has neither a PIN nor another way to verify the person');
    }
    return null;
  }
  if (asked === 'discouraged' && !always && !about.writesBlob) return null;
  // The token outlives the assertion for the writing alone (CTAP 2.1 §6.5.2.1).
  const write = about.writesBlob ? tokenPermission.largeBlobWrite : 0;
  return authorize(session, { permissions: tokenPermission.getAssertion | write, rpId: about.rpId });
};

/** Salts of `prf` that differ by credential: only one credential may answer (WebAuthn L3 §10.1.4). */
const choosesByCredential = ({ extensions }: RequestOptionsJson): boolean => {
  const prf = extensions?.['prf'];
  return typeof prf === 'object' && prf !== null && 'evalByCredential' in prf;
};

const shortenAllowList = async (
  session: KeySession,
  about: {
    readonly request: GetAssertionRequest & { readonly allowList: readonly CredentialDescriptor[] };
    readonly oneAlone: boolean;
  },
  authorization: Authorization | null,
): Promise<readonly CredentialDescriptor[]> => {
  const { request, oneAlone } = about;
  const { rpId, allowList } = request;
  const { maxCredentialCountInList, maxMsgSize } = session.info;
  const most = oneAlone ? 1 : (maxCredentialCountInList ?? 1);
  if (allowList.length <= most && fitsMessage('getAssertion', getAssertionParameters(request), maxMsgSize)) {
    return allowList;
  }
  const held = await findOnKey(session, { rpId, list: allowList }, authorization);
  if (held === null) throw missing();
  return [held];
};

/** More than any key keeps or any person chooses from. */
const mostAccounts = 1_000;

const chosen = async (
  session: KeySession,
  first: GetAssertionResponse,
  chooseAccount: GetAssertionInput['chooseAccount'],
): Promise<GetAssertionResponse> => {
  if (chooseAccount === undefined || first.numberOfCredentials <= 1 || first.userSelected) return first;
  const count = Math.min(first.numberOfCredentials, mostAccounts);
  const all = [first];
  while (all.length < count) all.push(await getNextAssertion(session.device, session.options));
  const answer = all[await chooseAccount(all.map(({ user }) => user ?? { id: new Uint8Array() }))];
  if (answer === undefined) throw new ClientError('cancelled', 'no account was chosen');
  return answer;
};

const signedExtensions = (authenticatorData: Uint8Array): ReadonlyMap<string, unknown> => {
  try {
    return parseAuthenticatorData(authenticatorData).extensions ?? new Map();
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new DeviceError('response-malformed', 'getAssertion: malformed authenticator data', { cause });
  }
};
