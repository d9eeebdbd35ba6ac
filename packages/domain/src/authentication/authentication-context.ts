import type { AuthorizationRequest } from './authorization-request.ts';
import type { ProvenFactor } from './transaction.ts';
import type { Factor, Workflow } from './workflow.ts';

/** Which authentication contexts (acr) a client asked for. */
export interface RequestedContext {
  /** One of these, or the authentication has failed (OpenID Connect Core §5.5.1.1); null: any will do. */
  readonly essential: readonly string[] | null;
  /** Best first. */
  readonly preferred: readonly string[];
}

/** From the `claims` parameter's `id_token.acr` (OpenID Connect Core §5.5.1.1), else from `acr_values` (§3.1.2.1). */
export function requestedContext({ acrValues, claims }: AuthorizationRequest): RequestedContext {
  const acr = memberOf(memberOf(claims, 'id_token'), 'acr');
  const values = [memberOf(acr, 'value'), ...listOf(memberOf(acr, 'values'))].filter(
    (value): value is string => typeof value === 'string',
  );
  const asked = (acrValues ?? '').split(' ').filter((value) => value !== '');
  const essential = memberOf(acr, 'essential') === true && values.length > 0;
  return { essential: essential ? values : null, preferred: values.length > 0 ? values : asked };
}

/** The one user whom a client will have, if any (OpenID Connect Core §5.5.1, `sub` with a value). */
export function requestedSubject({ claims }: Pick<AuthorizationRequest, 'claims'>): string | null {
  const value = memberOf(memberOf(memberOf(claims, 'id_token'), 'sub'), 'value');
  return typeof value === 'string' ? value : null;
}

/** Whether what was proven gives an acr that the client can't do without. */
export function meetsEssential(
  proven: readonly Pick<ProvenFactor, 'acr'>[],
  { essential }: RequestedContext,
): boolean {
  return essential === null || proven.some(({ acr }) => essential.includes(acr));
}

/** Whether any factor of the workflow could ever give it. */
export function canMeetEssential(workflow: Workflow, requested: RequestedContext): boolean {
  return meetsEssential([...workflow.firstFactors, ...workflow.secondFactors], requested);
}

/** The factors, first or second, that would give an essential acr and are not proven yet. */
export function factorsForEssential<F extends Factor>(
  factors: readonly F[],
  { essential }: RequestedContext,
): readonly F[] {
  return essential === null ? [] : factors.filter(({ acr }) => essential.includes(acr));
}

/**
 * What the ID token's `acr` says: of the contexts that were proven, the one that the client likes best, else that of the
 * decisive factor. Never one that was not proven.
 */
export function achievedContext(
  proven: readonly ProvenFactor[],
  { preferred }: RequestedContext,
): { readonly acr: string; readonly decisive: ProvenFactor } | null {
  const decisive = proven.find((entry) => entry.second) ?? proven[proven.length - 1];
  if (decisive === undefined) return null;
  const achieved = new Set(proven.map(({ acr }) => acr));
  return { acr: preferred.find((acr) => achieved.has(acr)) ?? decisive.acr, decisive };
}

/**
 * What `amr` says of all factors together (RFC 8176). `mfa` only where something known and something held came together:
 * two of one kind are not, and a mailbox counts as neither.
 */
export function provenMethods(proven: readonly Pick<ProvenFactor, 'amr'>[]): readonly string[] {
  const kinds = new Set(proven.map(({ amr }) => kindOf(amr)));
  const multiple = kinds.has('knowledge') && kinds.has('possession');
  return [...new Set([...proven.flatMap(({ amr }) => amr), ...(multiple ? ['mfa'] : [])])];
}

function kindOf(amr: readonly string[]): 'knowledge' | 'possession' | 'channel' {
  if (amr.includes('pwd')) return 'knowledge';
  return amr.includes('mca') ? 'channel' : 'possession';
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, 100) : [];
}
