import path from 'node:path';
import { toBase64Url } from '@keywarden/fido2/bytes';
import type { Clock, RandomBytes } from '@keywarden/fido2/ctap2';
import type { Logger } from 'pino';
import type { DeviceSource } from './devices/plugged-key.ts';
import { DeviceRegistry } from './devices/registry.ts';
import { virtualKey } from './devices/serial-numbers/virtual.ts';
import { yubiKey } from './devices/serial-numbers/yubikey.ts';
import { openIdentity } from './identity.ts';
import { Operations } from './operations/operations.ts';
import { Receipts } from './orders/receipts.ts';
import { UsedOrders } from './orders/used-orders.ts';
import { PageServer } from './pages/server.ts';
import { Pairings } from './pairings.ts';
import { Requests } from './requests.ts';
import { Sessions } from './sessions.ts';
import { VirtualKeys } from './virtual/virtual-keys.ts';

/** Milliseconds in which an operation that can't be called off any more may end when the service stops. */
const lastPatience = 3_000;

export interface WorkstationOptions {
  /** Of the WebSocket; 0 takes a free one. */
  readonly port: number;
  /** Made where it is missing, for nobody else's eyes. */
  readonly folder: string;
  /** 0 for none. */
  readonly virtualKeys: number;
  /** Milliseconds until a virtual key that blinks is touched. */
  readonly reaction: number;
  /** Real keys. */
  readonly sources: readonly DeviceSource[];
  readonly clock: Clock;
  readonly now: () => Date;
  readonly random: RandomBytes;
  readonly log: Logger;
}

export interface RunningWorkstation {
  readonly url: string;
  readonly workstationId: string;
  /** null without the flag. */
  readonly virtualKeys: VirtualKeys | null;
  /** A second time waits for the first. */
  stop(): Promise<void>;
}

/** Wires the service and opens its door. @throws where the folder can't be used or the port is taken */
export async function startWorkstation(options: WorkstationOptions): Promise<RunningWorkstation> {
  const { folder, clock, now, random, log } = options;
  const newId = (): string => toBase64Url(random(12));
  const identity = await openIdentity(folder);
  const pairings = new Pairings(folder, log);
  const usedOrders = await UsedOrders.open(folder, now);
  const receipts = await Receipts.open(folder, identity, now);
  const virtualKeys = options.virtualKeys > 0 ? await openVirtualKeys(options) : null;

  const sources = virtualKeys === null ? options.sources : [...options.sources, virtualKeys];
  const registry = new DeviceRegistry(
    { sources, drivers: [virtualKey, yubiKey], clock, newId, log },
    {
      attached: (device) => sessions.current?.page.send({ event: 'device.attached', device: device.key }),
      removed: (device) => {
        operations.removed(device);
        sessions.current?.page.send({ event: 'device.removed', connectionId: device.connectionId });
      },
    },
  );
  const operations = new Operations({ registry, usedOrders, receipts, clock, random, log });
  const sessions = new Sessions({
    begun: () => registry.watch(true),
    ended: () => {
      operations.abandonAll();
      registry.watch(false);
    },
  });
  const { workstationId } = identity;
  const server = await PageServer.listen({
    port: options.port,
    pairings,
    requests: new Requests({
      ...{ workstationId, pairings, sessions, registry, operations, usedOrders, receipts },
      ...{ clock, now, log },
    }),
    clock,
    newId,
    log,
  }).catch(async (error: unknown) => {
    await registry.close();
    throw error;
  });
  await registry.refresh();
  const stop = async (): Promise<void> => {
    sessions.stop();
    await operations.stop(lastPatience);
    await server.close();
    await registry.close();
  };
  let stopped: Promise<void> | null = null;
  return {
    url: `ws://127.0.0.1:${server.port}`,
    workstationId,
    virtualKeys,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

function openVirtualKeys(options: WorkstationOptions): Promise<VirtualKeys> {
  const { clock, random, now, reaction } = options;
  const folder = path.join(options.folder, 'virtual');
  return VirtualKeys.open({ folder, count: options.virtualKeys, reaction, clock, random, now });
}
