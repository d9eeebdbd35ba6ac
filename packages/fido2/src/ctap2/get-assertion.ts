import { type CommandOptions, type Parameters, parameters, sendCommand } from './command.ts';
import {
  type CredentialDescriptor,
  descriptorMap,
  optionsMap,
  readOutputs,
  readUser,
  type UserEntity,
} from './credential-shapes.ts';
import { type CtapDevice, DeviceError } from './device.ts';
import type { CborFields } from './fields.ts';
import type { PinUvAuthProof } from './make-credential.ts';

export interface GetAssertionRequest {
  readonly rpId: string;
  readonly clientDataHash: Uint8Array;
  readonly allowList?: readonly CredentialDescriptor[] | undefined;
  readonly extensions?: ReadonlyMap<string, unknown> | undefined;
  /** `up: false` asks silently. */
  readonly options?: { readonly up?: boolean | undefined; readonly uv?: boolean | undefined } | undefined;
  readonly proof?: PinUvAuthProof | undefined;
}

export interface GetAssertionResponse {
  readonly credentialId: Uint8Array;
  /** As the key encoded it. */
  readonly authenticatorData: Uint8Array;
  readonly signature: Uint8Array;
  readonly user: UserEntity | null;
  /** More can be had by getNextAssertion; 1 where the key doesn't say. */
  readonly numberOfCredentials: number;
  readonly userSelected: boolean;
  readonly largeBlobKey: Uint8Array | null;
  readonly unsignedExtensionOutputs: ReadonlyMap<string, unknown>;
}

export const getAssertionParameters = (request: GetAssertionRequest): Parameters =>
  parameters(
    [0x01, request.rpId],
    [0x02, request.clientDataHash],
    [0x03, request.allowList?.map(descriptorMap)],
    [0x04, request.extensions],
    [0x05, optionsMap({ ...request.options })],
    [0x06, request.proof?.pinUvAuthParam],
    [0x07, request.proof?.protocol],
  );

const readAssertion = (answer: CborFields, onlyAllowed: Uint8Array | undefined): GetAssertionResponse => {
  // CTAP 2.0 §5.2: a key may leave the credential out when the allow list had just one.
  const credentialId = answer.optionalNested(0x01)?.required('id', 'bytes') ?? onlyAllowed;
  if (credentialId === undefined) {
    throw new DeviceError('response-malformed', 'getAssertion: the answer names no credential');
  }
  const user = answer.optionalNested(0x04);
  return {
    credentialId,
    authenticatorData: answer.required(0x02, 'bytes'),
    signature: answer.required(0x03, 'bytes'),
    user: user === null ? null : readUser(user),
    numberOfCredentials: answer.optional(0x05, 'integer') ?? 1,
    userSelected: answer.optional(0x06, 'boolean') ?? false,
    largeBlobKey: answer.optional(0x07, 'bytes'),
    unsignedExtensionOutputs: readOutputs(answer.optionalNested(0x08)),
  };
};

/** authenticatorGetAssertion (CTAP 2.1 §6.2). @throws CtapError, DeviceError */
export const getAssertion = async (
  device: CtapDevice,
  request: GetAssertionRequest,
  options: CommandOptions = {},
): Promise<GetAssertionResponse> => {
  const sent = getAssertionParameters(request);
  const answer = await sendCommand(device, { command: 'getAssertion', sent }, options);
  return readAssertion(answer, request.allowList?.length === 1 ? request.allowList[0]?.id : undefined);
};

/** authenticatorGetNextAssertion (CTAP 2.1 §6.3): at once after getAssertion or itself. @throws CtapError, DeviceError */
export const getNextAssertion = async (
  device: CtapDevice,
  options: CommandOptions = {},
): Promise<GetAssertionResponse> =>
  readAssertion(await sendCommand(device, { command: 'getNextAssertion', sent: null }, options), undefined);
