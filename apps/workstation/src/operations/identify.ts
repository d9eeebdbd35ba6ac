import type { ConnectedKey, SessionOrder } from '@keywarden/api';
import { toBase64Url } from '@keywarden/fido2/bytes';
import { silentAssertion } from '@keywarden/fido2/client';
import type { Clock, CtapDevice } from '@keywarden/fido2/ctap2';
import type { Logger } from 'pino';
import type { Static } from 'typebox';
import type { ConnectedDevice } from '../devices/connected-device.ts';

/** What asset tags say in `origin`: no browser can make such client data. */
export const assetTagOrigin = 'keywarden:asset-tag';
/** Milliseconds for one key; they are asked side by side. */
const patience = 5_000;

type Identify = Static<typeof SessionOrder>['identify'];

/**
 * Reads each key anew and lets it prove its asset tag over the order's challenge (lifecycle manager §7). A key that is
 * busy, or wants a PIN first, is listed without a tag; one that was just pulled is not listed.
 */
export async function identify(
  devices: readonly ConnectedDevice[],
  order: Identify,
  { clock, log }: { clock: Clock; log: Logger },
): Promise<ConnectedKey[]> {
  const keys = await Promise.all(devices.map((device) => identifyOne(device, order, { clock, log })));
  return keys.filter((key) => key !== null);
}

async function identifyOne(
  device: ConnectedDevice,
  order: Identify,
  { clock, log }: { clock: Clock; log: Logger },
): Promise<ConnectedKey | null> {
  if (device.gone.aborted) return null;
  const ending = new AbortController();
  const stop = clock.after(patience, () => ending.abort(new Error('the key did not answer in time')));
  const { signal } = ending;
  try {
    const seen = await device.look(() =>
      device.open(signal, async (ctap) => {
        const key = await device.readFacts(ctap, signal);
        return { ...key, tag: order === null ? null : await readTag(ctap, order, signal) };
      }),
    );
    return seen ?? device.key;
  } catch (error) {
    log.info({ device: device.connectionId, err: error }, 'key not read');
    return device.gone.aborted ? null : device.key;
  } finally {
    stop();
  }
}

async function readTag(
  device: CtapDevice,
  order: NonNullable<Identify>,
  signal: AbortSignal,
): Promise<ConnectedKey['tag']> {
  const clientDataJSON = new TextEncoder().encode(
    JSON.stringify({ type: 'webauthn.get', challenge: order.challenge, origin: assetTagOrigin }),
  );
  const assertion = await silentAssertion({ device, rpId: order.rpId, clientDataJSON, signal });
  return (
    assertion && {
      credentialId: toBase64Url(assertion.credentialId),
      authenticatorData: toBase64Url(assertion.authenticatorData),
      clientDataJSON: toBase64Url(clientDataJSON),
      signature: toBase64Url(assertion.signature),
      userHandle: assertion.userHandle && toBase64Url(assertion.userHandle),
    }
  );
}
