import { authnRoutes } from '../authn/index.ts';
import { managementRoutes } from '../management/index.ts';
import { scimRoutes } from '../scim/index.ts';
import { type SiteOptions, siteRoutes } from '../site/index.ts';
import { type HealthOptions, healthRoutes } from './health.ts';
import { usualScimPath } from './outcome.ts';
import type { Route } from './route.ts';

/**
 * THE TABLE: every path the server answers, who may call it, and with what. One import and one line per door; the OpenID
 * provider's own endpoints are mounted by openid/mount.ts.
 */
export function routeTable(options: {
  site: SiteOptions;
  health: HealthOptions;
  /** Below `/{tenant}/`. */
  scimPath?: string | undefined;
}): readonly Route[] {
  const scimPath = options.scimPath ?? usualScimPath;
  return [
    ...scimRoutes({ path: scimPath }),
    ...healthRoutes(options.health),
    ...siteRoutes(options.site),
    ...managementRoutes({ scimPath }),
    ...authnRoutes,
  ];
}
