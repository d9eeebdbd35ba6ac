import {
  type AccountHolder,
  type Actor,
  authenticateProvisioner,
  DomainError,
  findAccountHolder,
  findOperatorSession,
  type Operator,
  type Ports,
} from '@keywarden/domain';
import type { FastifyRequest } from 'fastify';
import { accountCookies } from './account-cookies.ts';
import type { SiteCookies } from './operator-session.ts';
import { HttpRefusal } from './refusal.ts';
import type { Route, SignedIn } from './route.ts';

export interface Admission {
  readonly tenantId: string;
  readonly actor: Actor;
  readonly session: SignedIn | null;
  /** Never null where access is `account`. */
  readonly account: AccountHolder | null;
}

const tenantIdPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;
/** Milliseconds for which a tenant that was there still is. */
const tenantMemory = 30_000;
const tenantsRemembered = 10_000;

export interface Guard {
  /** Decides before the body is read. Throws what problem.ts tells. */
  admit(route: Pick<Route, 'access' | 'path' | 'method'>, request: FastifyRequest): Promise<Admission>;
  /** The operator whose session the cookie holds, whatever the route asks for. */
  signedIn(request: FastifyRequest): Promise<(SignedIn & { operator: Operator }) | null>;
  tenantExists(tenantId: string): Promise<boolean>;
}

export function createGuard(ports: Ports, cookies: SiteCookies): Guard {
  const origin = new URL(ports.surroundings.publicUrl).origin;
  /** When each was last seen. Insertion order is age. */
  const tenants = new Map<string, number>();

  async function tenantExists(tenantId: string): Promise<boolean> {
    if (!tenantIdPattern.test(tenantId)) return false;
    const now = ports.clock.now().getTime();
    const seen = tenants.get(tenantId);
    if (seen !== undefined && now - seen < tenantMemory) return true;
    const tenant = await ports.store.transaction(tenantId, (tables) => tables.tenants.get());
    tenants.delete(tenantId);
    if (tenant === null) return false;
    tenants.set(tenantId, now);
    for (const oldest of tenants.keys()) {
      if (tenants.size <= tenantsRemembered) break;
      tenants.delete(oldest);
    }
    return true;
  }

  async function signedIn(request: FastifyRequest) {
    const secret = cookies.readSession(request);
    return secret === null ? null : findOperatorSession(ports, secret);
  }

  /** The person at her own account page. */
  async function accountHolder(tenantId: string, request: FastifyRequest): Promise<AccountHolder> {
    const secret = accountCookies(ports.surroundings.publicUrl, tenantId).readSession(request);
    const holder =
      secret === null
        ? null
        : await findAccountHolder(ports, { tenantId, secret, requestId: request.id, clientIp: request.ip });
    if (holder === null) {
      throw new HttpRefusal('sign-in-required', 'You are not signed in, or your session has ended.', {
        advice: 'Sign in on your account page.',
      });
    }
    requireSameSite(request, origin);
    return holder;
  }

  return {
    tenantExists,
    signedIn,
    async admit(route, request) {
      const tenantId = route.path.startsWith('/:tenant/') ? tenantOf(request) : '';
      if (tenantId !== '' && !(await tenantExists(tenantId))) {
        throw new DomainError('tenant-not-found', 'There is no such tenant.', { detail: tenantId });
      }
      const surroundings = { requestId: request.id, clientIp: request.ip };
      if (route.access === 'account') {
        const account = await accountHolder(tenantId, request);
        return { tenantId, actor: account.actor, session: null, account };
      }
      if (route.access === 'provisioner') {
        const bearer = readBearer(request);
        const actor = await authenticateProvisioner(ports, { tenantId, bearer, ...surroundings });
        return { tenantId, actor, session: null, account: null };
      }
      if (typeof route.access === 'string') {
        const nobody: Actor = { kind: 'system', id: 'anyone', name: 'Anyone', role: null, ...surroundings };
        return { tenantId, actor: nobody, session: null, account: null };
      }
      const session = await signedIn(request);
      // The session of one tenant is nobody in another.
      if (session === null || (tenantId !== '' && session.tenantId !== tenantId)) {
        throw new HttpRefusal('sign-in-required', 'You are not signed in, or your session has ended.', {
          advice: 'Open your sign-in link.',
        });
      }
      requireSameSite(request, origin);
      const { operatorId, name, role } = session.operator;
      if (!route.access.includes(role)) {
        throw new DomainError(
          'role-forbids',
          'Your role does not allow this. Ask an administrator to do it.',
        );
      }
      return {
        tenantId: tenantId === '' ? session.tenantId : tenantId,
        actor: { kind: 'operator', id: operatorId, name, role, ...surroundings },
        session,
        account: null,
      };
    },
  };
}

/** RFC 6750 §2.1; null where there is none. */
function readBearer(request: FastifyRequest): string | null {
  const [, token] =
    /^bearer +([A-Za-z0-9\-._~+/]{1,1024}=*)$/i.exec(request.headers.authorization ?? '') ?? [];
  return token ?? null;
}

function tenantOf(request: FastifyRequest): string {
  const { params } = request;
  if (typeof params !== 'object' || params === null || !('tenant' in params)) return '-';
  return typeof params.tenant === 'string' ? params.tenant : '-';
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A browser sends the operator's cookie along with what another site made it ask: such a request changes nothing. */
export function requireSameSite(request: FastifyRequest, publicOrigin: string): void {
  if (safeMethods.has(request.method)) return;
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if ((origin !== undefined && origin !== publicOrigin) || site === 'cross-site' || site === 'same-site') {
    throw new HttpRefusal(
      'cross-site-request',
      'This request came from another site and was not carried out.',
      {
        advice: `Open Keywarden at ${publicOrigin}.`,
        detail: `origin ${origin ?? 'absent'}, sec-fetch-site ${site ?? 'absent'}`,
      },
    );
  }
}
