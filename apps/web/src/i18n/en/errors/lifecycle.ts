import type { ErrorTexts } from '../../codes.ts';

const nothingChanged = 'Nothing was changed on the key, and nothing was assigned.';
const nothingDone = 'Nothing was changed.';

/** Keys, their policies and how they are assigned. */
export const lifecycle = {
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
} satisfies Partial<ErrorTexts>;
