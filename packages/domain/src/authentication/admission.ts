import type { UserAuthenticators } from '../ports/index.ts';
import type { AccessCriteria, Workflow } from './workflow.ts';

/** What access criteria look at, besides what the user holds. */
export type Memberships = Pick<UserAuthenticators, 'groups' | 'roles'>;

/**
 * The part of a workflow that is there for this user: factors and actions whose access criteria want a group or a role
 * that she does not have are gone from it. A username that nobody has is in no group.
 */
export function workflowFor(workflow: Workflow, memberships: Memberships | null): Workflow {
  const refusing = workflow.accessCriteria.filter((criteria) => !admits(criteria, memberships));
  if (refusing.length === 0) return workflow;
  const refused = new Set(refusing.map(({ accessCriteriaId }) => accessCriteriaId));
  const there = <T extends { readonly accessCriteriaId: string }>(entries: readonly T[]) =>
    entries.filter(({ accessCriteriaId }) => !refused.has(accessCriteriaId));
  return {
    ...workflow,
    firstFactors: there(workflow.firstFactors),
    secondFactors: there(workflow.secondFactors),
    enrollActions: there(workflow.enrollActions),
  };
}

/** One of the groups, and one of the roles, where there are any. */
export function admits(
  { groups, roles }: Pick<AccessCriteria, 'groups' | 'roles'>,
  memberships: Memberships | null,
): boolean {
  const inOneOf = (wanted: readonly string[], has: readonly string[]) =>
    wanted.length === 0 || wanted.some((name) => has.includes(name));
  return inOneOf(groups, memberships?.groups ?? []) && inOneOf(roles, memberships?.roles ?? []);
}
