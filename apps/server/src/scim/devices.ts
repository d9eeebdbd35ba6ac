import { type ScimResourceType, scimResourceTypes } from '@keywarden/api';
import {
  changeProvisionedDevice,
  getProvisionedDevice,
  isUsable,
  listProvisionedDevices,
  type OwnedPasskey,
  type PasskeyDevice,
  type ProvisionedDeviceChange,
  passkeyDeviceStates,
  provisionDevice,
  removeProvisionedDevice,
} from '@keywarden/domain';
import { weakEntityTag } from '../http/versions.ts';
import { type Caller, locationOf, meta, type ResourceDoor, type Shown } from './door.ts';
import { applyChange, readChanges, readOnly } from './patch.ts';
import { isRecord, type Json } from './schema.ts';
import { readResource, textOr, wrong } from './values.ts';

const type: ScimResourceType = scimResourceTypes.Device;

export const devices: ResourceDoor = {
  type,
  async list(caller, { query }) {
    const { ports, actor, tenantId } = caller;
    const page = await listProvisionedDevices(ports, actor, { tenantId, query });
    return { ...page, items: page.items.map((device) => show(caller, device)) };
  },
  async get(caller, { id }) {
    const { ports, actor, tenantId } = caller;
    return show(caller, await getProvisionedDevice(ports, actor, { tenantId, deviceId: id }));
  },
  async create(caller, body) {
    const { ports, actor, tenantId } = caller;
    const resource = readResource(type, body);
    const { status, ...device } = changeOf(resource, body);
    if (status !== undefined && status !== 'PENDING') {
      throw wrong('status', 'of a new device is PENDING: it becomes ACTIVE when its passkey is enrolled');
    }
    const deviceType = textOr(resource, 'type');
    if (deviceType !== null && !/^[\w.-]{1,64}$/.test(deviceType))
      throw wrong('type', 'is a name such as DT_FIDO');
    const made = await provisionDevice(ports, actor, {
      tenantId,
      device: { ...device, ...(deviceType === null ? {} : { deviceType }) },
    });
    return show(caller, made);
  },
  /** Existing clients send the changed member alone: what is not there stays. */
  async replace(caller, { id, expected, body }) {
    const { ports, actor, tenantId } = caller;
    const resource = readResource(type, body);
    const changed = await changeProvisionedDevice(ports, actor, {
      tenantId,
      deviceId: id,
      expected,
      change: (before) => {
        requireType(resource, before.device);
        return changeOf(resource, body);
      },
    });
    return show(caller, changed);
  },
  async patch(caller, { id, expected, patch }) {
    const { ports, actor, tenantId } = caller;
    const changes = readChanges(type, patch.Operations);
    const changed = await changeProvisionedDevice(ports, actor, {
      tenantId,
      deviceId: id,
      expected,
      change: (before) => {
        const resource = changes.reduce(applyChange, writable(before.device));
        requireType(resource, before.device);
        const after = changeOf(resource, resource);
        return {
          ...after,
          externalId: after.externalId ?? null,
          ownerId: after.ownerId ?? null,
          validity: after.validity ?? { validFrom: null, validUntil: null },
        };
      },
    });
    return show(caller, changed);
  },
  async remove({ ports, actor, tenantId }, { id, expected }) {
    await removeProvisionedDevice(ports, actor, { tenantId, deviceId: id, expected });
  },
};

function requireType(resource: Json, { deviceType }: PasskeyDevice): void {
  const wanted = textOr(resource, 'type');
  if (wanted !== null && wanted !== deviceType) throw readOnly('type');
}

function writable(device: PasskeyDevice): Json {
  const { validFrom, validUntil } = device;
  return {
    id: device.deviceId,
    ...(device.externalId === null ? {} : { externalId: device.externalId }),
    friendlyName: device.friendlyName,
    type: device.deviceType,
    ...(device.userId === null ? {} : { owner: { value: device.userId } }),
    status: { status: device.status },
    ...(validFrom === null && validUntil === null
      ? {}
      : {
          validity: {
            ...(validFrom === null ? {} : { startDate: validFrom.toISOString() }),
            ...(validUntil === null ? {} : { expiryDate: validUntil.toISOString() }),
          },
        }),
  };
}

function show(caller: Caller, { device, ownerUsername }: OwnedPasskey): Shown {
  const { userId } = device;
  return {
    id: device.deviceId,
    tag: weakEntityTag(device.version),
    resource: {
      schemas: [type.schema.id],
      ...writable(device),
      ...(userId === null
        ? {}
        : {
            owner: {
              value: userId,
              ...(ownerUsername === null ? {} : { display: ownerUsername }),
              $ref: locationOf(caller, scimResourceTypes.User, userId),
            },
          }),
      status: { status: device.status, active: isUsable(device, caller.ports.clock.now()) },
      meta: meta(caller, {
        type,
        id: device.deviceId,
        tag: weakEntityTag(device.version),
        created: device.createdAt,
        lastModified: device.updatedAt,
      }),
    },
  };
}

/** What the members that are there ask for; `sent` says which were there with nothing in them. */
function changeOf(resource: Json, sent: unknown): ProvisionedDeviceChange {
  const friendlyName = textOr(resource, 'friendlyName');
  const externalId = textOr(resource, 'externalId');
  const status = statusOf(resource);
  const ownerId = ownerOf(resource, sent);
  const validity = validityOf(resource);
  return {
    ...(friendlyName === null ? {} : { friendlyName }),
    ...(externalId === null ? {} : { externalId: externalId === '' ? null : externalId }),
    ...(status === undefined ? {} : { status }),
    ...(ownerId === undefined ? {} : { ownerId }),
    ...(validity === undefined ? {} : { validity }),
  };
}

function statusOf(resource: Json): PasskeyDevice['status'] | undefined {
  const { status } = resource;
  if (!isRecord(status)) return undefined;
  const name = textOr(status, 'status');
  if (name === null) return undefined;
  const known = passkeyDeviceStates.find((state) => state === name.toUpperCase());
  if (known === undefined) throw wrong('status.status', `is one of ${passkeyDeviceStates.join(', ')}`);
  return known;
}

/** `owner: {value: ""}` and `owner: null` take it from its owner. */
function ownerOf(resource: Json, sent: unknown): string | null | undefined {
  const { owner } = resource;
  if (isRecord(owner)) {
    const id = textOr(owner, 'value');
    if (id !== null) return id === '' ? null : id.toLowerCase();
  }
  const named = isRecord(sent)
    ? Object.entries(sent).find(([name]) => name.toLowerCase() === 'owner')
    : undefined;
  return named !== undefined && named[1] === null ? null : undefined;
}

function validityOf(resource: Json): ProvisionedDeviceChange['validity'] {
  const { validity } = resource;
  if (!isRecord(validity)) return undefined;
  const [start, end] = [textOr(validity, 'startDate'), textOr(validity, 'expiryDate')];
  return {
    validFrom: start === null ? null : new Date(start),
    validUntil: end === null ? null : new Date(end),
  };
}
