import type { KeyFacts, OrderResult } from '@keywarden/api';
import { ClientError, resetKey } from '@keywarden/fido2/client';
import type { Clock, CtapDevice } from '@keywarden/fido2/ctap2';
import type { ConnectedDevice } from '../devices/connected-device.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import { WorkstationFailure } from '../failure.ts';
import type { Operation } from './operation.ts';

/** Milliseconds for a person to pull the key out and put it back, and between looks whether she has. */
const patience = 60_000;
const pause = 100;

/**
 * Erases the key. Most take that only in the first seconds after power-up (CTAP 2.1 §6.6): where the key's serial number
 * tells it from every other, it is asked to be put back and erased then; any other key needs an order for its new
 * connection, or we might erase the wrong one.
 */
export async function reset(
  operation: Operation,
  surroundings: { readonly registry: DeviceRegistry; readonly clock: Clock },
): Promise<OrderResult> {
  operation.progress('reset', 'started');
  const first = await tryReset(operation, operation.device);
  const device = first === 'done' ? operation.device : await afterReinsertion(operation, surroundings);
  await operation.device.slip?.write(null);
  operation.progress('reset', 'done');
  // A fresh handle: some keys forget their channels when they erase themselves.
  const facts = await operation.step('read-back', () => read(operation, device));
  return { action: 'reset', facts };
}

async function tryReset(operation: Operation, device: ConnectedDevice): Promise<'done' | 'too-late'> {
  const work = (ctap: CtapDevice): Promise<void> =>
    resetKey({ device: ctap, signal: operation.signal, onTouch: operation.touch });
  try {
    await device.open(operation.signal, work);
  } catch (error) {
    const late = error instanceof ClientError && error.code === 'reset-window-passed';
    if (late && device.key.serial !== null) return 'too-late';
    throw error;
  }
  operation.pastReturn();
  return 'done';
}

async function afterReinsertion(
  operation: Operation,
  { registry, clock }: { registry: DeviceRegistry; clock: Clock },
): Promise<ConnectedDevice> {
  operation.expectReinsertion();
  const end = clock.now() + patience;
  while (clock.now() < end) {
    operation.signal.throwIfAborted();
    const back = registry.list().find((candidate) => isSameKey(candidate, operation.device));
    if (back !== undefined) return eraseReinserted(operation, back);
    await registry.refresh();
    await new Promise<void>((resolve) => void clock.after(pause, resolve));
  }
  throw new WorkstationFailure('DEVICE_REMOVED', {
    message: 'The key was not put back in time. It was not reset; plug it in and try again.',
  });
}

async function eraseReinserted(operation: Operation, device: ConnectedDevice): Promise<ConnectedDevice> {
  const release = await device.reserve();
  try {
    if ((await tryReset(operation, device)) === 'done') return device;
  } finally {
    release();
  }
  throw new WorkstationFailure('CTAP_ERROR', {
    message: 'The key was put back, but did not take the reset in time. Try again.',
  });
}

function isSameKey(candidate: ConnectedDevice, before: ConnectedDevice): boolean {
  const { key } = candidate;
  return (
    candidate !== before &&
    !candidate.gone.aborted &&
    key.serial === before.key.serial &&
    key.facts.aaguid === before.key.facts.aaguid &&
    key.transport === before.key.transport
  );
}

async function read(operation: Operation, device: ConnectedDevice): Promise<KeyFacts> {
  const { signal } = operation;
  return device.open(signal, async (ctap) => (await device.readFacts(ctap, signal)).facts);
}
