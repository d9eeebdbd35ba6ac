import { type Theme, themeLanguages } from '@keywarden/api';
import type { Ports, Theme as ReadTheme, TenantId } from '@keywarden/domain';
import { themeImageAddress } from './theme-image.ts';

/** What is told of a theme: to the pages that wear it, and to the administrator who tries it on. */
export function themeView(
  theme: ReadTheme,
  { ports, tenantId }: { readonly ports: Pick<Ports, 'surroundings'>; readonly tenantId: TenantId },
): Theme {
  const addressOf = (digest: string) => themeImageAddress(ports, { tenantId, digest });
  const { themeId, version, name, language, logo, logoDark, backgroundImage, colors, labels, scopes } = theme;
  return {
    theme_id: themeId,
    version,
    name,
    language,
    languages: [...themeLanguages],
    logo: logo && addressOf(logo),
    logo_dark: logoDark && addressOf(logoDark),
    background_image: backgroundImage && addressOf(backgroundImage),
    colors,
    labels,
    scopes,
  };
}
