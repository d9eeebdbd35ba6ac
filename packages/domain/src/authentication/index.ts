export * from './account.ts';
export * from './account-session.ts';
export * from './account-sign-in.ts';
export * from './administration.ts';
export type { Assertion } from './assertion.ts';
export * from './authorization-request.ts';
export * from './challenge.ts';
export * from './client.ts';
export * from './client-administration.ts';
export * from './client-registration.ts';
export * from './client-secret.ts';
export * from './code.ts';
export * from './consent.ts';
export * from './consent-record.ts';
export {
  type Answer,
  type Answered,
  type AuthenticationCall,
  refuseMalformed,
} from './conversation.ts';
export * from './describe-request.ts';
export { type DocumentFault, documentRules } from './document-fault.ts';
export { enrollmentCodeAuthType, protectionLifetime } from './enroll-code.ts';
export * from './enroll-options.ts';
export * from './enroll-protection.ts';
export * from './enroll-registration.ts';
export * from './flow.ts';
export * from './languages.ts';
export { isMailAddress } from './mail-composition.ts';
export { type MailLanguage, mailLanguages } from './mail-words.ts';
export { notifyUser, type UserNotice } from './notify-user.ts';
export { longestTransactionLifetime, requestOneTimeCode } from './one-time-code.ts';
export * from './one-time-code-app.ts';
export * from './one-time-code-enrollment.ts';
export { changeOwnPassword, type OwnPassword } from './own-password.ts';
export * from './password-policy.ts';
export type { Proof } from './proof.ts';
export {
  type GrantFailure,
  grantFailureCodes,
  type Refusal,
  type RefusalKind,
  refusalKinds,
} from './refusal.ts';
export {
  readPasswordPolicy,
  setTemporaryPassword,
  storePasswordPolicy,
  temporaryPasswordLifetime,
} from './set-password.ts';
export * from './theme.ts';
export * from './theme-administration.ts';
export * from './theme-image.ts';
export * from './theme-validation.ts';
export { decoyToken } from './token.ts';
export * from './transaction.ts';
export { userHandleFor } from './user-handle.ts';
export * from './workflow.ts';
export * from './workflow-administration.ts';
export * from './workflow-preview.ts';
export { arrangeWorkflow, completeWorkflow } from './workflow-reading.ts';
export * from './workflow-validation.ts';
