import '../portal.css';
import './account.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Conversation } from '../conversation.ts';
import { createPasskeys } from '../passkeys.ts';
import { readTheme } from '../theme.ts';
import { chooseWords } from '../words/index.ts';
import { AccountPage } from './account-page.ts';
import { AccountClient } from './client.ts';
import { AccountView } from './page.tsx';
import { accountWords } from './words/index.ts';

/** `/<tenant>/authn/account`, with `code` and `state` on the way back from the portal. */
async function start(root: HTMLElement): Promise<void> {
  const parameters = new URLSearchParams(window.location.search);
  const code = parameters.get('code');
  const state = parameters.get('state');
  const base = window.location.pathname.replace(/\/account\/?$/, '');
  // A code counts once: neither a reload nor the history should have it.
  if (window.location.search !== '') window.history.replaceState(null, '', window.location.pathname);
  const { words, language } = await chooseWords(navigator.languages);
  const own = await accountWords(language);
  document.documentElement.lang = language;
  // Dates as they are written where she is.
  const locale = navigator.languages.find((tag) => tag.split('-', 1)[0] === language) ?? language;
  const now = () => Date.now();
  const wait = (milliseconds: number) =>
    new Promise<void>((resolve) => setTimeout(() => resolve(), milliseconds));
  const send: typeof fetch = (...request) => fetch(...request);
  const page = new AccountPage({
    client: new AccountClient(base, send),
    conversation: (requestUri) =>
      new Conversation({ base, requestUri }, { fetch: send, memory: sessionStorage, wait }),
    theme: () => readTheme({ base, fetch: send }, { themeId: null, language }),
    passkeys: createPasskeys(window, now),
    memory: sessionStorage,
    now,
    go: (url) => window.location.assign(url),
  });
  void page.start(code === null || state === null ? null : { code, state });
  createRoot(root).render(
    <StrictMode>
      <AccountView page={page} words={words} own={own} language={locale} now={now} />
    </StrictMode>,
  );
}

const root = document.getElementById('root');
if (root !== null) void start(root);
