import { certificationLevels } from '@keywarden/fido2/metadata';
import { readAttestationRoot } from './attestation-root.ts';
import { collectFaults, type DocumentFault, type Report } from './document-fault.ts';
import { isObject } from './document-shape.ts';
import { enrollmentCodeAuthType } from './enroll-code.ts';
import { newPasswordAuthType } from './new-password-factor.ts';
import type { AccessCriteria, EnrollAction, Factor, Workflow } from './workflow.ts';
import { completeWorkflow, earlierThemeMember, namesThemeAsBefore } from './workflow-reading.ts';
import { isSoundAction, isSoundCriteria, isSoundFactor, workflowShape } from './workflow-shape.ts';

/** Every fault of a workflow document, each at its place: of its shape, and of how it fits together. Empty: none. */
export function workflowFaults(document: unknown): readonly DocumentFault[] {
  return collectFaults((report) => {
    workflowShape(document, '', report);
    if (isObject(document) && Object.hasOwn(document, 'theme_id') && namesThemeAsBefore(document)) {
      report(`/${earlierThemeMember}`, 'duplicate');
    }
    const parts = soundParts(document);
    referenceFaults(parts, report);
    for (const { entry, at } of parts.factors) factorFaults(entry, { at, parts, report });
    for (const { entry, at } of parts.actions) enrollActionFaults(entry, { at, parts, report });
  });
}

/** What fits together and is still worth a thought. */
export function workflowWarnings(workflow: Workflow, now: Date): readonly DocumentFault[] {
  return collectFaults((report) => {
    if (workflow.dangerousBootstrap !== 'off') report('/dangerousBootstrap', 'unproven-enrollment');
    const factors = placed(workflow.firstFactors, '/firstFactors').concat(
      placed(workflow.secondFactors, '/secondFactors'),
    );
    for (const { entry, at } of factors) {
      if (entry.type !== 'FIDO' && entry.disableThreshold === null) {
        report(`${at}/disableThreshold`, 'never-disabled');
      }
    }
    const listed = new Set(factors.flatMap(({ entry }) => entry.enrollActions));
    const passkeys = new Set(
      factors.filter(({ entry }) => entry.type === 'FIDO').map(({ entry }) => entry.code),
    );
    for (const { entry, at } of placed(workflow.enrollActions, '/enrollActions')) {
      if (!listed.has(entry.enrollId)) report(`${at}/enrollId`, 'offered-nowhere');
      if (!passkeys.has(entry.code)) {
        report(`${at}/code`, 'enroll-action-elsewhere', { authType: entry.code });
      }
      for (const [index, text] of entry.attestationRoots.entries()) {
        const root = readAttestationRoot(text);
        if (root.kind === 'usable' && root.notAfter < now) {
          report(`${at}/attestationRoots/${index}`, 'root-ended', {
            date: root.notAfter.toISOString().slice(0, 10),
          });
        }
      }
    }
  });
}

interface Placed<T> {
  readonly entry: T;
  readonly at: string;
}

/** What of a document can be looked at more closely, however broken the rest is. */
interface Parts {
  readonly criteria: readonly Placed<AccessCriteria>[];
  readonly firstFactors: readonly unknown[] | null;
  readonly factors: readonly Placed<Factor>[];
  readonly hasSecondFactors: boolean;
  readonly actions: readonly Placed<EnrollAction>[];
  /** Ids of broken parts count too: who refers to them is not at fault. */
  readonly ids: {
    readonly criteria: ReadonlySet<unknown>;
    readonly factors: ReadonlySet<unknown>;
    readonly authTypes: ReadonlySet<unknown>;
    readonly actions: ReadonlySet<unknown>;
  };
}

function soundParts(document: unknown): Parts {
  const given = isObject(document) ? document : {};
  const completed = completeWorkflow(document);
  const entries = (member: string): readonly unknown[] => {
    const value = given[member];
    return Array.isArray(value) ? value : [];
  };
  const sound = <T>(member: string, list: readonly T[], isSound: (value: unknown) => boolean) =>
    placed(Array.isArray(list) ? list : [], `/${member}`).filter((_, index) =>
      isSound(entries(member)[index]),
    );
  const idsOf = (members: readonly string[], id: string) =>
    new Set(members.flatMap(entries).flatMap((entry) => (isObject(entry) ? [entry[id]] : [])));
  const bothFactors = ['firstFactors', 'secondFactors'];
  return {
    criteria: sound('accessCriteria', completed.accessCriteria, isSoundCriteria),
    firstFactors: Array.isArray(given['firstFactors']) ? entries('firstFactors') : null,
    factors: [
      ...sound('firstFactors', completed.firstFactors, isSoundFactor),
      ...sound('secondFactors', completed.secondFactors, isSoundFactor),
    ],
    hasSecondFactors: entries('secondFactors').length > 0,
    actions: sound('enrollActions', completed.enrollActions, isSoundAction),
    ids: {
      criteria: idsOf(['accessCriteria'], 'accessCriteriaId'),
      factors: idsOf(bothFactors, 'factorId'),
      authTypes: idsOf(bothFactors, 'code'),
      actions: idsOf(['enrollActions'], 'enrollId'),
    },
  };
}

function placed<T>(entries: readonly T[], at: string): readonly Placed<T>[] {
  return entries.map((entry, index) => ({ entry, at: `${at}/${index}` }));
}

function referenceFaults(parts: Parts, report: Report): void {
  if (parts.firstFactors?.length === 0) report('/firstFactors', 'no-first-factor');
  const ids = <T>(of: readonly Placed<T>[], member: keyof T & string) =>
    of.map(({ entry, at }) => ({ id: String(entry[member]), at: `${at}/${member}` }));
  requireIds(ids(parts.criteria, 'accessCriteriaId'), 'access_criteria.', report);
  requireIds(ids(parts.factors, 'factorId'), 'factor.', report);
  requireIds(ids(parts.actions, 'enrollId'), 'enroll_action.', report);
  const codes = new Set<string>();
  for (const { entry, at } of parts.factors) {
    if (codes.has(entry.code)) report(`${at}/code`, 'auth-type-taken');
    codes.add(entry.code);
  }
}

function requireIds(
  entries: readonly { readonly id: string; readonly at: string }[],
  prefix: string,
  report: Report,
): void {
  const seen = new Set<string>();
  for (const { id, at } of entries) {
    if (!id.startsWith(prefix)) report(at, 'prefix', { prefix });
    if (seen.has(id)) report(at, 'duplicate');
    seen.add(id);
  }
}

interface Place {
  readonly at: string;
  readonly parts: Parts;
  readonly report: Report;
}

function factorFaults(factor: Factor, { at, parts, report }: Place): void {
  if (!parts.ids.criteria.has(factor.accessCriteriaId)) {
    report(`${at}/accessCriteriaId`, 'no-such-access-criteria');
  }
  for (const [index, enrollId] of factor.enrollActions.entries()) {
    if (!parts.ids.actions.has(enrollId)) report(`${at}/enrollActions/${index}`, 'no-such-enroll-action');
  }
  // That one is proven by what an operator issued, and is no factor.
  if (factor.code === enrollmentCodeAuthType || factor.code === newPasswordAuthType) {
    report(`${at}/code`, 'auth-type-taken');
  }
  if (factor.type === 'FIDO') relyingPartyFaults(factor, at, report);
  if (factor.stepUp === 'required' && !parts.hasSecondFactors) {
    report(`${at}/stepUp`, 'step-up-without-second');
  }
}

function relyingPartyFaults(
  { rpId, origins }: { readonly rpId: string | null; readonly origins: readonly string[] | null },
  at: string,
  report: Report,
): void {
  if ((rpId === null) !== (origins === null)) {
    report(`${at}/origins`, 'relying-party-incomplete');
    return;
  }
  for (const [index, origin] of (origins ?? []).entries()) {
    // `android:apk-key-hash:…` and `ios:bundle-id:…` are origins too; only those of pages have a host to compare.
    if (!/^https?:/.test(origin)) continue;
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      report(`${at}/origins/${index}`, 'origin-malformed');
      continue;
    }
    const host = new URL(origin).hostname;
    if (rpId !== null && host !== rpId && !host.endsWith(`.${rpId}`)) {
      report(`${at}/origins/${index}`, 'origin-foreign', { rpId });
    }
  }
}

function enrollActionFaults(action: EnrollAction, { at, parts, report }: Place): void {
  if (!parts.ids.criteria.has(action.accessCriteriaId)) {
    report(`${at}/accessCriteriaId`, 'no-such-access-criteria');
  }
  for (const [index, factorId] of action.upon.entries()) {
    if (!parts.ids.factors.has(factorId)) report(`${at}/upon/${index}`, 'no-such-factor');
  }
  relyingPartyFaults(action, at, report);
  if (action.algorithms.length === 0) report(`${at}/algorithms`, 'no-algorithm');
  const { protectionFactor } = action;
  if (action.upon.length === 0 && protectionFactor === null) report(`${at}/upon`, 'nobody-could-enroll');
  if (protectionFactor !== null) {
    const { authType, pendingDevice } = protectionFactor;
    if (authType === null && !pendingDevice) report(`${at}/protectionFactor`, 'protects-nothing');
    const byCode = authType === enrollmentCodeAuthType && pendingDevice;
    if (authType !== null && !byCode && !parts.ids.authTypes.has(authType)) {
      report(`${at}/protectionFactor/authType`, 'no-such-auth-type');
    }
  }
  attestationFaults(action, at, report);
}

function attestationFaults(action: EnrollAction, at: string, report: Report): void {
  const { attestationTrust: trust, attestationRoots: roots, minimumCertification } = action;
  if (trust === 'roots' && roots.length === 0) report(`${at}/attestationRoots`, 'roots-missing');
  if (trust !== 'none' && action.attestationVerification === 'none') {
    report(`${at}/attestationVerification`, 'trust-without-attestation');
  }
  if (trust === 'none' && action.allowedAaguids.length > 0) report(`${at}/allowedAaguids`, 'model-unproven');
  if (minimumCertification !== null) {
    if (trust !== 'metadata') report(`${at}/minimumCertification`, 'certification-without-metadata');
    if (!certificationLevels.some((level) => level === minimumCertification)) {
      report(`${at}/minimumCertification`, 'not-one-of', { allowed: certificationLevels.join(', ') });
    }
  }
  for (const [index, aaguid] of action.deniedAaguids.entries()) {
    if (action.allowedAaguids.includes(aaguid)) report(`${at}/deniedAaguids/${index}`, 'allowed-and-denied');
  }
  for (const [index, root] of roots.entries()) {
    const place = `${at}/attestationRoots/${index}`;
    const read = readAttestationRoot(root);
    if (read.kind === 'no-certificate') report(place, 'not-a-certificate');
    if (read.kind === 'refused') report(place, 'certificate-refused', { reason: read.reason });
  }
}
