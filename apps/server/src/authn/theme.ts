import { Theme, ThemeQuery, themeLanguages } from '@keywarden/api';
import { type Theme as ReadTheme, readTheme } from '@keywarden/domain';
import { type Route, route } from '../http/route.ts';
import { acceptedLanguages } from './languages.ts';

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
        languages: acceptedLanguages({ ...query, header: request.headers['accept-language'] }),
      });
      reply.header('content-language', theme.language).header('vary', 'accept-language');
      return { status: 200, body: themeView(theme, `${ports.surroundings.publicUrl}/${tenantId}`) };
    },
  }),
];

function themeView(theme: ReadTheme, issuer: string): Theme {
  const { themeId, version, name, language, logo, logoDark, backgroundImage, colors, labels, scopes } = theme;
  const addressOf = (digest: string | null) =>
    digest === null ? null : `${issuer}/authn/theme/images/${digest}`;
  return {
    theme_id: themeId,
    version,
    name,
    language,
    languages: [...themeLanguages],
    logo: addressOf(logo),
    logo_dark: addressOf(logoDark),
    background_image: addressOf(backgroundImage),
    colors,
    labels,
    scopes,
  };
}
