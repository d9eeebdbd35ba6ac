import type { Route } from '../http/route.ts';
import { type PageOptions, pageRoutes } from './pages.ts';
import { sessionRoutes } from './session.ts';
import { type SignInOptions, signInRoutes } from './sign-in.ts';

export type SiteOptions = PageOptions & SignInOptions;

/** What a person's browser opens: pages, sign-in, sign-out, and who is signed in. */
export const siteRoutes = (options: SiteOptions): readonly Route[] => [
  ...signInRoutes(options),
  ...sessionRoutes,
  ...pageRoutes(options),
];
