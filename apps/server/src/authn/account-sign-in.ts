import {
  AccountSessionOpened,
  AccountSignInBegun,
  BeginAccountSignIn,
  CompleteAccountSignIn,
} from '@keywarden/api/account';
import {
  accountClientId,
  beginAccountSignIn,
  completeAccountSignIn,
  DomainError,
  endAccountSession,
} from '@keywarden/domain';
import { type AccountCookies, accountCookies } from '../http/account-cookies.ts';
import { requireSameSite } from '../http/guard.ts';
import { type Call, type Route, route } from '../http/route.ts';
import { holderOf } from './account-holder.ts';

/** Per minute and client address: each opens a transaction. */
const signInsPerMinute = 120;

export const accountSignInRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/:tenant/authn/account/sign-in',
    door: 'account',
    access: 'anyone',
    perMinute: signInsPerMinute,
    summary: 'Begins a sign-in to the account page, through the authentication service itself',
    schema: { body: BeginAccountSignIn, response: { 200: AccountSignInBegun } },
    handle: async (call) => {
      const { ports, tenantId, request, reply, body } = call;
      requireSameSite(request, originOf(call));
      const pending = await beginAccountSignIn(ports, { tenantId, loginHint: body.login_hint ?? null });
      cookiesOf(call).setPending(reply, pending);
      const parameters = new URLSearchParams({ request_uri: pending.requestUri });
      return { status: 200, body: { location: `/${tenantId}/authn/portal?${parameters}` } };
    },
  }),
  route({
    method: 'POST',
    path: '/:tenant/authn/account/session',
    door: 'account',
    access: 'anyone',
    perMinute: signInsPerMinute,
    summary: 'Ends the sign-in that this browser began: trades the code for a session',
    schema: { body: CompleteAccountSignIn, response: { 200: AccountSessionOpened } },
    handle: async (call) => {
      const { ports, tenantId, request, reply, body, actor } = call;
      requireSameSite(request, originOf(call));
      const cookies = cookiesOf(call);
      const pending = cookies.readPending(request);
      if (pending === null) {
        throw new DomainError(
          'account-sign-in-invalid',
          'This sign-in is over, or it began in another browser.',
          { detail: `the browser holds no sign-in to ${accountClientId}` },
        );
      }
      const { secret, expiresAt } = await completeAccountSignIn(ports, actor, {
        tenantId,
        pending,
        ...body,
        userAgent: request.headers['user-agent'] ?? null,
        before: cookies.readSession(request),
      });
      cookies.clearPending(reply);
      cookies.setSession(reply, { secret, expiresAt });
      return { status: 200, body: { expires_at: expiresAt } };
    },
  }),
  route({
    method: 'DELETE',
    path: '/:tenant/authn/account/session',
    door: 'account',
    access: 'account',
    summary: 'Signs out of the account page',
    schema: { response: {} },
    handle: async (call) => {
      await endAccountSession(call.ports, holderOf(call));
      cookiesOf(call).clearSession(call.reply);
      return { status: 204 };
    },
  }),
];

type Here = Pick<Call, 'ports' | 'tenantId'>;

function cookiesOf({ ports, tenantId }: Here): AccountCookies {
  return accountCookies(ports.surroundings.publicUrl, tenantId);
}

function originOf({ ports }: Here): string {
  return new URL(ports.surroundings.publicUrl).origin;
}
