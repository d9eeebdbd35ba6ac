import { SignIn } from '@keywarden/api';
import { signInOperator, signOutOperator } from '@keywarden/domain';
import { Type } from 'typebox';
import { requireSameSite } from '../http/guard.ts';
import { type SiteCookies, toReturnPath } from '../http/operator-session.ts';
import { escapeHtml, page } from '../http/problem-page.ts';
import { type Call, type Route, route } from '../http/route.ts';
import { type PageFiles, sendPage } from './files.ts';

export interface SignInOptions {
  readonly cookies: SiteCookies;
  readonly files: PageFiles;
}

const SignInQuery = Type.Object({
  token: Type.Optional(Type.String({ maxLength: 256 })),
  // What is too long to be kept leads to the console instead.
  return_to: Type.Optional(Type.String()),
});
/** Enough for an office behind one address; nobody guesses 256 bits. */
const perMinute = 300;

export const signInRoutes = ({ cookies, files }: SignInOptions): readonly Route[] => [
  route({
    method: 'GET',
    path: '/sign-in',
    door: 'site',
    access: 'anyone',
    // The one GET with an effect, where it has a token: docs/adr/0003.
    summary: 'Signs an operator in by her link, or shows how to get one',
    perMinute,
    schema: { query: SignInQuery, response: {} },
    handle: async ({ ports, query, request, reply }) => {
      const { token, return_to: returnTo } = query;
      const path = toReturnPath(returnTo);
      if (path !== null) cookies.setReturnPath(reply, path);
      // Fetch §3.2.2: under `no-referrer` a form says `Origin: null`, and the answer to ours would be refused.
      reply.header('referrer-policy', 'same-origin');
      // HEAD has no effect, whoever looks ahead at a link (RFC 9110 §9.2.1).
      if (token === undefined || request.method === 'HEAD') return sendPage(reply, files, 'console.html');
      const site = request.headers['sec-fetch-site'];
      if (site === 'cross-site' || site === 'same-site') {
        // Another site sent the browser here: it must not decide who is signed in.
        reply.type('text/html; charset=utf-8').send(confirmation(token));
        return null;
      }
      await open({ ports, request, reply, cookies, token });
      return null;
    },
  }),
  route({
    method: 'POST',
    path: '/sign-in',
    door: 'site',
    access: 'anyone',
    summary: 'Signs an operator in by the token of her link',
    perMinute,
    schema: { body: SignIn, response: {} },
    handle: async ({ ports, body, request, reply }) => {
      requireSameSite(request, new URL(ports.surroundings.publicUrl).origin);
      const form = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
      await open({ ports, request, reply, cookies, token: body.token, ...(form ? {} : { silent: true }) });
      return null;
    },
  }),
  route({
    method: 'POST',
    path: '/sign-out',
    door: 'site',
    access: 'anyone',
    summary: 'Ends the operator’s session',
    schema: { response: {} },
    handle: async ({ ports, request, reply }) => {
      requireSameSite(request, new URL(ports.surroundings.publicUrl).origin);
      const secret = cookies.readSession(request);
      if (secret !== null) {
        await signOutOperator(ports, { secret, requestId: request.id, clientIp: request.ip });
      }
      cookies.clearSession(reply);
      return { status: 204 };
    },
  }),
];

/** `silent`: for a page's own call, which follows no redirect. */
async function open(options: {
  ports: Call['ports'];
  request: Call['request'];
  reply: Call['reply'];
  cookies: SiteCookies;
  token: string;
  silent?: boolean;
}): Promise<void> {
  const { ports, request, reply, cookies, token } = options;
  const { secret, expiresAt, tenantId } = await signInOperator(ports, {
    token,
    requestId: request.id,
    clientIp: request.ip,
  });
  // One browser, one session: the one that it held until now ends here, not by itself hours later.
  const before = cookies.readSession(request);
  if (before !== null) {
    await signOutOperator(ports, { secret: before, requestId: request.id, clientIp: request.ip });
  }
  cookies.setSession(reply, { secret, expiresAt });
  if (options.silent === true) {
    reply.code(204).send();
    return;
  }
  const path = cookies.readReturnPath(request) ?? `/${tenantId}/console/`;
  cookies.clearReturnPath(reply);
  reply.redirect(path, 303);
}

function confirmation(token: string): string {
  return page(
    'Sign in to Keywarden?',
    `<p>Another site opened your sign-in link.</p>
<form method="post" action="/sign-in">
<input type="hidden" name="token" value="${escapeHtml(token)}">
<button>Sign in</button>
</form>`,
  );
}
