import type { PortalFault } from '../failure.ts';

export interface FaultWords {
  readonly happened: string;
  readonly do: string;
}

export const en = {
  title: 'Sign in',
  titleTo: (client: string) => `Sign in to ${client}`,
  titleAccount: 'Sign in to your account',
  loading: 'Loading',
  username: 'Username',
  continue: 'Continue',
  usePasskey: 'Sign in with a passkey',
  or: 'or',
  usePassword: 'Use your password',
  useApp: 'Use a code from your app',
  useMail: 'Get a code by e-mail',
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
  noWay: 'No way to sign in is left in this browser.',
  code: {
    title: 'One-time code',
    label: 'Code',
    fromApp: 'Open your authentication app and enter the code that it shows.',
    fromMail: 'If an e-mail address is known for this username, a code was sent to it.',
    missing: 'Enter the code.',
    again: 'Send another code',
    againIn: (seconds: string) => `Send another code in ${seconds} s`,
    sent: 'Another code was sent.',
  },
  newPassword: {
    title: 'Choose a new password',
    lead: 'Your password is a temporary one, and not known to you alone. Choose one that only you know.',
    label: 'New password',
    atLeast: (count: string) =>
      `At least ${count} characters. A few words in a row are long and easy to remember.`,
    button: 'Save password',
    missing: 'Enter a new password.',
  },
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
    code: 'Enter the enrollment code that your help desk gave you. It works once.',
    useCode: 'Use an enrollment code of your help desk',
    codeLabel: 'Enrollment code',
    make: 'Your browser will ask where to keep it: on this device, on your phone or on a security key.',
    makeButton: 'Create passkey',
    doneTitle: 'Passkey added',
    done: 'You can sign in with it from now on.',
    offerTitle: 'Sign in faster next time?',
    notNow: 'Not now',
  },
  leaving: (client: string) => `Taking you back to ${client}`,
  footer: 'Keywarden',
  language: 'Language',
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
    'code-wrong': {
      happened: 'This code is not right, or not valid any more.',
      do: 'Enter the newest one. Each works once and for a short time.',
    },
    'enrollment-code-wrong': {
      happened: 'This enrollment code is not right, was used, or has expired.',
      do: 'Check it, or ask your help desk for a new one.',
    },
    'code-sends-exhausted': {
      happened: 'No more codes are sent for now.',
      do: 'Enter the newest one, use another way, or wait a while.',
    },
    'way-not-enough': {
      happened: 'The application asks for a way to sign in that you don’t have yet.',
      do: 'Add a passkey first, or ask your help desk.',
    },
    'passkey-refused': {
      happened: 'This passkey is not accepted here.',
      do: 'Use another passkey, or another way to sign in.',
    },
    'passkey-not-allowed': {
      happened: 'Your organisation does not allow this kind of passkey. Nothing was added.',
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
    'too-many-requests': {
      happened: 'There were too many tries in a short time.',
      do: 'Wait a minute, then try again.',
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
      happened: 'No passkey was made: it was cancelled, or no device here can make one as it is wanted.',
      do: 'Try again when you are ready, with another device or key if need be, or leave it for another time.',
    },
    'passkey-none-used': {
      happened: 'No passkey was used: it was cancelled, or none for this account was found.',
      do: 'Try again with the device or key that has your passkey, or use another way to sign in.',
    },
    'passkey-timed-out': {
      happened: 'It took too long, and the request ended.',
      do: 'Have your key or phone at hand, then try again.',
    },
    'passkey-aborted': {
      happened: 'Your browser stopped before the passkey could answer.',
      do: 'Close other windows that ask for a passkey, then try again.',
    },
    'passkey-on-this-device': {
      happened: 'This device or key already has a passkey for you. Nothing was added.',
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
    'passkey-insecure': {
      happened: 'Passkeys can’t be used here: the connection to this page is not secure.',
      do: 'Open the page with an address that begins with https, or use another way to sign in.',
    },
    'passkey-browser': {
      happened: 'This browser can’t use passkeys.',
      do: 'Update it, open this page in another browser, or use another way to sign in.',
    },
    'passkey-failed': {
      happened: 'The passkey could not be used.',
      do: 'Try again, or use another way.',
    },
    'account-ended': {
      happened: 'You are signed out: your session has ended.',
      do: 'Sign in again.',
    },
    'account-sign-in-failed': {
      happened: 'That sign-in is over, was used before, or began in another browser.',
      do: 'Sign in again, here.',
    },
    'account-changed': {
      happened: 'What you saw has changed meanwhile.',
      do: 'Look at the list again.',
    },
    'app-code-wrong': {
      happened: 'This is not the code that the app should show now. The app is not in use yet.',
      do: 'Check that your phone sets its clock by itself, then enter the next code.',
    },
    'app-over': {
      happened: 'This app waited too long for its first code, or was removed.',
      do: 'Begin again.',
    },
    'apps-not-offered': {
      happened: 'No authentication app can be added now.',
      do: 'Remove one that you don’t use, or ask your help desk.',
    },
    'password-too-short': {
      happened: 'This password is too short.',
      do: 'Take a longer one; a few words in a row are easy to remember.',
    },
    'password-too-long': {
      happened: 'This password is too long.',
      do: 'Take one of at most 256 characters.',
    },
    'password-repetitive': {
      happened: 'This password is the same few characters again and again.',
      do: 'Take a more varied one.',
    },
    'password-about-you': {
      happened: 'Take your name and address out of this password, and little is left.',
      do: 'Take one that has nothing to do with you.',
    },
    'password-common': {
      happened: 'This is one of the passwords that everybody tries first.',
      do: 'Take one that nobody else has.',
    },
    'password-breached': {
      happened: 'This password was stolen from some other site once, and is tried everywhere since.',
      do: 'Take one that you use nowhere else. If you use this one elsewhere, change it there too.',
    },
    'password-same': {
      happened: 'This is the password that is to be replaced.',
      do: 'Choose another one.',
    },
    'current-password-wrong': {
      happened: 'This is not your current password. Nothing was changed.',
      do: 'Try again, or sign in again with a passkey: then you need not say it.',
    },
    'name-not-good': {
      happened: 'This name can’t be used. Nothing was changed.',
      do: 'Choose one of 1 to 100 characters.',
    },
  } satisfies Record<PortalFault, FaultWords>,
};
export type Words = typeof en;
