import type { Route } from '../http/route.ts';
import { accountRoutes } from './account.ts';
import { accountSignInRoutes } from './account-sign-in.ts';
import { codeRoutes } from './code.ts';
import { consentRoutes } from './consent.ts';
import { enrollRoutes } from './enroll.ts';
import { flowRoutes } from './flow.ts';
import { requestRoutes } from './request.ts';
import { themeRoutes } from './theme.ts';

/** The authentication service, `/{tenant}/authn`. */
export const authnRoutes: readonly Route[] = [
  ...requestRoutes,
  ...flowRoutes,
  ...codeRoutes,
  ...consentRoutes,
  ...enrollRoutes,
  ...themeRoutes,
  ...accountSignInRoutes,
  ...accountRoutes,
];
