import { type Static, Type } from 'typebox';
import { PageQuery } from './management.ts';
import { Nullable, PageOf, Timestamp, Uuid } from './primitives.ts';

/** `GET /{tenant}/api/v1/groups` */
export const Group = Type.Object({
  groupId: Uuid,
  displayName: Type.String(),
  externalId: Nullable(
    Type.String({ description: 'what a provisioning directory calls it; null: nobody provisions it' }),
  ),
  memberCount: Type.Integer(),
  version: Type.Integer({ description: 'counts up with every change; what its ETag says' }),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type Group = Static<typeof Group>;
export const GroupPage = PageOf(Group);
export type GroupPage = Static<typeof GroupPage>;
export const GroupQuery = Type.Object({
  query: Type.Optional(Type.String({ maxLength: 256, description: 'how the name begins' })),
  ...PageQuery.properties,
});

/** `GET /{tenant}/api/v1/groups/{groupId}` */
export const GroupDetails = Type.Object({
  ...Group.properties,
  accessCriteria: Type.Array(Type.String(), {
    description: 'access criteria of the workflow that name it, by its name',
  }),
});
export type GroupDetails = Static<typeof GroupDetails>;

export const GroupInput = Type.Object({ displayName: Type.String({ minLength: 1, maxLength: 256 }) });
export type GroupInput = Static<typeof GroupInput>;
/** `POST /{tenant}/api/v1/groups/{groupId}/members` */
export const AddGroupMembers = Type.Object({ userIds: Type.Array(Uuid, { minItems: 1, maxItems: 100 }) });
export type AddGroupMembers = Static<typeof AddGroupMembers>;
