import type { ConnectedKey, SessionOrder } from '@keywarden/api';
import { toBase64Url } from '@keywarden/fido2/bytes';
import { type SilentAssertionInput, silentAssertion } from '@keywarden/fido2/client';
import type { Clock, CtapDevice } from '@keywarden/fido2/ctap2';
import type { Logger } from 'pino';
import type { Static } from 'typebox';
import type { ConnectedDevice } from '../devices/connected-device.ts';
import type { Operations } from './operations.ts';

/** What asset tags say in `origin`: no browser can make such client data. */
export const assetTagOrigin = 'keywarden:asset-tag';
/** Milliseconds for one key; they are asked side by side. */
const patience = 5_000;

interface IdentifySurroundings {
  readonly clock: Clock;
  readonly log: Logger;
  readonly operations: Pick<Operations, 'verificationOf'>;
}

type Identify = Static<typeof SessionOrder>['identify'];

/**
 * Reads each key anew and lets it prove its asset tag over the order's challenge (lifecycle manager §7). A key that is
 * busy is listed without a tag; one that was just pulled is not listed. One that wants a PIN first is listed without a tag until
 * the person has typed it for something else.
 */
export async function identify(
  devices: readonly ConnectedDevice[],
  order: Identify,
  surroundings: IdentifySurroundings,
): Promise<ConnectedKey[]> {
  const keys = await Promise.all(devices.map((device) => identifyOne(device, order, surroundings)));
  return keys.filter((key) => key !== null);
}

async function identifyOne(
  device: ConnectedDevice,
  order: Identify,
  { clock, log, operations }: IdentifySurroundings,
): Promise<ConnectedKey | null> {
  if (device.gone.aborted) return null;
  const ending = new AbortController();
  const stop = clock.after(patience, () => ending.abort(new Error('the key did not answer in time')));
  const { signal } = ending;
  try {
    const seen = await device.look(() =>
      device.open(signal, async (ctap) => {
        const key = await device.readFacts(ctap, signal);
        // A sensor of its own would ask for a finger, which nobody knows what for.
        const verification =
          key.facts.options['uv'] === true ? undefined : operations.verificationOf(device.connectionId);
        return { ...key, tag: order === null ? null : await readTag(ctap, order, { signal, verification }) };
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
  options: Pick<SilentAssertionInput, 'signal' | 'verification'>,
): Promise<ConnectedKey['tag']> {
  const clientDataJSON = new TextEncoder().encode(
    JSON.stringify({ type: 'webauthn.get', challenge: order.challenge, origin: assetTagOrigin }),
  );
  const assertion = await silentAssertion({ device, rpId: order.rpId, clientDataJSON, ...options });
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
