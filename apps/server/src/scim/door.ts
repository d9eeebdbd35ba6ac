import type { ScimPatch, ScimResourceType } from '@keywarden/api';
import type { Actor, DirectoryQuery, ExpectedVersions, Ports } from '@keywarden/domain';
import type { Wanted } from './projection.ts';
import type { Json } from './schema.ts';

/** Who asks, in which tenant, and where the resources of this tenant are. */
export interface Caller {
  readonly ports: Ports;
  readonly actor: Actor;
  readonly tenantId: string;
  /** Without a trailing slash: `https://…/{tenant}/scim/v2`. */
  readonly base: string;
}

export interface Shown {
  readonly id: string;
  /** The entity tag, also in `meta.version`. */
  readonly tag: string;
  /** Whole, before attributes are chosen. */
  readonly resource: Json;
}

export interface ShownPage {
  readonly items: readonly Shown[];
  readonly total: number;
  readonly next: string | null;
}

/** What may be done with the resources of one type. */
export interface ResourceDoor {
  readonly type: ScimResourceType;
  list(caller: Caller, input: { query: DirectoryQuery; wanted: Wanted }): Promise<ShownPage>;
  get(caller: Caller, input: { id: string; wanted: Wanted }): Promise<Shown>;
  create(caller: Caller, body: unknown): Promise<Shown>;
  replace(caller: Caller, input: Change & { body: unknown }): Promise<Shown>;
  /** null: it was done, and there is no need to tell it all. */
  patch(caller: Caller, input: Change & { patch: ScimPatch; wanted: Wanted }): Promise<Shown | null>;
  remove(caller: Caller, input: Change): Promise<void>;
}

export interface Change {
  readonly id: string;
  readonly expected: ExpectedVersions;
}

export function meta(
  caller: Caller,
  of: { type: ScimResourceType; id: string; tag: string; created: Date; lastModified: Date },
): Json {
  return {
    resourceType: of.type.name,
    created: of.created.toISOString(),
    lastModified: of.lastModified.toISOString(),
    location: locationOf(caller, of.type, of.id),
    version: of.tag,
  };
}

export function locationOf({ base }: Caller, type: ScimResourceType, id: string): string {
  return `${base}${type.endpoint}/${encodeURIComponent(id)}`;
}
