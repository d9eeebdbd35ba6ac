import { Assignment } from '@keywarden/api';
import { permissions, resolveAssignment } from '@keywarden/domain';
import { Type } from 'typebox';
import { type Route, route } from '../http/route.ts';

export const assignmentRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/:tenant/api/v1/assignments/:username',
    door: 'management',
    access: permissions['users.read'],
    summary:
      'The person of an assignment link, in the default identity provider, with the keys she has there',
    // Longer than a username may be: the domain says what is wrong with it, in words.
    schema: { params: Type.Object({ username: Type.String() }), response: { 200: Assignment } },
    handle: async ({ ports, actor, tenantId, params }) => {
      const { user, identityProvider, keys } = await resolveAssignment(ports, actor, {
        tenantId,
        username: params.username,
      });
      const { reference, username, displayName, email } = user;
      const { identityProviderId, name } = identityProvider;
      return {
        status: 200,
        body: {
          user: { reference, username, displayName, email },
          identityProvider: { identityProviderId, name },
          keys,
        },
      };
    },
  }),
];
