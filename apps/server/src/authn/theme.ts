import { createHash } from 'node:crypto';
import { Theme, ThemeQuery } from '@keywarden/api';
import { readImage, readTheme } from '@keywarden/domain';
import { Type } from 'typebox';
import { HttpRefusal } from '../http/refusal.ts';
import { type Route, route } from '../http/route.ts';
import { themeView } from '../http/theme-view.ts';
import { themeLanguages } from './languages.ts';

const ImageParams = Type.Object({ digest: Type.String({ pattern: '^[\\w-]{43}$' }) });

export const themeRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/:tenant/authn/theme',
    door: 'authn',
    access: 'anyone',
    summary: 'Brand, labels and descriptions of the sign-in pages',
    schema: { query: ThemeQuery, response: { 200: Theme } },
    handle: async ({ ports, tenantId, query, request, reply }) => {
      reply.header('cache-control', 'public, max-age=60');
      const theme = await readTheme(ports, {
        tenantId,
        themeId: query.theme_id ?? null,
        languages: themeLanguages({ ...query, header: request.headers['accept-language'] }),
      });
      const body = themeView(theme, { ports, tenantId });
      const tag = entityTag(body);
      reply.header('content-language', theme.language).header('vary', 'accept-language').header('etag', tag);
      return matches(request.headers['if-none-match'], tag) ? { status: 304 } : { status: 200, body };
    },
  }),
  route({
    method: 'GET',
    path: '/:tenant/authn/theme/images/:digest',
    door: 'authn',
    access: 'anyone',
    summary: 'An image of a theme; its address never shows another one',
    schema: { params: ImageParams, response: {} },
    handle: async ({ ports, tenantId, params, reply }) => {
      const image = await readImage(ports, { tenantId, digest: params.digest });
      if (image === null) throw new HttpRefusal('not-found', 'There is nothing at this address.');
      reply
        .type(image.mediaType)
        .header('cache-control', 'public, max-age=31536000, immutable')
        // An SVG that somebody opens by itself is a page of this origin: it runs nothing, loads nothing, is nobody.
        .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
        .header('cross-origin-resource-policy', 'cross-origin')
        .send(Buffer.from(image.bytes));
      return null;
    },
  }),
];

/** RFC 9110 §8.8.3. */
function entityTag(body: object): string {
  return `"${createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 22)}"`;
}

/** RFC 9110 §13.1.2: weakly compared. */
function matches(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((entry) => ['*', tag].includes(entry.trim().replace(/^W\//, '')));
}
