import type { PortalFault } from '../failure.ts';

export interface FaultWords {
  readonly happened: string;
  readonly do: string;
}

export const en = {
  title: 'Sign in',
  titleTo: (client: string) => `Sign in to ${client}`,
  loading: 'Loading',
  with: (tenant: string) => `with your ${tenant} account`,
  username: 'Username',
  continue: 'Continue',
  usePasskey: 'Sign in with a passkey',
  or: 'or',
  usePassword: 'Use your password',
  password: 'Password',
  showPassword: 'Show the password',
  hidePassword: 'Hide the password',
  signIn: 'Sign in',
  as: (username: string) => `Signing in as ${username}`,
  change: 'Change',
  usernameMissing: 'Enter your username.',
  passwordMissing: 'Enter your password.',
  waiting: 'Follow what your browser asks',
  second: 'One more step',
  secondNow: 'Your organisation asks for a second proof.',
  back: 'Back',
  tryAgain: 'Try again',
  noWay: 'This browser can’t use passkeys, and no other way to sign in is offered.',
  noWayDo: 'Open this page in another browser.',
  consent: {
    title: (client: string) => `${client} asks for access`,
    now: 'It would like to:',
    allow: 'Allow',
    deny: 'Don’t allow',
  },
  add: {
    link: 'Add a passkey',
    description: 'Sign in faster next time, with your security key, phone or this device.',
    title: 'Add a passkey',
    protect: 'First confirm that it is you.',
    make: 'Your browser will ask where to keep it: on this device, on your phone or on a security key.',
    makeButton: 'Create passkey',
    doneTitle: 'Passkey added',
    done: 'You can sign in with it from now on.',
    offerTitle: 'Sign in faster next time?',
    notNow: 'Not now',
  },
  leaving: (client: string) => `Taking you back to ${client}`,
  footer: 'Keywarden',
  faults: {
    'request-missing': {
      happened: 'This page can’t be opened by itself.',
      do: 'Open the application that you want to sign in to, and begin there.',
    },
    'request-over': {
      happened: 'This sign-in has expired.',
      do: 'Go back to the application and begin again.',
    },
    'retries-exhausted': {
      happened: 'There were too many wrong tries.',
      do: 'Go back to the application and begin again.',
    },
    'password-wrong': {
      happened: 'The username or password is not right.',
      do: 'Check both, then try again.',
    },
    'passkey-refused': {
      happened: 'This passkey is not accepted here.',
      do: 'Use another passkey, or your password.',
    },
    'passkey-not-allowed': {
      happened: 'Your organisation does not allow this kind of passkey.',
      do: 'Use another security key or device, or ask your help desk which ones are allowed.',
    },
    'passkey-known': {
      happened: 'This passkey is registered already.',
      do: 'Sign in with it, or add one on another device.',
    },
    'authenticator-disabled': {
      happened: 'This way to sign in is blocked for now.',
      do: 'Use another way, try again later, or ask your help desk.',
    },
    'not-permitted': {
      happened: 'That is not permitted now.',
      do: 'Confirm that it is you, then try again.',
    },
    'server-unreachable': {
      happened: 'The server can’t be reached.',
      do: 'Check your connection, then try again.',
    },
    'server-failed': {
      happened: 'The server could not finish that.',
      do: 'Try again in a moment. If it comes back, ask your help desk.',
    },
    'passkey-cancelled': {
      happened: 'Nothing was confirmed: it was cancelled, or took too long.',
      do: 'Try again, or use another way.',
    },
    'passkey-on-this-device': {
      happened: 'This device or key already has a passkey for you.',
      do: 'Sign in with it, or use another device or key.',
    },
    'passkey-wrong-address': {
      happened: 'Passkeys don’t work at the address of this page.',
      do: 'Open it at its usual address. If you came here by a link, ask your help desk.',
    },
    'passkey-unsupported': {
      happened: 'This device or key can’t do what is needed here.',
      do: 'Use another one, or set a PIN or fingerprint on it first.',
    },
    'passkey-failed': {
      happened: 'The passkey could not be used.',
      do: 'Try again, or use another way.',
    },
  } satisfies Record<PortalFault, FaultWords>,
};
export type Words = typeof en;
