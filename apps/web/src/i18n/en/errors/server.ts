import type { ErrorTexts } from '../../codes.ts';

const nothingDone = 'Nothing was changed.';

/** The server as such, and the way to it. */
export const server = {
  unavailable: {
    happened: 'The server cannot reach its database, or has too much to do.',
    now: 'Nothing is lost: what is saved stays, and so does what is on a key.',
    do: 'Wait a moment, then try again.',
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
    do: 'Wait a minute, then try again.',
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
    now: 'Nothing is lost: what is saved stays, and so does what is on a key.',
    do: 'Check the network of this computer, then try again.',
  },
  'server-timeout': {
    happened: 'The server takes too long to answer.',
    now: 'Nothing is lost: what is saved stays, and so does what is on a key.',
    do: 'Wait a moment, then try again.',
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
} satisfies Partial<ErrorTexts>;
