import { type Static, Type } from 'typebox';
import { PageQuery } from './management.ts';
import { Nullable, PageOf, Timestamp, Uuid } from './primitives.ts';

export const OperatorRole = Type.Enum(['owner', 'administrator', 'operator', 'help-desk', 'auditor']);
export type OperatorRole = Static<typeof OperatorRole>;

/** `GET /{tenant}/api/v1/operators`: who works with this console. */
export const Operator = Type.Object({
  operatorId: Uuid,
  name: Type.String(),
  email: Nullable(Type.String()),
  role: OperatorRole,
  status: Type.Enum(['active', 'deactivated']),
  version: Type.Integer({ description: 'counts up with every change; what its ETag says' }),
  createdAt: Timestamp,
  lastSignedInAt: Nullable(Timestamp),
});
export type Operator = Static<typeof Operator>;
export const OperatorPage = PageOf(Operator);
export type OperatorPage = Static<typeof OperatorPage>;
export const OperatorQuery = Type.Object({
  query: Type.Optional(Type.String({ maxLength: 256, description: 'part of the name or of the address' })),
  ...PageQuery.properties,
});

export const NewOperator = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 256 }),
  email: Nullable(Type.String({ format: 'email', maxLength: 320 })),
  role: OperatorRole,
});
export type NewOperator = Static<typeof NewOperator>;
/** `PUT /{tenant}/api/v1/operators/{operatorId}`; who is deactivated is signed out everywhere. */
export const ChangeOperator = Type.Object({
  ...NewOperator.properties,
  status: Operator.properties.status,
});
export type ChangeOperator = Static<typeof ChangeOperator>;

/** A sign-in link, shown once and good once; whoever opens it acts in this operator's name. */
export const OperatorInvitation = Type.Object({
  operator: Operator,
  signInUrl: Type.String(),
  expiresAt: Timestamp,
});
export type OperatorInvitation = Static<typeof OperatorInvitation>;

/** `GET /{tenant}/api/v1/operators/roles` */
export const OperatorRoleTable = Type.Object({
  roles: Type.Array(
    Type.Object({
      role: OperatorRole,
      permissions: Type.Array(Type.String({ description: 'such as `devices.assign`' })),
    }),
  ),
});
export type OperatorRoleTable = Static<typeof OperatorRoleTable>;
