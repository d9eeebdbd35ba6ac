import { concatBytes } from '../bytes/index.ts';
import { encode } from '../cbor/index.ts';
import type { PinUvAuthToken } from './client-pin.ts';
import { type CommandOptions, type Parameters, parameters, sendCommand } from './command.ts';
import { descriptorMap, readUser, type UserEntity, userMap } from './credential-shapes.ts';
import { type CtapDevice, DeviceError } from './device.ts';
import type { CborFields } from './fields.ts';
import { isCtapError } from './status.ts';

/** CTAP 2.1 §6.8. */
export const credentialManagementSubCommand = {
  getCredsMetadata: 0x01,
  enumerateRPsBegin: 0x02,
  enumerateRPsGetNextRP: 0x03,
  enumerateCredentialsBegin: 0x04,
  enumerateCredentialsGetNextCredential: 0x05,
  deleteCredential: 0x06,
  updateUserInformation: 0x07,
} as const;

export interface CredentialsMetadata {
  readonly existingResidentCredentialsCount: number;
  readonly maxPossibleRemainingResidentCredentialsCount: number;
}
export interface ManagedRelyingParty {
  /** Null where the key cut it: `rpIdHash` tells it exactly. */
  readonly id: string | null;
  readonly rpIdHash: Uint8Array;
}
export interface ManagedCredential {
  readonly user: UserEntity;
  readonly credentialId: Uint8Array;
  /** COSE_Key. */
  readonly publicKey: ReadonlyMap<unknown, unknown> | null;
  readonly credProtect: number | null;
  readonly largeBlobKey: Uint8Array | null;
  readonly thirdPartyPayment: boolean | null;
}

/** A key that promises more would keep us asking for ever. */
const mostEnumerated = 10_000;

export interface CredentialManagementContext extends CommandOptions {
  readonly device: CtapDevice;
  /** With `credentialManagement`. */
  readonly token: PinUvAuthToken;
  /** The command of keys from before CTAP 2.1 (`credentialMgmtPreview` in getInfo). */
  readonly preview: boolean;
}

/**
 * authenticatorCredentialManagement (CTAP 2.1 §6.8). An enumeration is lost when another command comes between its
 * steps, so each method runs its own to the end. Every method throws CtapError and DeviceError.
 */
export class CredentialManagement {
  readonly #context: CredentialManagementContext;

  constructor(context: CredentialManagementContext) {
    this.#context = context;
  }

  async metadata(): Promise<CredentialsMetadata> {
    const answer = await this.#send(credentialManagementSubCommand.getCredsMetadata);
    return {
      existingResidentCredentialsCount: answer.required(0x01, 'integer'),
      maxPossibleRemainingResidentCredentialsCount: answer.required(0x02, 'integer'),
    };
  }

  async relyingParties(): Promise<readonly ManagedRelyingParty[]> {
    const answers = await this.#enumerate(
      () => this.#send(credentialManagementSubCommand.enumerateRPsBegin),
      { next: credentialManagementSubCommand.enumerateRPsGetNextRP, total: 0x05 },
    );
    return answers.map((answer) => ({
      id: answer.optionalNested(0x03)?.optional('id', 'text') ?? null,
      rpIdHash: answer.required(0x04, 'bytes'),
    }));
  }

  async credentials(rpIdHash: Uint8Array): Promise<readonly ManagedCredential[]> {
    const answers = await this.#enumerate(
      () =>
        this.#send(credentialManagementSubCommand.enumerateCredentialsBegin, parameters([0x01, rpIdHash])),
      { next: credentialManagementSubCommand.enumerateCredentialsGetNextCredential, total: 0x09 },
    );
    return answers.map((answer) => ({
      user: readUser(answer.nested(0x06)),
      credentialId: answer.nested(0x07).required('id', 'bytes'),
      publicKey: answer.optional(0x08, 'map'),
      credProtect: answer.optional(0x0a, 'integer'),
      largeBlobKey: answer.optional(0x0b, 'bytes'),
      thirdPartyPayment: answer.optional(0x0c, 'boolean'),
    }));
  }

  async deleteCredential(credentialId: Uint8Array): Promise<void> {
    const sub = parameters([0x02, descriptorMap({ id: credentialId })]);
    await this.#send(credentialManagementSubCommand.deleteCredential, sub);
  }

  /** The user's id stays; it only finds the credential. */
  async updateUserInformation(credentialId: Uint8Array, user: UserEntity): Promise<void> {
    const sub = parameters([0x02, descriptorMap({ id: credentialId })], [0x03, userMap(user)]);
    await this.#send(credentialManagementSubCommand.updateUserInformation, sub);
  }

  async #enumerate(
    begin: () => Promise<CborFields>,
    { next, total }: { readonly next: number; readonly total: number },
  ): Promise<readonly CborFields[]> {
    let first: CborFields;
    try {
      first = await begin();
    } catch (error) {
      if (isCtapError(error, 'CTAP2_ERR_NO_CREDENTIALS')) return [];
      throw error;
    }
    const count = first.optional(total, 'integer') ?? 0;
    // Some keys of the preview's time answer OK and a total of zero instead of CTAP2_ERR_NO_CREDENTIALS.
    if (count === 0) return [];
    if (count > mostEnumerated) {
      throw new DeviceError('response-malformed', `credentialManagement: ${count} items, as no key has`);
    }
    const answers = [first];
    while (answers.length < count) {
      const { device } = this.#context;
      answers.push(
        await sendCommand(
          device,
          { command: this.#command(), sent: parameters([0x01, next]) },
          this.#context,
        ),
      );
    }
    return answers;
  }

  #command(): 'credentialManagement' | 'credentialManagementPreview' {
    return this.#context.preview ? 'credentialManagementPreview' : 'credentialManagement';
  }

  #send(subCommand: number, sub: Parameters = new Map()): Promise<CborFields> {
    const { device, token } = this.#context;
    const message = concatBytes(Uint8Array.of(subCommand), sub.size === 0 ? new Uint8Array() : encode(sub));
    const sent = parameters(
      [0x01, subCommand],
      [0x02, sub],
      [0x03, token.protocol],
      [0x04, token.authenticate(message)],
    );
    return sendCommand(device, { command: this.#command(), sent }, this.#context);
  }
}
