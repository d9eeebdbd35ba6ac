import type { CborFields } from './fields.ts';

export interface CredentialDescriptor {
  readonly id: Uint8Array;
  readonly transports?: readonly string[] | undefined;
}
export interface RelyingPartyEntity {
  readonly id: string;
  readonly name?: string | null | undefined;
}
export interface UserEntity {
  readonly id: Uint8Array;
  readonly name?: string | null | undefined;
  readonly displayName?: string | null | undefined;
}

const members = (entries: readonly (readonly [string, unknown])[]): ReadonlyMap<string, unknown> =>
  new Map(entries.filter(([, value]) => value !== undefined && value !== null));

/** Transports stay behind: some CTAP 2.0 keys refuse a descriptor with members that they don't expect. */
export const descriptorMap = ({ id }: CredentialDescriptor): ReadonlyMap<string, unknown> =>
  members([
    ['id', id],
    ['type', 'public-key'],
  ]);

export const relyingPartyMap = ({ id, name }: RelyingPartyEntity): ReadonlyMap<string, unknown> =>
  members([
    ['id', id],
    ['name', name],
  ]);

export const userMap = ({ id, name, displayName }: UserEntity): ReadonlyMap<string, unknown> =>
  members([
    ['id', id],
    ['name', name],
    ['displayName', displayName],
  ]);

export const optionsMap = (
  options: Readonly<Record<string, boolean | undefined>>,
): ReadonlyMap<string, unknown> => members(Object.entries(options));

export const readUser = (fields: CborFields): UserEntity => ({
  id: fields.required('id', 'bytes'),
  name: fields.optional('name', 'text'),
  displayName: fields.optional('displayName', 'text'),
});

/** Extension outputs that a key leaves unsigned (CTAP 2.2 §6.1.2). */
export const readOutputs = (fields: CborFields | null): ReadonlyMap<string, unknown> => {
  const outputs = new Map<string, unknown>();
  for (const [name, value] of fields?.map ?? []) if (typeof name === 'string') outputs.set(name, value);
  return outputs;
};
