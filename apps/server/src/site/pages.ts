import type { Guard } from '../http/guard.ts';
import { type Access, type Call, type Route, route } from '../http/route.ts';
import { framedPagePolicy, personalPagePolicy } from '../http/security-headers.ts';
import { type PageFiles, sendAsset, sendPage } from './files.ts';

export interface PageOptions {
  readonly guard: Guard;
  readonly files: PageFiles;
}

const anyone: Access = 'anyone';

export const pageRoutes = ({ guard, files }: PageOptions): readonly Route[] => {
  /** A page of the console: whoever is not signed in (to this tenant) is sent to sign in, and comes back. */
  const consolePage = (path: string, summary: string): Route =>
    route({
      method: 'GET',
      path,
      door: 'site',
      access: anyone,
      summary,
      schema: { response: {} },
      handle: async ({ request, reply, tenantId }: Call) => {
        const session = await guard.signedIn(request);
        if (session === null || (tenantId !== '' && session.tenantId !== tenantId)) {
          reply.redirect(`/sign-in?return_to=${encodeURIComponent(request.url)}`, 303);
          return null;
        }
        return sendPage(reply, files, 'console.html');
      },
    });

  /** A page for people who sign in: it comes to anybody, and its calls say who she is. */
  const personalPage = (path: string, name: string, summary: string): Route =>
    route({
      method: 'GET',
      path,
      door: 'site',
      access: anyone,
      summary,
      schema: { response: {} },
      handle: ({ reply }) => {
        reply.header('content-security-policy', personalPagePolicy);
        return sendPage(reply, files, name);
      },
    });

  return [
    route({
      method: 'GET',
      path: '/',
      door: 'site',
      access: anyone,
      summary: 'Leads to the console',
      schema: { response: {} },
      handle: async ({ request, reply }) => {
        const session = await guard.signedIn(request);
        reply.redirect(session === null ? '/sign-in' : `/${session.tenantId}/console/`, 303);
        return null;
      },
    }),
    consolePage('/assign-user/*', 'Assign a key to a person, in the tenant of the signed-in operator'),
    consolePage('/:tenant/assign-user/*', 'Assign a key to a person'),
    consolePage('/:tenant/console', 'The console'),
    consolePage('/:tenant/console/*', 'The console'),
    route({
      method: 'GET',
      path: '/:tenant/console/theme-preview',
      door: 'site',
      access: anyone,
      summary:
        'The sign-in pages in a theme that is being edited: without data, in a frame of the console alone',
      schema: { response: {} },
      handle: ({ reply }) => {
        reply.header('content-security-policy', framedPagePolicy).header('x-frame-options', 'SAMEORIGIN');
        return sendPage(reply, files, 'theme-preview.html');
      },
    }),
    personalPage('/:tenant/authn/portal', 'portal.html', 'The portal of the authentication service'),
    personalPage('/:tenant/authn/account', 'account.html', 'A person’s own account page'),
    route({
      method: 'GET',
      path: '/assets/*',
      door: 'site',
      access: anyone,
      summary: 'Files of the pages',
      schema: { response: {} },
      handle: async ({ request, reply }) => {
        const name = request.url.split('?', 1)[0]?.slice('/assets/'.length) ?? '';
        return sendAsset(reply, files, name);
      },
    }),
  ];
};
