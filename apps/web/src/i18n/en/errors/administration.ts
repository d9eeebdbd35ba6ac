import type { ErrorTexts } from '../../codes.ts';

const nothingDone = 'Nothing was changed.';

/** Operators and what they set up: workflow, themes, applications. */
export const administration = {
  'operator-not-found': {
    happened: 'There is no such operator.',
    now: nothingDone,
    do: 'Reload the list. If it is you, sign in again with a new link.',
  },
  'operator-deactivated': {
    happened: 'This operator is deactivated.',
    now: 'No sign-in link was issued.',
    do: 'Activate the operator first.',
  },
  'owner-required': {
    happened: 'Only an owner appoints, changes or invites an owner.',
    now: nothingDone,
    do: 'Ask an owner of this tenant.',
  },
  'own-access': {
    happened: 'Nobody changes their own role or deactivates themselves.',
    now: nothingDone,
    do: 'Ask another administrator to do it.',
  },
  'last-administrator': {
    happened: 'Nobody would be left who can appoint operators.',
    now: nothingDone,
    do: 'Appoint somebody else first.',
  },
  'sign-in-link-invalid': {
    happened: 'This sign-in link is wrong, used up or expired.',
    now: 'You are not signed in.',
    do: 'Ask for a new link.',
  },
  'role-forbids': {
    happened: 'Your role does not allow that.',
    now: nothingDone,
    do: 'Ask an administrator or the owner of this tenant.',
  },
  'version-conflict': {
    happened: 'Somebody else changed this meanwhile.',
    now: 'Your change was not saved.',
    do: 'Reload to see theirs, then change it again.',
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
} satisfies Partial<ErrorTexts>;
