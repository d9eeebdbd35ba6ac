import { isObject } from './document-shape.ts';
import { usualAlgorithms, type Workflow } from './workflow.ts';

/**
 * What a document may leave out, and what is meant then. A member that a later version of this product adds stands here
 * with what the absence of it meant until then: documents that were stored before it read as before.
 */
export const workflowDefaults = {
  theme_id: 'default',
  accessCriteria: [],
  firstFactors: [],
  secondFactors: [],
  enrollActions: [],
  dangerousBootstrap: 'off',
} as const;

/** What `theme_id` was called before: stored versions have it still, and it may be written. */
export const earlierThemeMember = 'themeId';

export function namesThemeAsBefore(document: unknown): boolean {
  return isObject(document) && Object.hasOwn(document, earlierThemeMember);
}

export const accessCriteriaDefaults = { groups: [], roles: [] } as const;
const filteringDefaults = { firstFactorsFiltering: false, secondFactorsFiltering: false } as const;

const factorDefaults = {
  retry: 3,
  stepUp: 'notRequired',
  enrollmentRequired: false,
  enrollActions: [],
  disabledTimeReset: 300,
  validity: 5_184_000,
} as const;

/** What else each type of factor may leave out. */
export const factorDefaultsOf = {
  // Nobody guesses a signature, and anybody can send a wrong one: a threshold here would lock people out, not thieves.
  FIDO: {
    ...factorDefaults,
    disableThreshold: null,
    userVerification: 'required',
    rpId: null,
    origins: null,
  },
  LOGIN: { ...factorDefaults, disableThreshold: 10 },
  OTP: { ...factorDefaults, disableThreshold: 10 },
} as const;

export const enrollActionDefaults = {
  deviceType: 'DT_FIDO',
  attestationVerification: 'none',
  attestationTrust: 'none',
  attestationRoots: [],
  minimumCertification: null,
  // Fail closed: metadata that nobody could renew may hide a revocation.
  staleMetadata: 'refuse',
  allowedAaguids: [],
  deniedAaguids: [],
  deviceBoundOnly: false,
  userVerification: 'required',
  residentKey: 'preferred',
  rpId: null,
  rpName: null,
  origins: null,
  algorithms: usualAlgorithms,
  upon: [],
  protectionFactor: null,
} as const;

/** A stored or written document with everything that it left out; of the right shape, or of whatever shape it was. */
export function completeWorkflow(document: unknown): Workflow {
  const {
    [earlierThemeMember]: theme,
    actions: _none,
    ...given
  }: Members = isObject(document) ? document : {};
  const { accessCriteria, firstFactors, secondFactors, enrollActions, ...rest } = {
    ...workflowDefaults,
    ...(theme === undefined ? {} : { theme_id: theme }),
    ...given,
  };
  const completed: Record<keyof Workflow, unknown> = {
    ...rest,
    accessCriteria: each(accessCriteria, completeCriteria),
    firstFactors: each(firstFactors, completeFactor),
    secondFactors: each(secondFactors, completeFactor),
    enrollActions: each(enrollActions, (action) => ({ ...enrollActionDefaults, ...action })),
  };
  // Nothing is stored that validation did not find to be of this shape, and since then it was only completed.
  return completed as unknown as Workflow;
}

type Members = Readonly<Record<string, unknown>>;

function completeFactor(factor: Members): Members {
  const { type } = factor;
  if (type !== 'FIDO' && type !== 'LOGIN' && type !== 'OTP') return factor;
  return { ...factorDefaultsOf[type], ...factor };
}

function completeCriteria(criteria: Members): Members {
  const { authenticators } = criteria;
  return {
    ...accessCriteriaDefaults,
    ...criteria,
    authenticators: { ...filteringDefaults, ...(isObject(authenticators) ? authenticators : {}) },
  };
}

function each(value: unknown, complete: (entry: Members) => Members): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((entry: unknown) => (isObject(entry) ? complete(entry) : entry));
}

const documentOrder = [
  'theme_id',
  'accessCriteria',
  'firstFactors',
  'secondFactors',
  'enrollActions',
  'dangerousBootstrap',
] as const;
const criteriaOrder = ['accessCriteriaId', 'groups', 'roles', 'authenticators'] as const;
const factorOrder = [
  'factorId',
  'type',
  'method',
  'code',
  'acr',
  'userVerification',
  'rpId',
  'origins',
  'retry',
  'stepUp',
  'enrollmentRequired',
  'enrollActions',
  'accessCriteriaId',
  'disableThreshold',
  'disabledTimeReset',
  'validity',
] as const;
const actionOrder = ['enrollId', 'type', 'code', ...Object.keys(enrollActionDefaults), 'accessCriteriaId'];

/** The same document with its members in the order in which people read them: a database keeps none. */
export function arrangeWorkflow(workflow: Workflow): Workflow {
  return ordered(
    {
      ...workflow,
      accessCriteria: workflow.accessCriteria.map((entry) => ordered(entry, criteriaOrder)),
      firstFactors: workflow.firstFactors.map((entry) => ordered(entry, factorOrder)),
      secondFactors: workflow.secondFactors.map((entry) => ordered(entry, factorOrder)),
      enrollActions: workflow.enrollActions.map((entry) => ordered(entry, actionOrder)),
    },
    documentOrder,
  );
}

function ordered<T extends object>(entry: T, order: readonly string[]): T {
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  const members = Object.entries(entry).sort(([one], [other]) => rank(one) - rank(other));
  // The same members, so the same type.
  return Object.fromEntries(members) as T;
}
