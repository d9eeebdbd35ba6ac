/**
 * What the audit log tells, by an event's type; `target` and `actor` are names, `id` is the target's. A test compares the types with those that the
 * server writes.
 */
export const happenings = {
  account: {
    opened: '{{target}} opened the account page.',
    'sessions-ended': '{{target}} ended other sessions on the account page.',
  },
  authentication: {
    'code-sent': 'A code by mail was asked for in the name of {{target}}.',
    completed: '{{actor}} signed in to {{target}}.',
    'factor-proven': '{{target}} proved a factor.',
    failed: 'A factor of {{target}} was not proven.',
  },
  authenticator: {
    added: '{{target}} has one more way to sign in.',
    changed: 'The password of {{target}} was changed.',
    removed: '{{target}} has one way to sign in less.',
  },
  client: {
    changed: 'The application {{target}} was changed.',
    deleted: 'The application {{target}} was deleted.',
    registered: 'The application {{target}} was registered.',
    'registration-allowed': 'One application was allowed to register itself.',
    'secret-rotated': 'The application {{target}} was given a new secret.',
  },
  consent: { signed: '{{actor}} decided what {{target}} may know.' },
  credential: { refused: 'A passkey for {{target}} was refused.' },
  device: {
    configured: 'The policy was written to {{target}} and read back.',
    discovered: '{{target}} was seen for the first time.',
    enrolled: '{{target}} was enrolled for its owner.',
    'policy-linked': '{{target}} was linked to a policy.',
    'policy-unlinked': '{{target}} was unlinked from its policy.',
    reset: 'Everything on {{target}} was erased.',
    retired: '{{target}} was retired.',
    'revocation-requested': 'The revocation of {{target}} was asked for.',
    revoked: '{{target}} was revoked: its owner can no longer sign in with it.',
    'tag-rejected':
      'A key that was plugged in claimed to be {{target}} and could not prove it. It may be a copy.',
  },
  enrollment: {
    'cleaning-interrupted':
      'Taking what the enrollment for {{target}} left behind off the key was interrupted.',
    compensated: 'The key is as it was before the enrollment for {{target}}.',
    completed: 'The enrollment for {{target}} is complete.',
    failed: 'The enrollment for {{target}} failed.',
    'rolled-back': 'The enrollment for {{target}} is being taken back.',
    started: 'An enrollment for {{target}} was started.',
  },
  group: {
    changed: 'The group {{target}} was changed.',
    created: 'The group {{target}} was created.',
    deleted: 'The group {{target}} was deleted; its members stay.',
  },
  'identity-provider': { 'default-changed': 'The default identity provider was changed.' },
  key: { 'test-ordered': 'A test sign-in with a key was ordered.' },
  mail: { 'not-sent': 'A mail to {{target}} was not sent.' },
  operator: {
    activated: '{{target}} can sign in to the console again.',
    changed: 'The operator {{target}} was changed.',
    created: '{{target}} became an operator.',
    deactivated: '{{target}} can no longer sign in to the console.',
    'link-issued': 'A sign-in link for {{target}} was issued.',
    'signed-in': '{{target}} signed in to the console.',
    'signed-out': '{{target}} signed out of the console.',
  },
  passkey: {
    activated: 'The passkey {{target}} can be used again.',
    assigned: 'The passkey {{target}} was given to somebody.',
    changed: 'The passkey {{target}} was changed.',
    created: 'The passkey {{target}} was added and waits to be enrolled.',
    'enrollment-code-issued': 'A one-time enrollment code for {{target}} was issued.',
    renamed: 'A passkey was given the name {{target}}.',
    revoked: 'The passkey {{target}} was revoked.',
    suspended: 'The passkey {{target}} was suspended.',
    terminated: 'The passkey {{target}} was ended for good.',
    unassigned: 'The passkey {{target}} has no owner any more.',
    'validity-changed': 'The time in which the passkey {{target}} may be used was changed.',
  },
  'password-policy': { stored: 'The rules for passwords were changed.' },
  policy: {
    created: 'The policy {{target}} was created.',
    deleted: 'The policy {{target}} was deleted; no key carried it.',
    updated: 'The policy {{target}} was changed.',
  },
  'provisioning-token': {
    issued: 'The provisioning token {{target}} was issued.',
    revoked: 'The provisioning token {{target}} was revoked.',
  },
  'signing-keys': {
    rotated: 'The signing keys were rotated.',
    withdrawn: 'The signing keys were withdrawn: nothing that they signed counts any more.',
  },
  tenant: { created: 'The tenant {{target}} was created.' },
  theme: {
    deleted: 'The theme {{target}} was deleted with all its versions.',
    stored: 'The theme {{target}} was changed.',
  },
  user: {
    changed: 'The entry of {{target}} in the directory was changed.',
    created: '{{target}} was added to the directory.',
    deleted: '{{target}} was deleted, and everything that proved who that is.',
    disabled: '{{target}} can no longer sign in.',
    enabled: '{{target}} can sign in again.',
  },
  workflow: {
    stored: 'Version {{id}} of the workflow was stored.',
    'unproven-enrollment-closed': 'Enrolling without any proof was switched off.',
    'unproven-enrollment-open':
      'People without a way to sign in may enroll one without any proof. Whoever knows such a username takes the account.',
  },
  workstation: {
    paired: 'The workstation {{target}} was paired.',
    'pairing-code-issued': 'A code to pair one workstation was issued.',
    unpaired: 'The workstation {{target}} was unpaired: it may no longer touch keys here.',
  },
};

/** Why an enrollment ended, where the words for an error would speak to the one who was there. */
export const ends = {
  'operator-cancelled': 'The operator cancelled.',
  OPERATION_CANCELLED: 'The operator cancelled.',
  PIN_TOO_FEW_RETRIES: 'The key had too few PIN tries left to risk one.',
  superseded: 'Another policy was chosen before the first was written.',
  'device-retired': 'The key was retired meanwhile.',
};
