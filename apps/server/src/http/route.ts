import type { AccountHolder, Actor, OperatorRole, Ports } from '@keywarden/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';

/**
 * Who may call. `anyone` is a decision, not a default: the table in routes.ts must say it. Roles are listed one by one;
 * `transaction` is a caller who holds a request_uri (and checks it in the domain command); `account` is a person at her own
 * account page; `provisioner` is a directory with a bearer token.
 */
export type Access = 'anyone' | 'transaction' | 'account' | 'provisioner' | readonly OperatorRole[];

/** Decides the shape in which http/problem.ts tells an error: OAuth, RFC 9457, or RFC 7644 §3.12. */
export type Door = 'authn' | 'account' | 'management' | 'scim' | 'site';

export interface RouteSchema {
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  /**
   * Shown in the OpenAPI document and not checked before the handler, which does so itself: on the authentication service
   * even the refusal of a malformed parameter is an answer within its transaction.
   */
  readonly documented?: { readonly query?: TSchema; readonly body?: TSchema };
  /** Answers say their version in ETag; what changes something takes it in If-Match (RFC 9110 §13.1.1). */
  readonly versioned?: true;
  /** By status; a body that does not fit its schema never leaves the server. */
  readonly response: Readonly<Record<number, TSchema>>;
}

type Part<S extends RouteSchema, K extends 'params' | 'query' | 'body'> = S[K] extends TSchema
  ? Static<S[K]>
  : unknown;

/** The operator's session that the request's cookie holds. */
export interface SignedIn {
  readonly tenantId: string;
  readonly expiresAt: Date;
}

export interface Call<S extends RouteSchema = RouteSchema> {
  readonly ports: Ports;
  /** From the path, known to exist. Empty for routes without a tenant. */
  readonly tenantId: string;
  /** The signed-in operator, or `system` with no role where access is `anyone` or `transaction`. */
  readonly actor: Actor;
  /** Never null where access names roles. */
  readonly session: SignedIn | null;
  /** Never null where access is `account`. */
  readonly account: AccountHolder | null;
  readonly params: Part<S, 'params'>;
  readonly query: Part<S, 'query'>;
  readonly body: Part<S, 'body'>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** `body` undefined sends none. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

export interface Route<S extends RouteSchema = RouteSchema> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  /** e.g. `/:tenant/api/v1/devices/:deviceId` */
  readonly path: string;
  readonly door: Door;
  readonly access: Access;
  /** One line for the OpenAPI document. */
  readonly summary: string;
  readonly schema: S;
  /** Requests per minute and client address, where it is fewer than for the rest. */
  readonly perMinute?: number;
  /** null: the handler has sent the answer itself, through `reply`. */
  readonly handle: (call: Call<S>) => Promise<Answer | null>;
}

/** Infers the handler's types from the schema. */
export function route<const S extends RouteSchema>(definition: Route<S>): Route {
  return definition as unknown as Route;
}
