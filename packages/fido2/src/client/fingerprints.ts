import {
  BioEnrollment,
  type FingerprintSample,
  type FingerprintSensor,
  type FingerprintTemplate,
  fingerprintSensor,
} from '../ctap2/bio-enrollment.ts';
import { type PinUvAuthToken, tokenPermission } from '../ctap2/client-pin.ts';
import type { KeyAccess } from './access.ts';
import { withToken } from './authorization.ts';
import { describeKey } from './capabilities.ts';
import { ClientError } from './errors.ts';
import { type KeySession, openSession } from './session.ts';
import { translating } from './translate.ts';

const requireSensor = ({ info }: KeySession): { readonly preview: boolean } => {
  if (!describeKey(info).fingerprints) {
    throw new ClientError('unsupported', 'the key has no fingerprint sensor', { field: 'fingerprints' });
  }
  return { preview: info.options['bioEnroll'] === undefined };
};

const enrolling = <T>(session: KeySession, use: (bio: BioEnrollment) => Promise<T>): Promise<T> => {
  const { preview } = requireSensor(session);
  const { device, options } = session;
  return withToken(session, { permissions: tokenPermission.bioEnrollment }, (token: PinUvAuthToken) =>
    use(new BioEnrollment({ ...options, device, token, preview })),
  );
};

/** Asks nobody. @throws ClientError, DeviceError */
export const readFingerprintSensor = (access: KeyAccess): Promise<FingerprintSensor> =>
  translating(async () => {
    const session = await openSession(access);
    return fingerprintSensor(session.device, { ...session.options, ...requireSensor(session) });
  });

/** @throws ClientError, DeviceError, what the PinSource throws */
export const listFingerprints = (access: KeyAccess): Promise<readonly FingerprintTemplate[]> =>
  translating(async () => enrolling(await openSession(access), (bio) => bio.templates()));

export interface EnrollFingerprintInput extends KeyAccess {
  readonly friendlyName?: string | undefined;
  /** After each time that the finger was laid on, good or not. */
  readonly onSample?: ((sample: FingerprintSample) => void) | undefined;
}

/** Captures until the key has enough. @returns the template's id. @throws ClientError, DeviceError, what the PinSource throws */
export const enrollFingerprint = (input: EnrollFingerprintInput): Promise<Uint8Array> =>
  translating(async () => {
    const session = await openSession(input);
    const { friendlyName, onSample = () => {} } = input;
    return enrolling(session, async (bio) => {
      let sample = await session.withTouch((options) => bio.begin(undefined, options));
      onSample(sample);
      try {
        while (sample.remainingSamples > 0) {
          session.throwIfCancelled();
          const { templateId } = sample;
          sample = await session.withTouch((options) => bio.captureNext(templateId, undefined, options));
          onSample(sample);
        }
      } catch (error) {
        // The key forgets the samples by itself when it is gone.
        await bio.cancel().catch(() => {});
        throw error;
      }
      if (friendlyName !== undefined) await bio.rename(sample.templateId, friendlyName);
      return sample.templateId;
    });
  });

/** @throws ClientError, DeviceError, what the PinSource throws */
export const renameFingerprint = (
  access: KeyAccess,
  { templateId, friendlyName }: { readonly templateId: Uint8Array; readonly friendlyName: string },
): Promise<void> =>
  translating(async () =>
    enrolling(await openSession(access), (bio) => bio.rename(templateId, friendlyName)),
  );

/** @throws ClientError, DeviceError, what the PinSource throws */
export const removeFingerprint = (access: KeyAccess, templateId: Uint8Array): Promise<void> =>
  translating(async () => enrolling(await openSession(access), (bio) => bio.remove(templateId)));
