import { IssuedProvisioningToken, ProvisioningTokenInput, ProvisioningTokenList } from '@keywarden/api';
import {
  issueProvisioningToken,
  listProvisioningTokens,
  type ProvisioningToken,
  permissions,
  revokeProvisioningToken,
} from '@keywarden/domain';
import { Type } from 'typebox';
import { type Route, route } from '../http/route.ts';

const usualLifetime = 365;

export function provisioningTokenRoutes({ scimPath }: { readonly scimPath: string }): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/:tenant/api/v1/provisioning-tokens',
      door: 'management',
      access: permissions['provisioning-tokens.read'],
      summary: 'The tokens by which directories provision, newest first; never the secrets',
      schema: { response: { 200: ProvisioningTokenList } },
      handle: async ({ ports, actor, tenantId }) => ({
        status: 200,
        body: {
          address: `${ports.surroundings.publicUrl}/${tenantId}/${scimPath}`,
          items: (await listProvisioningTokens(ports, actor, { tenantId })).map(view),
        },
      }),
    }),
    route({
      method: 'POST',
      path: '/:tenant/api/v1/provisioning-tokens',
      door: 'management',
      access: permissions['provisioning-tokens.write'],
      summary: 'Issues a token for a directory; the secret is in this answer and nowhere else',
      schema: { body: ProvisioningTokenInput, response: { 201: IssuedProvisioningToken } },
      handle: async ({ ports, actor, tenantId, body, reply }) => {
        reply.header('cache-control', 'no-store');
        const { token, secret } = await issueProvisioningToken(ports, actor, {
          tenantId,
          name: body.name,
          expiresInDays: body.expiresInDays ?? usualLifetime,
        });
        return { status: 201, body: { ...view(token), token: secret } };
      },
    }),
    route({
      method: 'DELETE',
      path: '/:tenant/api/v1/provisioning-tokens/:tokenId',
      door: 'management',
      access: permissions['provisioning-tokens.write'],
      summary: 'Revokes a token; again is harmless',
      schema: {
        params: Type.Object({ tokenId: Type.String({ format: 'uuid' }) }),
        response: { 204: Type.Null() },
      },
      handle: async ({ ports, actor, tenantId, params }) => {
        await revokeProvisioningToken(ports, actor, { tenantId, tokenId: params.tokenId });
        return { status: 204 };
      },
    }),
  ];
}

function view(token: ProvisioningToken) {
  return {
    ...token,
    createdAt: token.createdAt.toISOString(),
    expiresAt: token.expiresAt.toISOString(),
    lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
    revokedAt: token.revokedAt?.toISOString() ?? null,
  };
}
