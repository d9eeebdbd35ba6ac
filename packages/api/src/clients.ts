import { type Static, Type } from 'typebox';
import { Timestamp } from './primitives.ts';

/** `/{tenant}/api/v1/clients`: the applications that people sign in to. */
export const Client = Type.Object({
  clientId: Type.String(),
  name: Type.String(),
  redirectUris: Type.Array(Type.String()),
  grantTypes: Type.Array(Type.String()),
  consentRequired: Type.Boolean({ description: 'users are asked before anything of theirs is shared' }),
  mayProvision: Type.Boolean({ description: 'users and groups, by SCIM, with its own access token' }),
  hasSecret: Type.Boolean({ description: 'false: it proves itself with a key of its own, or is public' }),
  builtIn: Type.Boolean({ description: 'the product’s own: neither changed nor deleted' }),
  version: Type.Integer({ description: 'counts up with every change; what its ETag says' }),
  createdAt: Timestamp,
});
export type Client = Static<typeof Client>;
export const ClientList = Type.Object({ items: Type.Array(Client) });

export const NewClient = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 100 }),
  redirectUris: Type.Array(Type.String({ maxLength: 2000 }), { maxItems: 20 }),
  clientCredentials: Type.Optional(Type.Boolean({ description: 'also an access token of its own' })),
  consentRequired: Type.Optional(Type.Boolean()),
  mayProvision: Type.Optional(Type.Boolean({ description: 'users and groups, by SCIM' })),
});
export type NewClient = Static<typeof NewClient>;
/** `PUT /{tenant}/api/v1/clients/{clientId}`: its id and its secret stay. */
export const ChangeClient = Type.Object({
  name: NewClient.properties.name,
  redirectUris: NewClient.properties.redirectUris,
  refreshTokens: Type.Boolean({ description: 'people stay signed in to it' }),
  clientCredentials: Type.Boolean({ description: 'also an access token of its own' }),
  consentRequired: Type.Boolean(),
  mayProvision: Type.Boolean({ description: 'users and groups, by SCIM' }),
});
export type ChangeClient = Static<typeof ChangeClient>;
/** `POST /{tenant}/api/v1/clients/registration-tokens` */
export const RegistrationToken = Type.Object({
  token: Type.String({
    description: 'RFC 7591 §3, an initial access token; shown once, and good for one registration',
  }),
  registrationEndpoint: Type.String(),
  endsAt: Timestamp,
});
export type RegistrationToken = Static<typeof RegistrationToken>;

export const ClientWithSecret = Type.Object({
  client: Client,
  secret: Type.String({ description: 'shown once: nothing tells it again' }),
});
export type ClientWithSecret = Static<typeof ClientWithSecret>;
