import type { EnrollOrder, KeyFacts, OrderResult } from '@keywarden/api';
import { createCredential, forcePinChange, type KeyAccess } from '@keywarden/fido2/client';
import { type AuthenticatorInfo, getInfo } from '@keywarden/fido2/ctap2';
import type { Static } from 'typebox';
import { factsOf, readFacts } from '../devices/facts.ts';
import { WorkstationFailure } from '../failure.ts';
import { type KeyInHand, keyAccess } from './key-access.ts';
import { keyFailure } from './key-failure.ts';
import { replacePin } from './pin-on-key.ts';
import { requireSettings } from './requirements.ts';

type Order = Static<typeof EnrollOrder>;

/** Makes the credential that the identity provider asked for. Lifecycle manager §6: forcePINChange comes last. */
export async function enroll(key: KeyInHand, order: Order): Promise<OrderResult> {
  const { operation, device } = key;
  const access = keyAccess(key);
  const info = await operation.step('check-capabilities', async () => {
    const current = await getInfo(device, { signal: operation.signal });
    requireCapabilities(current, order);
    return current;
  });
  // A key that demands a new PIN gives no token, and without a token no credential.
  if (info.forcePINChange) await operation.step('set-pin', () => replacePin(key, access));
  const credential = await operation.step('create-credential', () =>
    createCredential({ ...access, options: order.options, origin: order.origin }),
  );
  const facts = await finish(key, { access, order, info });
  return { action: 'enroll', credential, facts };
}

function requireCapabilities(info: AuthenticatorInfo, order: Order): void {
  requireSettings(info, {
    pin: false,
    minPINLength: null,
    alwaysUv: null,
    forcePINChange: order.forcePINChange,
  });
  const { residentKey } = order.options.authenticatorSelection;
  if (residentKey === 'required' && info.remainingDiscoverableCredentials === 0) {
    throw new WorkstationFailure('KEY_FULL');
  }
}

/** The credential is on the key: from here on nothing may be told as if nothing had been made. */
async function finish(
  key: KeyInHand,
  { access, order, info }: { access: KeyAccess; order: Order; info: AuthenticatorInfo },
): Promise<KeyFacts> {
  const { operation } = key;
  try {
    operation.pastReturn();
    if (order.forcePINChange) {
      await operation.step('force-pin-change', async () => {
        await forcePinChange(access);
      });
    }
  } catch (error) {
    throw leftover(error);
  }
  const { firmware } = operation.device.key.facts;
  try {
    return await operation.step('read-back', () =>
      readFacts(key.device, { signal: operation.signal, firmware }),
    );
  } catch {
    // Pulled right after the touch: what the key was told it has confirmed, and the credential is in our hands.
    return factsOf({ ...info, forcePINChange: order.forcePINChange }, { firmware, pinRetries: null });
  }
}

/** Codes from which the server concludes that a credential may be left on the key. */
const leavesCredential = ['DEVICE_REMOVED', 'DEVICE_FAILED', 'CTAP_ERROR', 'INTERNAL'];

function leftover(error: unknown): unknown {
  const failure = keyFailure(error);
  if (!(failure instanceof WorkstationFailure) || leavesCredential.includes(failure.code)) return failure;
  return new WorkstationFailure('CTAP_ERROR', {
    message: `The passkey was made, but the key could not be told to demand a new PIN (${failure.message}) It is not assigned; try again.`,
    ctap: failure.ctap ?? undefined,
    retriesLeft: failure.retriesLeft,
    field: 'forcePINChange',
    cause: failure,
  });
}
