import type { ErrorTexts } from '../../codes.ts';

const nothingDone = 'Nothing was changed.';

/** How people prove who they are. */
export const authentication = {
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
} satisfies Partial<ErrorTexts>;
