import { fromBase64Url } from '@keywarden/fido2/bytes';
import type { EnrollAction, Factor, Workflow } from './workflow.ts';

/** One fault of a workflow document, at its place (RFC 6901 JSON pointer). */
export interface WorkflowFault {
  readonly at: string;
  readonly what: string;
}

/** What a schema can't say of a workflow: that it fits together. Empty: it does. */
export function workflowFaults(workflow: Workflow): readonly WorkflowFault[] {
  const faults: WorkflowFault[] = [];
  const fault = (at: string, what: string) => faults.push({ at, what });
  const factors = [
    ...workflow.firstFactors.map((factor, index) => ({ factor, at: `/firstFactors/${index}` })),
    ...workflow.secondFactors.map((factor, index) => ({ factor, at: `/secondFactors/${index}` })),
  ];
  const actions = workflow.enrollActions.map((action, index) => ({
    action,
    at: `/enrollActions/${index}`,
  }));
  const criteria = new Set(workflow.accessCriteria.map((entry) => entry.accessCriteriaId));
  const factorIds = new Set(factors.map(({ factor }) => factor.factorId));
  const authTypes = new Set(factors.map(({ factor }) => factor.code));
  const enrollIds = new Set(actions.map(({ action }) => action.enrollId));

  if (workflow.firstFactors.length === 0) fault('/firstFactors', 'nobody could sign in without one');
  requireUnique(
    workflow.accessCriteria,
    { id: 'accessCriteriaId', prefix: 'access_criteria.' },
    fault,
    '/accessCriteria',
  );
  requireUnique(workflow.firstFactors, { id: 'factorId', prefix: 'factor.' }, fault, '/firstFactors');
  requireUnique(workflow.secondFactors, { id: 'factorId', prefix: 'factor.' }, fault, '/secondFactors');
  requireUnique(
    workflow.enrollActions,
    { id: 'enrollId', prefix: 'enroll_action.' },
    fault,
    '/enrollActions',
  );
  if (authTypes.size !== factors.length) {
    fault('', 'each factor needs an authType (code) of its own: calls name factors by it');
  }
  for (const { factor, at } of factors) {
    if (!criteria.has(factor.accessCriteriaId)) fault(`${at}/accessCriteriaId`, 'is no access criteria');
    for (const [index, enrollId] of factor.enrollActions.entries()) {
      if (!enrollIds.has(enrollId)) fault(`${at}/enrollActions/${index}`, 'is no enroll action');
    }
    if (factor.retry < 1 || factor.retry > 10) fault(`${at}/retry`, 'is not between 1 and 10');
    if (factor.disableThreshold !== null && factor.disableThreshold < 1) {
      fault(`${at}/disableThreshold`, 'is less than 1');
    }
    if (factor.type === 'FIDO') relyingPartyFaults(factor, at, fault);
    stepUpFaults(workflow, factor, at, fault);
  }
  for (const { action, at } of actions) {
    if (!criteria.has(action.accessCriteriaId)) fault(`${at}/accessCriteriaId`, 'is no access criteria');
    for (const [index, factorId] of action.upon.entries()) {
      if (!factorIds.has(factorId)) fault(`${at}/upon/${index}`, 'is no factor');
    }
    enrollActionFaults({ action, at, authTypes }, fault);
  }
  return faults;
}

type Fault = (at: string, what: string) => void;

function requireUnique<K extends string>(
  entries: readonly Readonly<Record<K, string>>[],
  { id, prefix }: { readonly id: K; readonly prefix: string },
  fault: Fault,
  at: string,
): void {
  const seen = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    const value = entry[id];
    if (!value.startsWith(prefix)) fault(`${at}/${index}/${id}`, `does not begin with ${prefix}`);
    if (seen.has(value)) fault(`${at}/${index}/${id}`, 'is there twice');
    seen.add(value);
  }
}

function stepUpFaults(workflow: Workflow, factor: Factor, at: string, fault: Fault): void {
  if (factor.stepUp === 'required' && workflow.secondFactors.length === 0) {
    fault(`${at}/stepUp`, 'asks for a second factor and there is none');
  }
}

function relyingPartyFaults(
  { rpId, origins }: { readonly rpId: string | null; readonly origins: readonly string[] | null },
  at: string,
  fault: Fault,
): void {
  if ((rpId === null) !== (origins === null)) {
    fault(`${at}/origins`, 'rpId and origins are given both or neither');
    return;
  }
  for (const [index, origin] of (origins ?? []).entries()) {
    // `android:apk-key-hash:…` and `ios:bundle-id:…` are origins too; only those of pages have a host to compare.
    if (!/^https?:/.test(origin)) continue;
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      fault(`${at}/origins/${index}`, 'is no origin: scheme, host and port alone');
      continue;
    }
    const host = new URL(origin).hostname;
    if (rpId !== null && host !== rpId && !host.endsWith(`.${rpId}`)) {
      fault(`${at}/origins/${index}`, `is no page of ${rpId}`);
    }
  }
}

function enrollActionFaults(
  { action, at, authTypes }: { action: EnrollAction; at: string; authTypes: ReadonlySet<string> },
  fault: Fault,
): void {
  relyingPartyFaults(action, at, fault);
  if (action.algorithms.length === 0) fault(`${at}/algorithms`, 'no credential could be made without one');
  const { protectionFactor } = action;
  if (action.upon.length === 0 && protectionFactor === null) {
    fault(`${at}/upon`, 'nobody could enroll: there is neither upon nor a protection factor');
  }
  if (protectionFactor !== null) {
    if (protectionFactor.authType === null && !protectionFactor.pendingDevice) {
      fault(`${at}/protectionFactor`, 'protects nothing');
    }
    if (protectionFactor.authType !== null && !authTypes.has(protectionFactor.authType)) {
      fault(`${at}/protectionFactor/authType`, 'is the authType of no factor');
    }
  }
  if (action.attestationTrust === 'roots' && action.attestationRoots.length === 0) {
    fault(`${at}/attestationRoots`, 'are needed to trust an attestation');
  }
  if (action.attestationTrust === 'roots' && action.attestationVerification === 'none') {
    fault(`${at}/attestationVerification`, 'asks for no attestation, and then none can be trusted');
  }
  if (action.attestationTrust === 'none' && action.allowedAaguids.length > 0) {
    fault(`${at}/allowedAaguids`, 'need a trusted attestation: an AAGUID that nobody proved is a claim');
  }
  for (const [index, root] of action.attestationRoots.entries()) {
    try {
      fromBase64Url(root);
    } catch {
      fault(`${at}/attestationRoots/${index}`, 'is not base64url');
    }
  }
}
