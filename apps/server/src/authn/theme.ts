import { Theme, ThemeQuery } from '@keywarden/api';
import { readTheme } from '@keywarden/domain';
import { type Route, route } from '../http/route.ts';

export const themeRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/:tenant/authn/theme',
    door: 'authn',
    access: 'anyone',
    summary: 'Brand, labels and descriptions of the sign-in pages',
    schema: { query: ThemeQuery, response: { 200: Theme } },
    handle: async ({ ports, tenantId, query, reply }) => {
      reply.header('cache-control', 'public, max-age=60');
      const theme = await readTheme(ports, { tenantId, themeId: query.theme_id ?? null });
      const { themeId: theme_id, name, language, logo, colors, labels } = theme;
      return { status: 200, body: { theme_id, name, language, logo, colors, labels } };
    },
  }),
];
