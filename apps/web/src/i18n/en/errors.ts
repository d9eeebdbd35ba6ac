import type { ErrorTexts } from '../codes.ts';

const nothingChanged = 'Nothing was changed on the key, and nothing was assigned.';
const nothingDone = 'Nothing was changed.';

export const errors: ErrorTexts = {
  MESSAGE_MALFORMED: {
    happened: 'The workstation service did not understand this page.',
    now: nothingChanged,
    do: 'Reload the page. If it comes back, the service and the server have different versions: update the older one.',
  },
  NOT_PAIRED: {
    happened: 'This workstation is not paired with this server.',
    now: nothingChanged,
    do: 'Pair the workstation, then press Connect to Service.',
  },
  SESSION_REQUIRED: {
    happened: 'The workstation service no longer knows this page.',
    now: 'What the key was doing may have ended or not; the server keeps the enrollment open.',
    do: 'Press Connect to Service, then go on with the key.',
  },
  SESSION_HELD: {
    happened: 'Another page is using this workstation.',
    now: nothingChanged,
    do: 'Finish there, or take over here.',
  },
  SESSION_LOST: {
    happened: 'Another page took over this workstation.',
    now: 'What the key was doing may have ended or not; the server keeps the enrollment open.',
    do: 'Finish there, or take over here and go on with the key.',
  },
  ORDER_MALFORMED: {
    happened: 'The workstation service could not read the order for the key.',
    now: nothingChanged,
    do: 'The service and the server probably have different versions. Update the older one, then try again.',
  },
  ORDER_SIGNATURE: {
    happened: 'The order for the key was not signed by the server that this workstation is paired with.',
    now: nothingChanged,
    do: 'Pair the workstation with this server again. If nobody changed the server, tell your administrator before you go on.',
  },
  ORDER_EXPIRED: {
    happened: 'The order for the key had expired before it could be carried out.',
    now: nothingChanged,
    do: 'Check that the clock of this computer is right, then try again.',
  },
  ORDER_AUDIENCE: {
    happened: 'The order was made for another workstation.',
    now: nothingChanged,
    do: 'Reload the page, then try again.',
  },
  ORDER_USED: {
    happened: 'The order had already been carried out once.',
    now: 'An order counts once, so nothing was done a second time.',
    do: 'Reload the page to see where the key stands.',
  },
  ORDER_DEVICE: {
    happened: 'The order was made for another key than the one it reached.',
    now: nothingChanged,
    do: 'Choose the key in the list again.',
  },
  RP_ID_FORBIDDEN: {
    happened: 'This workstation may not make passkeys for the sign-in address that the server named.',
    now: nothingChanged,
    do: 'Pair the workstation again: that renews its list of addresses.',
  },
  DEVICE_NOT_FOUND: {
    happened: 'The key was no longer plugged in when its turn came.',
    now: nothingChanged,
    do: 'Plug it in and press {{button}}.',
  },
  DEVICE_BUSY: {
    happened: 'Another program was using the key.',
    now: nothingChanged,
    do: 'Close other windows that ask for this key, then press {{button}}.',
  },
  DEVICE_REMOVED: {
    happened: 'The key was removed {{during}}.',
    now: 'It is not assigned to anybody.',
    do: 'Plug it in and press {{button}}.',
  },
  DEVICE_FAILED: {
    happened: 'The key stopped answering {{during}}.',
    now: 'It is not assigned to anybody.',
    do: 'Remove it, plug it in again and press {{button}}. If it fails once more, try another USB port.',
  },
  OPERATION_NOT_FOUND: {
    happened: 'The key had already ended what this page asked about.',
    now: 'The list shows where the key stands.',
    do: 'Reload the page if something looks wrong.',
  },
  OPERATION_CANCELLED: {
    happened: 'You cancelled.',
    now: 'It is not assigned to anybody.',
    do: 'Press {{button}} to start again.',
  },
  PIN_WRONG: {
    happened: 'That is not the PIN of this key.',
    now: 'It is not assigned to anybody.',
    do: 'Press {{button}} and enter the PIN again.',
  },
  PIN_TOO_FEW_RETRIES: {
    happened: 'The key has only {{retries}} PIN tries left, too few to risk one.',
    now: 'The key still works with its right PIN; it is not assigned to anybody.',
    do: 'If you are sure of the PIN, use it once elsewhere: that gives the tries back. Otherwise reset the key.',
  },
  PIN_BLOCKED: {
    happened: 'The PIN of this key is blocked: too many wrong ones were entered.',
    now: 'The key refuses everything that needs its PIN.',
    do: 'Reset the key, which erases all its passkeys, or use another one.',
  },
  PIN_AUTH_BLOCKED: {
    happened: 'Three wrong PINs in a row.',
    now: 'The key takes no PIN until it has been unplugged; it still has tries left.',
    do: 'Remove the key, plug it in again and press {{button}}.',
  },
  PIN_REJECTED: {
    happened: 'The key did not accept this PIN.',
    now: 'Its PIN is unchanged.',
    do: 'Choose another one: longer, or with other characters.',
  },
  PIN_CHANGE_REQUIRED: {
    happened: 'The key asks for a new PIN before it does anything else.',
    now: nothingChanged,
    do: 'Change its PIN, then press {{button}}.',
  },
  TOUCH_TIMEOUT: {
    happened: 'The key was not touched in time.',
    now: 'It is not assigned to anybody.',
    do: 'Press {{button}} and touch the key when it blinks.',
  },
  POLICY_UNMET: {
    happened: 'This key cannot do what the policy asks: {{field}}.',
    now: nothingChanged,
    do: 'Choose another policy, or use another key.',
  },
  CREDENTIAL_EXCLUDED: {
    happened: 'This key already holds a passkey of this person.',
    now: 'That passkey still works; a second one was not made.',
    do: 'Use the key as it is, or choose another one.',
  },
  KEY_FULL: {
    happened: 'The key has no room for another passkey.',
    now: 'The passkeys on it are unchanged; it is not assigned to anybody.',
    do: 'Remove passkeys that nobody needs from the key, or use another one.',
  },
  CTAP_ERROR: {
    happened: 'The key refused {{during}}.',
    now: 'It is not assigned to anybody.',
    do: 'Remove it, plug it in again and press {{button}}.',
  },
  INTERNAL: {
    happened: 'The workstation service failed {{during}}.',
    now: 'It wrote the reason to its log; the key is not assigned to anybody.',
    do: 'Press {{button}} to try again. If it fails once more, restart the service.',
  },

  'tenant-not-found': {
    happened: 'There is no tenant of this name on this server.',
    now: nothingDone,
    do: 'Check the address of the page.',
  },
  'user-not-found': {
    happened: 'There is nobody called {{username}} in the directory.',
    now: 'No key can be assigned on this page.',
    do: 'Check the username in the address, or add the person to the directory, then reload.',
  },
  'user-ambiguous': {
    happened: 'More than one person in the directory is called {{username}}.',
    now: 'No key can be assigned, because it could reach the wrong person.',
    do: 'Make the login unique in the directory, then reload.',
  },
  'user-disabled': {
    happened: '{{username}} is disabled in the directory.',
    now: 'No key can be assigned to a disabled person.',
    do: 'Enable the person in the directory, then reload.',
  },
  'username-malformed': {
    happened: 'The address of this page holds no usable username.',
    now: 'No key can be assigned on this page.',
    do: 'Open the page from the application that made the link, or check the link: at most 256 characters, none of them control characters.',
  },
  'username-taken': {
    happened: 'Somebody else already has this username.',
    now: nothingDone,
    do: 'Choose another one.',
  },
  'no-default-identity-provider': {
    happened: 'This tenant has no default identity provider.',
    now: 'Nobody can be looked up, so no key can be assigned.',
    do: 'Ask an administrator to choose a default identity provider, then reload.',
  },
  'identity-provider-not-found': {
    happened: 'The identity provider no longer exists.',
    now: nothingDone,
    do: 'Ask an administrator to choose a default identity provider, then reload.',
  },
  'identity-provider-inactive': {
    happened: 'The identity provider of this tenant is inactive.',
    now: 'Nobody can be looked up, so no key can be assigned.',
    do: 'Ask an administrator to test its connection, which makes it active, then reload.',
  },
  'identity-provider-unreachable': {
    happened: 'The identity provider does not answer.',
    now: 'It is not assigned to anybody yet.',
    do: 'Wait a moment and try again. If it goes on, ask whoever runs the identity provider.',
  },
  'identity-provider-refused': {
    happened: 'The identity provider did not accept the key.',
    now: 'It is not assigned to anybody.',
    do: 'Check there whether security keys of this kind are allowed for this person, then try again.',
  },
  'device-not-found': {
    happened: 'The server no longer knows this key.',
    now: nothingDone,
    do: 'Reload the page.',
  },
  'device-state-forbids': {
    happened: 'That is not possible in the state the key is in.',
    now: 'Somebody may have changed it meanwhile; the list shows where it stands.',
    do: 'Look at its state in the list, then choose again.',
  },
  'passkey-not-found': {
    happened: 'The server no longer knows this passkey.',
    now: nothingDone,
    do: 'Reload the page.',
  },
  'passkey-state-forbids': {
    happened: 'That is not possible in the state the passkey is in.',
    now: 'Somebody may have changed it meanwhile; the list shows where it stands.',
    do: 'Look at its state in the list, then choose again. What was revoked never comes back.',
  },
  'device-owned-by-another': {
    happened: 'This key belongs to somebody else.',
    now: 'It still works for its owner.',
    do: 'Revoke it there first, or use another key.',
  },
  'device-busy': {
    happened: 'Another enrollment of this key is still open.',
    now: 'It was started on another page or by somebody else.',
    do: 'Go on with it or roll it back from the list.',
  },
  'device-unrecognised': {
    happened: 'The server could not tell which key this is.',
    now: nothingChanged,
    do: 'Remove the key, plug it in again and choose it in the list.',
  },
  'policy-not-found': {
    happened: 'This policy no longer exists.',
    now: nothingDone,
    do: 'Choose another one.',
  },
  'policy-required': {
    happened: 'No policy was chosen for this key.',
    now: nothingChanged,
    do: 'Choose a policy, then press {{button}}.',
  },
  'policy-active': {
    happened: 'This policy is carried by a key.',
    now: 'So that it stays true for those keys, it can be neither edited nor deleted.',
    do: 'Duplicate it and change the copy.',
  },
  'policy-name-taken': {
    happened: 'Another policy already has this name.',
    now: nothingDone,
    do: 'Choose another name.',
  },
  'policy-unmet-by-device': {
    happened: 'This key cannot do what the policy asks: {{field}}.',
    now: nothingChanged,
    do: 'Choose another policy, or use another key.',
  },
  'policy-not-written': {
    happened: 'The policy was written, and the key reads back something else: {{field}}.',
    now: 'The key counts as not configured.',
    do: 'Press {{button}} to write it again. If it fails once more, use another key.',
  },
  'enrollment-not-found': {
    happened: 'The server no longer knows this enrollment.',
    now: 'The list shows where the key stands.',
    do: 'Start again from the list.',
  },
  'enrollment-state-forbids': {
    happened: 'The enrollment has moved on meanwhile.',
    now: 'The list shows where the key stands.',
    do: 'Reload the page, then go on from there.',
  },
  'enrollment-expired': {
    happened: 'The enrollment was left open for too long.',
    now: 'The server ended it; the key is not assigned to anybody.',
    do: 'Press {{button}} to start again.',
  },
  'enrollment-in-progress': {
    happened: 'The server is working on this enrollment at this moment.',
    now: 'It may end by itself.',
    do: 'Press Try again.',
  },
  'credential-known': {
    happened: 'The passkey that the key made is already registered.',
    now: 'The registered one still works for its owner.',
    do: 'Use another key, or revoke this one first.',
  },
  'credential-rejected': {
    happened: 'The server did not accept the passkey that the key made.',
    now: 'It was not registered, and it is taken off the key.',
    do: 'Try again. If it is refused once more, do not use this key, and tell your administrator.',
  },
  'receipt-rejected': {
    happened: 'The server did not accept the receipt of the workstation service.',
    now: 'What the key did does not count; it is not assigned to anybody.',
    do: 'Pair the workstation again, then try again.',
  },
  'rp-id-forbidden': {
    happened: 'The server may not order passkeys for this sign-in address.',
    now: nothingChanged,
    do: 'Ask an administrator to check the address of the identity provider.',
  },
  'pairing-code-invalid': {
    happened: 'The pairing code is wrong, used up or expired.',
    now: 'The workstation was not paired.',
    do: 'Ask for a new code.',
  },
  'idempotency-key-reused': {
    happened: 'The server has seen this request before with other contents.',
    now: nothingDone,
    do: 'Reload the page, then try again.',
  },
  'workstation-not-found': {
    happened: 'The server does not know this workstation.',
    now: nothingChanged,
    do: 'Pair the workstation again.',
  },
  'operator-not-found': {
    happened: 'The server no longer knows you as an operator.',
    now: nothingDone,
    do: 'Sign in again with a new link.',
  },
  'sign-in-link-invalid': {
    happened: 'This sign-in link is wrong, used up or expired.',
    now: 'You are not signed in.',
    do: 'Ask for a new link.',
  },
  'account-sign-in-invalid': {
    happened: 'This sign-in is over, was used before, or began in another browser.',
    now: 'You are not signed in.',
    do: 'Open your account page and sign in again.',
  },
  'sign-in-too-old': {
    happened: 'You signed in more than five minutes ago.',
    now: nothingDone,
    do: 'Sign in again, then repeat it.',
  },
  'last-way-in': {
    happened: 'This is the only way in which you can sign in.',
    now: nothingDone,
    do: 'Add another one first.',
  },
  'role-forbids': {
    happened: 'Your role does not allow that.',
    now: nothingDone,
    do: 'Ask an administrator or the owner of this tenant.',
  },
  'bearer-invalid': {
    happened: 'What the directory proved itself with is missing, unknown, revoked or expired.',
    now: nothingDone,
    do: 'Issue a new provisioning token and enter it there.',
  },
  'scope-missing': {
    happened: 'This client may not provision users and groups.',
    now: nothingDone,
    do: 'Ask an administrator to allow it.',
  },
  'provisioning-token-not-found': {
    happened: 'There is no such provisioning token.',
    now: nothingDone,
    do: 'Reload the list.',
  },
  'group-not-found': {
    happened: 'There is no such group.',
    now: nothingDone,
    do: 'Reload the list.',
  },
  'group-name-taken': {
    happened: 'Another group already has this name.',
    now: nothingDone,
    do: 'Choose another one.',
  },
  'filter-invalid': {
    happened: 'The filter can not be used.',
    now: nothingDone,
    do: 'Correct it.',
  },
  'path-invalid': {
    happened: 'The path of a change can not be read.',
    now: nothingDone,
    do: 'Correct it.',
  },
  'no-target': {
    happened: 'There is nothing at the place that was to be changed.',
    now: nothingDone,
    do: 'Read it again and choose what is there.',
  },
  'attribute-read-only': {
    happened: 'The server alone writes this value.',
    now: nothingDone,
    do: 'Leave it as it is.',
  },
  'too-many-results': {
    happened: 'The answer would be too large.',
    now: nothingDone,
    do: 'Ask for less.',
  },
  'precondition-failed': {
    happened: 'It was changed since you read it.',
    now: nothingDone,
    do: 'Reload to see the change, then decide again.',
  },
  'version-conflict': {
    happened: 'Somebody else changed this meanwhile.',
    now: 'Your change was not saved.',
    do: 'Reload to see theirs, then change it again.',
  },
  'current-password-wrong': {
    happened: 'This is not the password that is in use now.',
    now: nothingDone,
    do: 'Try again, or sign in with a passkey.',
  },
  'password-disabled': {
    happened: 'There were too many wrong passwords, so this one is disabled for a while.',
    now: nothingDone,
    do: 'Sign in with a passkey, or wait.',
  },
  'passwords-not-offered': {
    happened: 'Passwords prove nothing here: the workflow has no factor for them.',
    now: nothingDone,
    do: 'Add such a factor to the workflow, or do without.',
  },
  'password-rejected': {
    happened:
      'This password is not good enough: too short, on every list of common passwords, or about the person.',
    now: nothingDone,
    do: 'Choose another one; a few words in a row are long and easy to remember.',
  },
  'one-time-code-wrong': {
    happened: 'This is not the code that the app should show now.',
    now: 'The app is not in use yet.',
    do: 'Check that the phone sets its clock by itself, and type the code that it shows now.',
  },
  'one-time-code-app-not-found': {
    happened:
      'This app for one-time codes is not here: it was removed, or waited too long for its first code.',
    now: nothingDone,
    do: 'Reload, and begin again where one is to be added.',
  },
  'one-time-codes-not-offered': {
    happened:
      'No app for one-time codes can be added: the workflow has no factor for one, or the person has as many as she may.',
    now: nothingDone,
    do: 'Add a factor for one-time codes to the workflow, or remove an app that is not used any more.',
  },
  'input-invalid': {
    happened: 'The server did not accept what was entered: {{field}}.',
    now: nothingDone,
    do: 'Correct it, then try again.',
  },
  'document-invalid': {
    happened: 'There are faults in it.',
    now: 'Nothing was saved.',
    do: 'Mend the places that are marked, then save again.',
  },
  'version-not-found': {
    happened: 'There is no such version.',
    now: 'Nothing was changed.',
    do: 'Reload the list of versions.',
  },
  'theme-not-found': {
    happened: 'There is no such theme.',
    now: 'Nothing was changed.',
    do: 'Reload the list.',
  },
  'client-not-found': {
    happened: 'There is no such application.',
    now: 'Nothing was changed.',
    do: 'Reload the list.',
  },
  'theme-in-use': {
    happened: 'This theme is in use.',
    now: 'It was not deleted.',
    do: 'Choose another theme in the workflow first. The default theme stays.',
  },
  unavailable: {
    happened: 'The server cannot reach its database.',
    now: 'What is on the key stays there; nothing is lost.',
    do: 'Wait a moment, then press Try again.',
  },
  'request-malformed': {
    happened: 'The server could not read what this page sent.',
    now: nothingDone,
    do: 'Reload the page, then try again. If it comes back, tell your administrator.',
  },
  'sign-in-required': {
    happened: 'Your session has ended.',
    now: nothingDone,
    do: 'Sign in again.',
  },
  'cross-site-request': {
    happened: 'The server refused a request that seemed to come from another site.',
    now: nothingDone,
    do: 'Open this page at its own address, then try again.',
  },
  'not-found': {
    happened: 'The server does not know this address.',
    now: nothingDone,
    do: 'Reload the page. If it comes back, the page is older or newer than the server.',
  },
  'method-not-allowed': {
    happened: 'The server does not allow that here.',
    now: nothingDone,
    do: 'Reload the page. If it comes back, the page is older or newer than the server.',
  },
  'body-too-large': {
    happened: 'That was too much at once for the server.',
    now: nothingDone,
    do: 'Send less.',
  },
  'media-type-unsupported': {
    happened: 'The server did not take the form of what this page sent.',
    now: nothingDone,
    do: 'Reload the page. If it comes back, the page is older or newer than the server.',
  },
  'rate-limited': {
    happened: 'Too many requests in a short time.',
    now: nothingDone,
    do: 'Wait a minute, then press Try again.',
  },
  'pages-missing': {
    happened: 'The pages of Keywarden are not built on this server.',
    now: nothingDone,
    do: 'Ask whoever runs the server to run npm run build.',
  },
  internal: {
    happened: 'The server made a mistake.',
    now: 'What it did not finish does not count.',
    do: 'Try again. If it comes back, give your administrator the reference.',
  },

  'server-unreachable': {
    happened: 'The server cannot be reached.',
    now: 'What is on the key stays there; nothing is lost.',
    do: 'Check the network of this computer, then press Try again.',
  },
  'server-timeout': {
    happened: 'The server takes too long to answer.',
    now: 'What is on the key stays there; nothing is lost.',
    do: 'Press Try again.',
  },
  'answer-malformed': {
    happened: 'The server answered something that this page does not understand.',
    now: 'The page may be older than the server.',
    do: 'Reload the page. If it comes back, tell your administrator.',
  },
  problem: {
    happened: 'The server refused.',
    now: nothingDone,
    do: 'Try again. If it comes back, tell your administrator.',
  },
  'not-open': {
    happened: 'The workstation service could not be reached.',
    now: nothingChanged,
    do: 'Press Connect to Service.',
  },
  'not-understood': {
    happened: 'The workstation service did not answer in time.',
    now: 'The list may be out of date.',
    do: 'Press Connect to Service.',
  },
  closed: {
    happened: 'The connection to the workstation service broke.',
    now: 'What the key was doing may have ended or not; the server keeps the enrollment open.',
    do: 'Press Connect to Service, then go on with the key.',
  },
  'workstation-lost': {
    happened: 'The connection to the workstation service broke in the middle.',
    now: 'The key may have finished or not; the server keeps the enrollment open.',
    do: 'Press Connect to Service, then go on with the key or roll back.',
  },
  'operator-cancelled': {
    happened: 'You cancelled.',
    now: 'It is not assigned to anybody.',
    do: 'Press {{button}} to start again.',
  },
  'enrollment-unfinished': {
    happened: 'The identity provider has not confirmed the key yet.',
    now: 'The key has done its part; the server goes on by itself.',
    do: 'Press Try again to look, or leave this page: nothing is lost.',
  },
};
