import type { ErrorTexts } from '../../codes.ts';

const nothingChanged = 'Nothing was changed on the key, and nothing was assigned.';

/** What the service on the operator’s machine and the key itself refuse, and the channel to them. */
export const workstation = {
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
} satisfies Partial<ErrorTexts>;
