import { type Static, Type } from 'typebox';
import { FlowAnswer } from './authn.ts';
import { Nullable, PageOf, Timestamp, Username } from './primitives.ts';
import { ProblemFault } from './problem.ts';

/** `/{tenant}/api/v1/workflow`: which factors there are, and what may be enrolled upon which. */
const identifier = Type.String({ maxLength: 128 });
const userVerification = Type.Enum(['required', 'preferred', 'discouraged']);
const relyingParty = {
  rpId: Nullable(Type.String({ description: 'null: that of the public URL' })),
  origins: Nullable(Type.Array(Type.String())),
};

export const WorkflowCriteria = Type.Object({
  accessCriteriaId: identifier,
  groups: Type.Array(Type.String(), { description: 'names of groups; empty: everybody' }),
  roles: Type.Array(Type.String(), { description: 'roles of the directory; empty: everybody' }),
  authenticators: Type.Object({
    firstFactorsFiltering: Type.Boolean(),
    secondFactorsFiltering: Type.Boolean(),
  }),
});
export type WorkflowCriteria = Static<typeof WorkflowCriteria>;

export const WorkflowFactor = Type.Object({
  factorId: identifier,
  type: Type.Enum(['FIDO', 'LOGIN', 'OTP']),
  code: Type.String({ description: 'authentication policy (authType)' }),
  acr: Type.String(),
  retry: Type.Integer({ description: 'wrong answers that end a transaction' }),
  stepUp: Type.Enum(['notRequired', 'required']),
  enrollmentRequired: Type.Boolean(),
  enrollActions: Type.Array(identifier),
  accessCriteriaId: identifier,
  disableThreshold: Nullable(Type.Integer({ description: 'wrong answers that disable it; null: never' })),
  disabledTimeReset: Type.Integer({ description: 'seconds' }),
  validity: Type.Integer({ description: 'seconds' }),
  /** Of a FIDO factor. */
  userVerification: Type.Optional(userVerification),
  rpId: Type.Optional(relyingParty.rpId),
  origins: Type.Optional(relyingParty.origins),
  /** Of an OTP factor. */
  method: Type.Optional(Type.Enum(['totp', 'email'])),
});
export type WorkflowFactor = Static<typeof WorkflowFactor>;

export const WorkflowEnrollAction = Type.Object({
  enrollId: identifier,
  type: Type.Literal('FIDO'),
  code: Type.String(),
  deviceType: Type.String(),
  attestationVerification: Type.Enum(['none', 'indirect', 'direct', 'enterprise']),
  attestationTrust: Type.Enum(['none', 'roots', 'metadata']),
  attestationRoots: Type.Array(Type.String({ description: 'DER certificate, base64url' })),
  minimumCertification: Nullable(Type.String()),
  staleMetadata: Type.Enum(['refuse', 'accept']),
  allowedAaguids: Type.Array(Type.String()),
  deniedAaguids: Type.Array(Type.String()),
  deviceBoundOnly: Type.Boolean(),
  userVerification,
  residentKey: Type.Enum(['required', 'preferred', 'discouraged']),
  ...relyingParty,
  rpName: Nullable(Type.String()),
  algorithms: Type.Array(Type.Integer({ description: 'COSE algorithm identifiers, best first' })),
  upon: Type.Array(identifier, { description: 'factor ids' }),
  protectionFactor: Nullable(
    Type.Object({ authType: Nullable(Type.String()), pendingDevice: Type.Boolean() }),
  ),
  accessCriteriaId: identifier,
});
export type WorkflowEnrollAction = Static<typeof WorkflowEnrollAction>;

export const WorkflowDocument = Type.Object({
  theme_id: Type.String({ description: 'what the pages of people wear' }),
  accessCriteria: Type.Array(WorkflowCriteria),
  firstFactors: Type.Array(WorkflowFactor),
  secondFactors: Type.Array(WorkflowFactor),
  enrollActions: Type.Array(WorkflowEnrollAction),
  dangerousBootstrap: Type.Enum(['off', 'users-without-authenticator']),
});
export type WorkflowDocument = Static<typeof WorkflowDocument>;

const head = {
  version: Type.Integer({ description: '0: the usual one, that nobody stored' }),
  createdAt: Timestamp,
  createdBy: Type.String(),
  note: Type.String(),
};
export const VersionHead = Type.Object(head);
export type VersionHead = Static<typeof VersionHead>;
export const VersionPage = PageOf(VersionHead);
export type VersionPage = Static<typeof VersionPage>;

export const StoredWorkflow = Type.Object({ ...head, document: WorkflowDocument });
export type StoredWorkflow = Static<typeof StoredWorkflow>;
export const ReviewedWorkflow = Type.Object({
  ...StoredWorkflow.properties,
  warnings: Type.Array(ProblemFault, { description: 'right, and still worth a thought' }),
});
export type ReviewedWorkflow = Static<typeof ReviewedWorkflow>;

/** Checked as a whole by the domain, so that every fault is told at once: not by this schema. */
const written = Type.Unknown({
  description:
    'as `document` of the answer; what has a default may be left out. `themeId` is taken for `theme_id`, `actions` is taken where it is an empty list: neither is in an answer',
});
const note = Type.Optional(Type.String({ maxLength: 500, description: 'what was changed, for the history' }));

export const ChangeDocument = Type.Object({
  version: Type.Integer({ minimum: 0, description: 'the one that was read before' }),
  document: written,
  note,
});
export const ValidateDocument = Type.Object({ document: written });
export const DocumentReview = Type.Object({
  faults: Type.Array(ProblemFault),
  warnings: Type.Array(ProblemFault),
});
export type DocumentReview = Static<typeof DocumentReview>;
export const WorkflowReview = Type.Object({
  ...DocumentReview.properties,
  document: Nullable(WorkflowDocument),
});
export type WorkflowReview = Static<typeof WorkflowReview>;

/** `POST …/workflow/preview`: what a user would be offered, by a document that nobody stored yet or by the newest. */
export const PreviewRequest = Type.Object({ username: Username, document: Type.Optional(written) });
export const FlowPreview = Type.Object({
  username: Type.String(),
  user: Nullable(Type.Object({ displayName: Type.String(), status: Type.String() })),
  flow: FlowAnswer,
  factors: Type.Array(
    Type.Object({
      factorId: Type.String(),
      second: Type.Boolean(),
      offered: Type.Boolean(),
      held: Type.Boolean(),
      reason: Type.Enum(['held', 'shown-to-everybody', 'not-held', 'not-admitted', 'mail-unavailable']),
    }),
  ),
  enrollActions: Type.Array(
    Type.Object({
      enrollId: Type.String(),
      offered: Type.Boolean(),
      reason: Type.Enum(['upon-held', 'device-awaited', 'upon-not-held', 'listed-nowhere', 'not-admitted']),
      upon: Type.Array(Type.String()),
      hindrances: Type.Array(Type.Enum(['protection-not-held', 'no-pending-device'])),
    }),
  ),
  bootstrap: Type.Boolean(),
});
export type FlowPreview = Static<typeof FlowPreview>;
