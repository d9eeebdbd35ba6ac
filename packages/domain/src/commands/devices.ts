import type { Actor } from '../audit.ts';
import type { Device } from '../device.ts';
import type { DeviceState } from '../device-states.ts';
import { DomainError } from '../errors.ts';
import { requirePermission } from '../permissions.ts';
import type { Page, PageRequest, Ports, Tables } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';

/** A device with what a page shows beside it. */
export interface DeviceDetails {
  readonly device: Device;
  readonly policy: { readonly policyId: string; readonly name: string } | null;
}

export async function listDevices(
  ports: Ports,
  actor: Actor,
  input: {
    tenantId: TenantId;
    state?: DeviceState | undefined;
    query?: string | undefined;
    page: PageRequest;
  },
): Promise<Page<DeviceDetails>> {
  requirePermission(actor, 'devices.read');
  return ports.store.transaction(input.tenantId, async (tables) => {
    const page = await tables.devices.list(
      {
        ...(input.state === undefined ? {} : { state: [input.state] }),
        ...(input.query === undefined ? {} : { query: input.query }),
      },
      input.page,
    );
    return { ...page, items: await describeDevices(tables, page.items) };
  });
}

export async function getDevice(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; deviceId: string },
): Promise<DeviceDetails> {
  requirePermission(actor, 'devices.read');
  return ports.store.transaction(input.tenantId, async (tables) => {
    const device = await tables.devices.get(input.deviceId);
    if (device === null) throw deviceNotFound();
    return describeDevice(tables, device);
  });
}

export async function describeDevices(
  tables: Tables,
  devices: readonly Device[],
): Promise<readonly DeviceDetails[]> {
  const policyIds = new Set(devices.flatMap((device) => (device.policyId === null ? [] : [device.policyId])));
  const names = await tables.policies.names([...policyIds]);
  return devices.map((device) => {
    const name = device.policyId === null ? undefined : names.get(device.policyId);
    const policy =
      device.policyId === null || name === undefined ? null : { policyId: device.policyId, name };
    return { device, policy };
  });
}

export async function describeDevice(tables: Tables, device: Device): Promise<DeviceDetails> {
  const policy = device.policyId === null ? null : await tables.policies.get(device.policyId);
  return { device, policy: policy === null ? null : { policyId: policy.policyId, name: policy.name } };
}

export async function lockDevice(tables: Tables, deviceId: string): Promise<Device> {
  const device = await tables.devices.lock(deviceId);
  if (device === null) throw deviceNotFound();
  return device;
}

export function deviceNotFound(): DomainError {
  return new DomainError('device-not-found', 'This key is not in the inventory. Look at the list again.');
}

/** What a person calls this key. */
export function deviceName(device: Pick<Device, 'model' | 'serial'>): string {
  return device.serial === null ? device.model : `${device.model} ${device.serial}`;
}
