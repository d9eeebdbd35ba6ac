import { concatBytes } from '../bytes/index.ts';
import { encode } from '../cbor/index.ts';
import type { PinUvAuthToken } from './client-pin.ts';
import { type CommandOptions, type Parameters, parameters, sendCommand } from './command.ts';
import type { CtapDevice } from './device.ts';
import type { CborFields } from './fields.ts';
import { isCtapError } from './status.ts';

/** CTAP 2.1 §6.7. */
export const bioEnrollmentSubCommand = {
  enrollBegin: 0x01,
  enrollCaptureNextSample: 0x02,
  cancelCurrentEnrollment: 0x03,
  enumerateEnrollments: 0x04,
  setFriendlyName: 0x05,
  removeEnrollment: 0x06,
  getFingerprintSensorInfo: 0x07,
} as const;

const fingerprintModality = 0x01;

/** CTAP 2.1 §6.7.4, lastEnrollSampleStatus. */
export const fingerprintSampleStatuses = [
  'good',
  'too-high',
  'too-low',
  'too-left',
  'too-right',
  'too-fast',
  'too-slow',
  'poor-quality',
  'too-skewed',
  'too-short',
  'merge-failure',
  'exists',
  'reserved',
  'no-user-activity',
  'no-user-presence-transition',
] as const;
export type FingerprintSampleStatus = (typeof fingerprintSampleStatuses)[number] | 'unknown';

export interface FingerprintSample {
  readonly templateId: Uint8Array;
  readonly status: FingerprintSampleStatus;
  readonly remainingSamples: number;
}
export interface FingerprintTemplate {
  readonly templateId: Uint8Array;
  readonly friendlyName: string | null;
}
export interface FingerprintSensor {
  readonly kind: 'touch' | 'swipe' | 'unknown';
  readonly maxCaptureSamplesRequiredForEnroll: number;
  /** Bytes of UTF-8. */
  readonly maxTemplateFriendlyName: number | null;
}

export interface BioEnrollmentContext extends CommandOptions {
  readonly device: CtapDevice;
  /** With `bioEnrollment`. */
  readonly token: PinUvAuthToken;
  /** The command of keys from before CTAP 2.1 (`userVerificationMgmtPreview` in getInfo). */
  readonly preview: boolean;
}

const command = (preview: boolean): 'bioEnrollment' | 'bioEnrollmentPreview' =>
  preview ? 'bioEnrollmentPreview' : 'bioEnrollment';

/** Needs no token. @throws CtapError, DeviceError */
export const fingerprintSensor = async (
  device: CtapDevice,
  options: CommandOptions & { readonly preview: boolean },
): Promise<FingerprintSensor> => {
  const sent = parameters(
    [0x01, fingerprintModality],
    [0x02, bioEnrollmentSubCommand.getFingerprintSensorInfo],
  );
  const answer = await sendCommand(device, { command: command(options.preview), sent }, options);
  const kind = answer.required(0x02, 'integer');
  return {
    kind: kind === 1 ? 'touch' : kind === 2 ? 'swipe' : 'unknown',
    maxCaptureSamplesRequiredForEnroll: answer.required(0x03, 'integer'),
    maxTemplateFriendlyName: answer.optional(0x08, 'integer'),
  };
};

/** authenticatorBioEnrollment (CTAP 2.1 §6.7). Every method throws CtapError and DeviceError. */
export class BioEnrollment {
  readonly #context: BioEnrollmentContext;

  constructor(context: BioEnrollmentContext) {
    this.#context = context;
  }

  /** The first sample of a new finger. @param timeout milliseconds for the person to lay it on */
  async begin(timeout?: number, options?: CommandOptions): Promise<FingerprintSample> {
    const sub = parameters([0x03, timeout]);
    const answer = await this.#send(bioEnrollmentSubCommand.enrollBegin, sub, options);
    return this.#sample(answer, answer.required(0x04, 'bytes'));
  }

  async captureNext(
    templateId: Uint8Array,
    timeout?: number,
    options?: CommandOptions,
  ): Promise<FingerprintSample> {
    const sub = parameters([0x01, templateId], [0x03, timeout]);
    const answer = await this.#send(bioEnrollmentSubCommand.enrollCaptureNextSample, sub, options);
    return this.#sample(answer, templateId);
  }

  /** Needs no token of its own. */
  async cancel(): Promise<void> {
    const { device, preview } = this.#context;
    const sent = parameters(
      [0x01, fingerprintModality],
      [0x02, bioEnrollmentSubCommand.cancelCurrentEnrollment],
    );
    await sendCommand(device, { command: command(preview), sent }, this.#context);
  }

  async templates(): Promise<readonly FingerprintTemplate[]> {
    try {
      const answer = await this.#send(bioEnrollmentSubCommand.enumerateEnrollments);
      return answer.listOfMaps(0x07).map((template) => ({
        templateId: template.required(0x01, 'bytes'),
        friendlyName: template.optional(0x02, 'text'),
      }));
    } catch (error) {
      // CTAP 2.1 §6.7.6: no enrollments at all is told as an error.
      if (isCtapError(error, 'CTAP2_ERR_INVALID_OPTION')) return [];
      throw error;
    }
  }

  async rename(templateId: Uint8Array, friendlyName: string): Promise<void> {
    await this.#send(
      bioEnrollmentSubCommand.setFriendlyName,
      parameters([0x01, templateId], [0x02, friendlyName]),
    );
  }

  async remove(templateId: Uint8Array): Promise<void> {
    await this.#send(bioEnrollmentSubCommand.removeEnrollment, parameters([0x01, templateId]));
  }

  #sample(answer: CborFields, templateId: Uint8Array): FingerprintSample {
    const status = fingerprintSampleStatuses[answer.required(0x05, 'integer')] ?? 'unknown';
    return { templateId, status, remainingSamples: answer.required(0x06, 'integer') };
  }

  #send(subCommand: number, sub: Parameters = new Map(), options?: CommandOptions): Promise<CborFields> {
    const { device, token, preview } = this.#context;
    const message = concatBytes(
      Uint8Array.of(fingerprintModality, subCommand),
      sub.size === 0 ? new Uint8Array() : encode(sub),
    );
    const sent = parameters(
      [0x01, fingerprintModality],
      [0x02, subCommand],
      [0x03, sub],
      [0x04, token.protocol],
      [0x05, token.authenticate(message)],
    );
    return sendCommand(device, { command: command(preview), sent }, { ...this.#context, ...options });
  }
}
