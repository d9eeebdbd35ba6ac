import type { ConfigureOrder, OrderResult, RegistrationCredentialJson } from '@keywarden/api';
import { toBase64Url } from '@keywarden/fido2/bytes';
import {
  createCredential,
  ensurePin,
  type KeyAccess,
  setAlwaysUv,
  setMinPinLength,
  silentAssertion,
} from '@keywarden/fido2/client';
import { type AuthenticatorInfo, getInfo } from '@keywarden/fido2/ctap2';
import type { Static } from 'typebox';
import { readFacts } from '../devices/facts.ts';
import { WorkstationFailure } from '../failure.ts';
import { assetTagOrigin } from './identify.ts';
import { type KeyInHand, keyAccess } from './key-access.ts';
import { bringPinToRules, replacePin } from './pin-on-key.ts';
import type { PinRules } from './pin-rules.ts';
import { requireSettings, unmet } from './requirements.ts';

type Order = Static<typeof ConfigureOrder>;
type AssetTagOrder = NonNullable<Order['assetTag']>;

/** ES256: every FIDO2 key has it. */
const tagAlgorithm = -7;

/**
 * Writes a policy to a key, in the order that works (lifecycle manager §6): look first, then PIN, settings, asset tag,
 * and read back. Each step looks at what is there, so that a second time finishes what a first one left half done.
 */
export async function configure(key: KeyInHand, order: Order): Promise<OrderResult> {
  const { operation, device } = key;
  const rules = rulesOf(order);
  const access = keyAccess(key, rules);
  const info = await operation.step('check-capabilities', async () => {
    const current = await getInfo(device, { signal: operation.signal });
    requireSettings(current, {
      pin: order.pin.mode === 'typed',
      minPINLength: order.minPINLength,
      alwaysUv: order.alwaysUv,
      forcePINChange: false,
    });
    requireFittingPin(current, order);
    if (order.assetTag !== null) await requireRoomForTag(key, { info: current, tag: order.assetTag });
    return current;
  });
  await setPin(key, { info, access, order, rules });
  await writeSettings(key, { info, access, order });
  const assetTag = await writeAssetTag(key, { access, tag: order.assetTag });
  operation.pastReturn();
  const facts = await operation.step('read-back', () => readBack(key, order));
  return { action: 'configure', facts, assetTag };
}

function rulesOf({ pin, minPINLength }: Order): PinRules {
  const { maximumLength, characters } = pin;
  return { minimumLength: Math.max(pin.minimumLength, minPINLength ?? 0), maximumLength, characters };
}

function requireFittingPin(info: AuthenticatorInfo, order: Order): void {
  if (order.pin.mode !== 'typed') return;
  const shortest = Math.max(info.minPINLength, rulesOf(order).minimumLength);
  if (shortest > order.pin.maximumLength) {
    throw unmet('pinMaximumLength', `its PIN must have at least ${shortest} characters.`);
  }
  if (shortest > info.maxPINLength) {
    throw unmet('pinMinimumLength', `its PIN can have at most ${info.maxPINLength} characters.`);
  }
}

async function requireRoomForTag(
  { device, operation }: KeyInHand,
  { info, tag }: { info: AuthenticatorInfo; tag: AssetTagOrder },
): Promise<void> {
  if (info.options['rk'] !== true) throw unmet('assetTag', 'it cannot hold discoverable credentials.');
  if (info.algorithms.length > 0 && !info.algorithms.includes(tagAlgorithm)) {
    throw unmet('assetTag', 'it does not know ES256.');
  }
  if (info.remainingDiscoverableCredentials !== 0) return;
  // CTAP 2.1 §6.1.2: the same RP ID and user handle overwrites, and needs no more room.
  const clientDataJSON = new TextEncoder().encode('{}');
  const there = await silentAssertion({ device, rpId: tag.rpId, clientDataJSON, signal: operation.signal });
  if (there?.userHandle && toBase64Url(there.userHandle) === tag.userHandle) return;
  throw new WorkstationFailure('KEY_FULL');
}

interface Writing {
  readonly info: AuthenticatorInfo;
  readonly access: KeyAccess;
  readonly order: Order;
}

async function setPin(
  key: KeyInHand,
  { info, access, order, rules }: Writing & { rules: PinRules },
): Promise<void> {
  const { operation } = key;
  if (order.pin.mode === 'none' && !info.forcePINChange) {
    operation.progress('set-pin', 'skipped');
    return;
  }
  await operation.step('set-pin', async () => {
    if (info.options['clientPin'] !== true) {
      await ensurePin(access);
      await operation.pinIsOnKey();
      return;
    }
    if (info.forcePINChange) await replacePin(key, access);
    else await bringPinToRules(key, access, rules);
  });
}

async function writeSettings(key: KeyInHand, { info, access, order }: Writing): Promise<void> {
  const { operation } = key;
  const raises = order.minPINLength !== null && order.minPINLength > info.minPINLength;
  const toggles = order.alwaysUv !== null && order.alwaysUv !== (info.options['alwaysUv'] ?? false);
  if (!raises && !toggles) {
    operation.progress('write-policy', 'skipped');
    return;
  }
  await operation.step('write-policy', async () => {
    if (order.minPINLength !== null) await setMinPinLength(access, { length: order.minPINLength });
    if (order.alwaysUv !== null) await setAlwaysUv(access, order.alwaysUv);
  });
}

async function writeAssetTag(
  { operation }: KeyInHand,
  { access, tag }: { access: KeyAccess; tag: AssetTagOrder | null },
): Promise<RegistrationCredentialJson | null> {
  if (tag === null) {
    operation.progress('write-asset-tag', 'skipped');
    return null;
  }
  return operation.step('write-asset-tag', () =>
    createCredential({
      ...access,
      origin: assetTagOrigin,
      options: {
        rp: { id: tag.rpId, name: tag.rpName },
        user: { id: tag.userHandle, name: tag.rpName, displayName: tag.rpName },
        challenge: tag.challenge,
        pubKeyCredParams: [{ type: 'public-key', alg: tagAlgorithm }],
        authenticatorSelection: { residentKey: 'required', userVerification: 'discouraged' },
        attestation: 'none',
      },
    }),
  );
}

/** What the key says now, which must be what was asked of it: a setting that did not stay is no success. */
async function readBack({ operation, device }: KeyInHand, order: Order) {
  const facts = await readFacts(device, {
    signal: operation.signal,
    firmware: operation.device.key.facts.firmware,
  });
  const differs =
    (order.pin.mode === 'typed' && facts.clientPinSet !== true && 'pinMode') ||
    (order.minPINLength !== null && (facts.minPINLength ?? 4) < order.minPINLength && 'minPINLength') ||
    (order.alwaysUv !== null && (facts.options['alwaysUv'] ?? false) !== order.alwaysUv && 'alwaysUv');
  if (differs) {
    throw new WorkstationFailure('POLICY_UNMET', {
      field: differs,
      message: 'The key took the setting but did not keep it. Use another key or policy.',
    });
  }
  return facts;
}
