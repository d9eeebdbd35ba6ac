import { type CommandOptions, type Parameters, parameters, sendCommand } from './command.ts';
import {
  type CredentialDescriptor,
  descriptorMap,
  optionsMap,
  type RelyingPartyEntity,
  readOutputs,
  relyingPartyMap,
  type UserEntity,
  userMap,
} from './credential-shapes.ts';
import type { CtapDevice } from './device.ts';

/** What proves user verification to the key for one command: a token's MAC over its message. */
export interface PinUvAuthProof {
  readonly protocol: 1 | 2;
  /** Empty asks the key for a touch alone (CTAP 2.0's way to select one of several keys). */
  readonly pinUvAuthParam: Uint8Array;
}

export interface MakeCredentialRequest {
  readonly clientDataHash: Uint8Array;
  readonly rp: RelyingPartyEntity;
  readonly user: UserEntity;
  /** COSE algorithm identifiers, preferred first. */
  readonly algorithms: readonly number[];
  readonly excludeList?: readonly CredentialDescriptor[] | undefined;
  readonly extensions?: ReadonlyMap<string, unknown> | undefined;
  readonly options?: { readonly rk?: boolean | undefined; readonly uv?: boolean | undefined } | undefined;
  readonly proof?: PinUvAuthProof | undefined;
  /** 1: vendor-facilitated, 2: platform-managed. */
  readonly enterpriseAttestation?: 1 | 2 | undefined;
  readonly attestationFormats?: readonly string[] | undefined;
}

export interface MakeCredentialResponse {
  readonly format: string;
  /** As the key encoded it. */
  readonly authenticatorData: Uint8Array;
  readonly attestationStatement: ReadonlyMap<unknown, unknown>;
  readonly enterpriseAttestation: boolean;
  readonly largeBlobKey: Uint8Array | null;
  readonly unsignedExtensionOutputs: ReadonlyMap<string, unknown>;
}

export const makeCredentialParameters = (request: MakeCredentialRequest): Parameters =>
  parameters(
    [0x01, request.clientDataHash],
    [0x02, relyingPartyMap(request.rp)],
    [0x03, userMap(request.user)],
    [
      0x04,
      request.algorithms.map(
        (alg) =>
          new Map<string, unknown>([
            ['alg', alg],
            ['type', 'public-key'],
          ]),
      ),
    ],
    [0x05, request.excludeList?.map(descriptorMap)],
    [0x06, request.extensions],
    [0x07, optionsMap({ ...request.options })],
    [0x08, request.proof?.pinUvAuthParam],
    [0x09, request.proof?.protocol],
    [0x0a, request.enterpriseAttestation],
    [0x0b, request.attestationFormats],
  );

/** authenticatorMakeCredential (CTAP 2.1 §6.1): waits for the person. @throws CtapError, DeviceError */
export const makeCredential = async (
  device: CtapDevice,
  request: MakeCredentialRequest,
  options: CommandOptions = {},
): Promise<MakeCredentialResponse> => {
  const sent = makeCredentialParameters(request);
  const answer = await sendCommand(device, { command: 'makeCredential', sent }, options);
  return {
    format: answer.required(0x01, 'text'),
    authenticatorData: answer.required(0x02, 'bytes'),
    attestationStatement: answer.required(0x03, 'map'),
    enterpriseAttestation: answer.optional(0x04, 'boolean') ?? false,
    largeBlobKey: answer.optional(0x05, 'bytes'),
    unsignedExtensionOutputs: readOutputs(answer.optionalNested(0x06)),
  };
};
