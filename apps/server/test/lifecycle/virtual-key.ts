import { randomBytes } from 'node:crypto';
import type { KeyFacts } from '@keywarden/domain';
import { toBase64Url } from '@keywarden/fido2/bytes';
import {
  createCredential,
  ensurePin,
  forcePinChange,
  type KeyAccess,
  listCredentials,
  pinRetries,
  removeCredentials,
  resetKey,
  setAlwaysUv,
  setMinPinLength,
  silentAssertion,
} from '@keywarden/fido2/client';
import { type CtapDevice, getInfo } from '@keywarden/fido2/ctap2';
import { openCtapHid } from '@keywarden/fido2/ctaphid';
import {
  createVirtualAuthenticator,
  type VirtualAttestationRoot,
  type VirtualProfile,
} from '@keywarden/fido2/virtual-authenticator';
import type { TestKey } from './soft-key.ts';

const random = (length: number) => new Uint8Array(randomBytes(length));
const clock = {
  now: () => performance.now(),
  after: (milliseconds: number, callback: () => void) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** The virtual authenticator over CTAPHID, driven by the real client: real CTAP2 messages, real registrations. */
export async function virtualKey(
  options: {
    serial: string | null;
    pin: string;
    profile?: VirtualProfile;
    attestation?: VirtualAttestationRoot;
  } = {
    serial: 'VK-1',
    pin: '123456',
  },
): Promise<TestKey> {
  let stored: Uint8Array | null = null;
  const authenticator = await createVirtualAuthenticator({
    serial: options.serial ?? 'VK-X',
    profile: options.profile,
    store: {
      load: async () => stored,
      save: async (state) => {
        stored = state;
      },
    },
    clock,
    random,
    touch: 5,
    attestation: options.attestation ?? 'self',
  });

  async function open<T>(use: (device: CtapDevice, access: KeyAccess) => Promise<T>): Promise<T> {
    const device = await openCtapHid(authenticator.connect(), { clock, random });
    try {
      return await use(device, { device, random, pin: async () => options.pin });
    } finally {
      await device.close();
    }
  }

  const facts = (): Promise<KeyFacts> =>
    open(async (device) => {
      const info = await getInfo(device, {});
      const hasPin = info.options['clientPin'] === true;
      return {
        aaguid: info.aaguid,
        versions: info.versions,
        extensions: info.extensions,
        options: info.options,
        transports: info.transports,
        firmware: info.firmwareVersion === null ? null : String(info.firmwareVersion),
        minPINLength: info.minPINLength,
        forcePINChange: info.forcePINChange,
        remainingDiscoverableCredentials: info.remainingDiscoverableCredentials,
        algorithms: info.algorithms,
        clientPinSet: info.options['clientPin'] ?? null,
        pinRetries: hasPin ? ((await pinRetries({ device }))?.retries ?? null) : null,
      };
    });

  return {
    model: authenticator.productName,
    serial: options.serial,
    facts,
    configure: (order) =>
      open(async (_device, access) => {
        if (order.pin.mode === 'typed') await ensurePin(access);
        if (order.minPINLength !== null) await setMinPinLength(access, { length: order.minPINLength });
        if (order.alwaysUv !== null) await setAlwaysUv(access, order.alwaysUv);
        const tag = order.assetTag;
        if (tag === null) return null;
        return createCredential({
          ...access,
          origin: 'keywarden:asset-tag',
          options: {
            rp: { id: tag.rpId, name: tag.rpName },
            user: { id: tag.userHandle, name: tag.rpName, displayName: tag.rpName },
            challenge: tag.challenge,
            pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
            authenticatorSelection: { residentKey: 'required', userVerification: 'discouraged' },
            attestation: 'none',
          },
        });
      }),
    enroll: (order) =>
      open(async (_device, access) => {
        const made = await createCredential({ ...access, options: order.options, origin: order.origin });
        if (order.forcePINChange) await forcePinChange(access);
        return made;
      }),
    remove: (order) =>
      open(async (_device, access) => {
        let removed = 0;
        for (const one of await listCredentials(access, order.rpId)) {
          const credentialId = toBase64Url(one.credentialId);
          if (order.credentialId !== null && order.credentialId !== credentialId) continue;
          if (order.userHandle !== null && order.userHandle !== toBase64Url(one.userHandle)) continue;
          if (order.keepCredentialIds.includes(credentialId)) continue;
          removed += await removeCredentials({
            ...access,
            rpId: order.rpId,
            credentialId: one.credentialId,
            userHandle: null,
          });
        }
        return removed;
      }),
    identify: ({ rpId, challenge }) =>
      open(async (device) => {
        const clientDataJSON = new TextEncoder().encode(
          JSON.stringify({ type: 'webauthn.get', challenge, origin: 'keywarden:asset-tag' }),
        );
        const assertion = await silentAssertion({ device, rpId, clientDataJSON });
        return (
          assertion && {
            credentialId: toBase64Url(assertion.credentialId),
            authenticatorData: toBase64Url(assertion.authenticatorData),
            clientDataJSON: toBase64Url(clientDataJSON),
            signature: toBase64Url(assertion.signature),
            userHandle: assertion.userHandle && toBase64Url(assertion.userHandle),
          }
        );
      }),
    reset: () => open(async (device) => resetKey({ device })),
    held: (rpId) =>
      open(async (_device, access) =>
        (await listCredentials(access, rpId)).map((one) => toBase64Url(one.credentialId)),
      ),
  };
}
