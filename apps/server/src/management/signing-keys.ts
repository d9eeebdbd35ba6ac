import { RotateSigningKeys, type SigningKey, SigningKeyList } from '@keywarden/api';
import { listSigningKeys, type PublishedSigningKey, permissions, rotateSigningKeys } from '@keywarden/domain';
import { type Route, route } from '../http/route.ts';

export const signingKeyRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/:tenant/api/v1/signing-keys',
    door: 'management',
    access: permissions['signing-keys.read'],
    summary: 'The published keys of ID tokens: of each algorithm the one that signs first',
    schema: { response: { 200: SigningKeyList } },
    handle: async ({ ports, actor, tenantId }) => ({
      status: 200,
      body: { items: (await listSigningKeys(ports, actor, { tenantId })).map(signingKeyView) },
    }),
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/signing-keys/rotate',
    door: 'management',
    access: permissions['signing-keys.rotate'],
    summary: 'Another key signs ID tokens: in two minutes, or at once where the old ones are withdrawn',
    perMinute: 10,
    schema: { body: RotateSigningKeys, response: { 200: SigningKeyList } },
    handle: async ({ ports, actor, tenantId, body }) => {
      const withdraw = body.withdraw ?? false;
      const keys = await rotateSigningKeys(ports, actor, { tenantId, withdraw });
      return { status: 200, body: { items: keys.map(signingKeyView) } };
    },
  }),
];

function signingKeyView(key: PublishedSigningKey): SigningKey {
  const { keyId, algorithm, state } = key;
  return {
    keyId,
    algorithm,
    state,
    createdAt: key.createdAt.toISOString(),
    signsFrom: key.signsFrom.toISOString(),
    publishedUntil: key.publishedUntil?.toISOString() ?? null,
  };
}
