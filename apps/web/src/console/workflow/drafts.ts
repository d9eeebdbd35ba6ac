import type {
  WorkflowCriteria,
  WorkflowDocument,
  WorkflowEnrollAction,
  WorkflowFactor,
} from '@keywarden/api';

export type FactorKind = 'FIDO' | 'LOGIN' | 'totp' | 'email';
export type FactorList = 'firstFactors' | 'secondFactors';

const usualIds: Readonly<
  Record<FactorKind, { readonly id: string; readonly code: string; readonly acr: string }>
> = {
  FIDO: { id: 'fido', code: 'AT_FIDO', acr: 'acr_fido' },
  LOGIN: { id: 'password', code: 'AT_EMPPWD', acr: 'acr_password' },
  totp: { id: 'app', code: 'AT_TOTP', acr: 'acr_app' },
  email: { id: 'mail', code: 'AT_EMAILOTP', acr: 'acr_mail' },
};

export function kindOf({ type, method }: Pick<WorkflowFactor, 'type' | 'method'>): FactorKind {
  return type === 'OTP' ? (method ?? 'totp') : type;
}

/** A name that is not taken: `fido`, `fido-2`, … */
function free(wanted: string, taken: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    if (!taken.includes(name)) return name;
  }
}

function factorsOf({ firstFactors, secondFactors }: WorkflowDocument): readonly WorkflowFactor[] {
  return [...firstFactors, ...secondFactors];
}

/** A factor that could be saved as it is. */
export function newFactor(document: WorkflowDocument, kind: FactorKind): WorkflowFactor {
  const usual = usualIds[kind];
  const all = factorsOf(document);
  const base = {
    factorId: free(
      `factor.${usual.id}`,
      all.map(({ factorId }) => factorId),
    ),
    code: free(
      usual.code,
      all.map(({ code }) => code),
    ),
    acr: usual.acr,
    retry: 3,
    stepUp: 'notRequired' as const,
    enrollmentRequired: false,
    enrollActions: [],
    accessCriteriaId: document.accessCriteria[0]?.accessCriteriaId ?? '',
    disabledTimeReset: 300,
    validity: 5_184_000,
  };
  if (kind === 'FIDO') {
    return {
      ...base,
      type: 'FIDO',
      disableThreshold: null,
      userVerification: 'required',
      rpId: null,
      origins: null,
    };
  }
  if (kind === 'LOGIN') return { ...base, type: 'LOGIN', disableThreshold: 10 };
  return { ...base, type: 'OTP', method: kind, disableThreshold: 10 };
}

/** ES256, ES384, ES512, EdDSA, RS256: what the form knows by name. */
export const knownAlgorithms: readonly { readonly id: number; readonly name: string }[] = [
  { id: -7, name: 'ES256' },
  { id: -35, name: 'ES384' },
  { id: -36, name: 'ES512' },
  { id: -8, name: 'EdDSA' },
  { id: -257, name: 'RS256' },
];

export function newAction(document: WorkflowDocument): WorkflowEnrollAction {
  const all = factorsOf(document);
  const password = all.find(({ type }) => type === 'LOGIN');
  return {
    enrollId: free(
      'enroll_action.fido',
      document.enrollActions.map(({ enrollId }) => enrollId),
    ),
    type: 'FIDO',
    code: all.find(({ type }) => type === 'FIDO')?.code ?? 'AT_FIDO',
    deviceType: 'DT_FIDO',
    attestationVerification: 'direct',
    attestationTrust: 'none',
    attestationRoots: [],
    minimumCertification: null,
    staleMetadata: 'refuse',
    allowedAaguids: [],
    deniedAaguids: [],
    deviceBoundOnly: false,
    userVerification: 'required',
    residentKey: 'preferred',
    rpId: null,
    rpName: null,
    origins: null,
    algorithms: knownAlgorithms.map(({ id }) => id),
    upon: password === undefined ? [] : [password.factorId],
    protectionFactor: { authType: password?.code ?? null, pendingDevice: password === undefined },
    accessCriteriaId: document.accessCriteria[0]?.accessCriteriaId ?? '',
  };
}

export function newCriteria(document: WorkflowDocument): WorkflowCriteria {
  return {
    accessCriteriaId: free(
      'access_criteria.new',
      document.accessCriteria.map(({ accessCriteriaId }) => accessCriteriaId),
    ),
    groups: [],
    roles: [],
    authenticators: { firstFactorsFiltering: false, secondFactorsFiltering: false },
  };
}

/** The entry of `from` stands at `to` afterwards. */
export function moved<T>(entries: readonly T[], from: number, to: number): T[] {
  const rest = entries.filter((_, index) => index !== from);
  const [entry] = entries.slice(from, from + 1);
  if (entry === undefined || to < 0 || to >= entries.length) return [...entries];
  return [...rest.slice(0, to), entry, ...rest.slice(to)];
}

export function replaced<T>(entries: readonly T[], index: number, entry: T): T[] {
  return entries.map((before, at) => (at === index ? entry : before));
}

export function without<T>(entries: readonly T[], index: number): T[] {
  return entries.filter((_, at) => at !== index);
}

/** Whoever named the old id names the new one. */
export function renamed(
  document: WorkflowDocument,
  kind: 'factor' | 'code' | 'action' | 'criteria',
  { from, to }: { readonly from: string; readonly to: string },
): WorkflowDocument {
  if (from === '') return document;
  const swap = (id: string) => (id === from ? to : id);
  const factor = (entry: WorkflowFactor): WorkflowFactor => ({
    ...entry,
    ...(kind === 'action' && { enrollActions: entry.enrollActions.map(swap) }),
    ...(kind === 'criteria' && { accessCriteriaId: swap(entry.accessCriteriaId) }),
  });
  const action = (entry: WorkflowEnrollAction): WorkflowEnrollAction => ({
    ...entry,
    ...(kind === 'factor' && { upon: entry.upon.map(swap) }),
    ...(kind === 'criteria' && { accessCriteriaId: swap(entry.accessCriteriaId) }),
    ...(kind === 'code' && {
      code: swap(entry.code),
      protectionFactor: entry.protectionFactor && {
        ...entry.protectionFactor,
        authType: entry.protectionFactor.authType === null ? null : swap(entry.protectionFactor.authType),
      },
    }),
  });
  return {
    ...document,
    firstFactors: document.firstFactors.map(factor),
    secondFactors: document.secondFactors.map(factor),
    enrollActions: document.enrollActions.map(action),
  };
}

/** One entry a line, or parted by commas or semicolons. */
export function linesOf(text: string): string[] {
  return text
    .split(/[\n,;]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Certificates as PEM, base64 or base64url: base64url, as the document has them. */
export function certificatesOf(text: string): string[] {
  return text
    .replace(/-----BEGIN CERTIFICATE-----/g, '')
    .split(/-----END CERTIFICATE-----|\n\s*\n|[,;]/)
    .map((part) => part.replace(/\s+/g, '').replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''))
    .filter((part) => part !== '');
}
