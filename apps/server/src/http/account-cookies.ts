import { createHash } from 'node:crypto';
// Adds request.cookies and reply.setCookie.
import type {} from '@fastify/cookie';
import { longestTransactionLifetime } from '@keywarden/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What a person's browser keeps of her account page. */
export interface AccountCookies {
  readSession(request: FastifyRequest): string | null;
  setSession(reply: FastifyReply, session: { secret: string; expiresAt: Date }): void;
  clearSession(reply: FastifyReply): void;
  /** The sign-in that this browser began. */
  readPending(request: FastifyRequest): { requestUri: string; secret: string } | null;
  setPending(reply: FastifyReply, pending: { requestUri: string; secret: string }): void;
  clearPending(reply: FastifyReply): void;
}

/** Names carry public URL and tenant: browsers share cookies between all ports of a host and all tenants of a server. */
export function accountCookies(publicUrl: string, tenantId: string): AccountCookies {
  const secure = publicUrl.startsWith('https:');
  const mark = createHash('sha256').update(`${publicUrl}/${tenantId}`).digest('hex').slice(0, 8);
  const prefix = secure ? '__Host-' : '';
  const session = `${prefix}keywarden-account-${mark}`;
  const pending = `${prefix}keywarden-account-sign-in-${mark}`;
  // Strict: the page itself needs no cookie, and its own calls are same-site whatever link led to it.
  const options = { path: '/', httpOnly: true, sameSite: 'strict', secure } as const;
  return {
    readSession: (request) => secretOf(request.cookies[session]),
    setSession: (reply, { secret, expiresAt }) => {
      reply.setCookie(session, secret, { ...options, expires: expiresAt });
    },
    clearSession: (reply) => {
      reply.clearCookie(session, options);
    },
    readPending: (request) => {
      const [, secret, requestUri] =
        /^([\w-]{43})\.([\w:-]{1,512})$/.exec(request.cookies[pending] ?? '') ?? [];
      return secret === undefined || requestUri === undefined ? null : { secret, requestUri };
    },
    setPending: (reply, { requestUri, secret }) => {
      reply.setCookie(pending, `${secret}.${requestUri}`, { ...options, maxAge: longestTransactionLifetime });
    },
    clearPending: (reply) => {
      reply.clearCookie(pending, options);
    },
  };
}

function secretOf(text: string | undefined): string | null {
  return text !== undefined && /^[\w-]{43}$/.test(text) ? text : null;
}
