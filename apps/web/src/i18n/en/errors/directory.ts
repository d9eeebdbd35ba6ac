import type { ErrorTexts } from '../../codes.ts';

const nothingDone = 'Nothing was changed.';

/** People and groups, where they come from, and what provisions them. */
export const directory = {
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
    happened: 'Somebody else changed this meanwhile.',
    now: 'Your change was not saved.',
    do: 'Look at it again, then decide.',
  },
} satisfies Partial<ErrorTexts>;
