import { createHash } from 'node:crypto';
// Adds request.cookies and reply.setCookie.
import type {} from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The cookies of the site. Names carry the public URL: browsers share cookies between all ports of a host. */
export interface SiteCookies {
  readSession(request: FastifyRequest): string | null;
  setSession(reply: FastifyReply, session: { secret: string; expiresAt: Date }): void;
  clearSession(reply: FastifyReply): void;
  /** Where the person wanted to go when she was sent to sign in. */
  readReturnPath(request: FastifyRequest): string | null;
  setReturnPath(reply: FastifyReply, path: string): void;
  clearReturnPath(reply: FastifyReply): void;
}

const returnPathLifetime = 15 * 60;

export function siteCookies(publicUrl: string): SiteCookies {
  const secure = publicUrl.startsWith('https:');
  const mark = createHash('sha256').update(publicUrl).digest('hex').slice(0, 8);
  const prefix = secure ? '__Host-' : '';
  const session = `${prefix}keywarden-session-${mark}`;
  const returnPath = `${prefix}keywarden-return-${mark}`;
  const options = { path: '/', httpOnly: true, sameSite: 'lax', secure } as const;
  return {
    readSession: (request) => request.cookies[session] ?? null,
    setSession: (reply, { secret, expiresAt }) => {
      reply.setCookie(session, secret, { ...options, expires: expiresAt });
    },
    clearSession: (reply) => {
      reply.clearCookie(session, options);
    },
    readReturnPath: (request) => toReturnPath(request.cookies[returnPath]),
    setReturnPath: (reply, path) => {
      reply.setCookie(returnPath, path, { ...options, maxAge: returnPathLifetime });
    },
    clearReturnPath: (reply) => {
      reply.clearCookie(returnPath, options);
    },
  };
}

/**
 * The address of one of the console's pages as a URL has it, or null. Other sites are out (`//host`, `/\\host` and
 * `/<tab>/host` are such), and so is everything else of this one: a return to `/sign-in?token=…` would trade the session
 * that was just opened for the one of whoever wrote the link.
 */
export function toReturnPath(text: string | undefined): string | null {
  // Visible ASCII without the backslash.
  if (text === undefined || text.length > 2048 || !/^\/(?![/\\])[!-[\]-~]*$/.test(text)) return null;
  // As the browser reads it: with `..` and `%2e%2e` taken out.
  const site = 'http://keywarden.invalid';
  if (!URL.canParse(text, site)) return null;
  const { origin, pathname } = new URL(text, site);
  const known = /^\/(assign-user\/|[a-z0-9][a-z0-9-]{0,62}\/(assign-user\/|console(\/|$)))/.test(pathname);
  return origin === site && known ? text : null;
}
