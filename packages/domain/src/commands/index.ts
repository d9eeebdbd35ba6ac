export { cancelEnrollment } from './cancel-enrollment.ts';
export { completeEnrollment } from './complete-enrollment.ts';
export { continueEnrollment } from './continue-enrollment.ts';
export { createFirstOperator, createTenant } from './create-tenant.ts';
export { deliverOutbox, retryDelay } from './deliver-outbox.ts';
export { type DeviceDetails, getDevice, listDevices } from './devices.ts';
export { endSessions, endSessionsOfEndedPasskeys } from './end-sessions.ts';
export type { ReceiptInput } from './enrollment/answer.ts';
export type { AnswerAt, EnrollmentDetails, EnrollmentStep } from './enrollment/saga.ts';
export * from './enrollment-codes.ts';
export { getEnrollment, listEnrollments } from './enrollments.ts';
export { listEvents } from './events.ts';
export { expireEnrollments } from './expire-enrollments.ts';
export { forgetConnections } from './forget-connections.ts';
export * from './groups.ts';
export {
  type ListedIdentityProvider,
  listIdentityProviders,
  setDefaultIdentityProvider,
} from './identity-providers.ts';
export { issueAuthenticateOrder } from './issue-authenticate-order.ts';
export { issueSessionOrder } from './issue-session-order.ts';
export { linkPolicy } from './link-policy.ts';
export {
  findOperatorSession,
  forgetOperatorSessions,
  issueSignInLink,
  type OperatorSignedIn,
  signInOperator,
  signOutOperator,
  withdrawReusableSignInLinks,
} from './operator-sessions.ts';
export * from './operators.ts';
export * from './passkey-changes.ts';
export * from './passkeys.ts';
export {
  createPolicy,
  deletePolicy,
  duplicatePolicy,
  getPolicy,
  listPolicies,
  updatePolicy,
} from './policies.ts';
export * from './provisioning.ts';
export { type RecognisedKey, recogniseDevices } from './recognise-devices.ts';
export { recordCleaned } from './record-cleaned.ts';
export { recordConfigured } from './record-configured.ts';
export { orderReset, recordReset } from './reset-device.ts';
export { type Assignment, resolveAssignment } from './resolve-assignment.ts';
export { retireDevice } from './retire-device.ts';
export { revokeDevice } from './revoke-device.ts';
export {
  listSigningKeys,
  rotateDueSigningKeys,
  rotateSigningKeys,
} from './signing-keys.ts';
export { type StartEnrollmentInput, startEnrollment } from './start-enrollment.ts';
export { moveDevice, moveEnrollment, movePasskeyDevice } from './transitions.ts';
export { changeUser, createUser, getUser, searchUsers, type UserChange, type UserDetails } from './users.ts';
export {
  forgetOrdersAndCodes,
  issuePairingCode,
  listWorkstations,
  type Pairing,
  pairWorkstation,
  unpairWorkstation,
} from './workstations.ts';
