import '../portal.css';
import './account.css';
import { StrictMode, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { Conversation } from '../conversation.ts';
import { createPasskeys } from '../passkeys.ts';
import { announceIn, askedIn, Speech } from '../speech.ts';
import { readTheme } from '../theme.ts';
import { loadWords, type Words } from '../words/index.ts';
import { AccountPage } from './account-page.ts';
import { AccountClient } from './client.ts';
import { AccountView } from './page.tsx';
import { type AccountWords, loadAccountWords } from './words/index.ts';

const now = () => Date.now();

interface AllWords {
  readonly words: Words;
  readonly own: AccountWords;
}

async function loadAll(tag: string): Promise<AllWords> {
  const [words, own] = await Promise.all([loadWords(tag), loadAccountWords(tag)]);
  return { words, own };
}

/** `/<tenant>/authn/account`, with `code` and `state` on the way back from the portal. */
async function start(root: HTMLElement): Promise<void> {
  const parameters = new URLSearchParams(window.location.search);
  const code = parameters.get('code');
  const state = parameters.get('state');
  const asked = askedIn(parameters);
  const base = window.location.pathname.replace(/\/account\/?$/, '');
  // A code counts once: neither a reload nor the history should have it.
  if (window.location.search !== '') window.history.replaceState(null, '', window.location.pathname);
  const speech = await Speech.begin({
    load: loadAll,
    browser: navigator.languages,
    asked,
    memory: localStorage,
    announce: announceIn(document.documentElement),
  });
  const wait = (milliseconds: number) =>
    new Promise<void>((resolve) => setTimeout(() => resolve(), milliseconds));
  const send: typeof fetch = (...request) => fetch(...request);
  const page = new AccountPage({
    client: new AccountClient(base, { fetch: send, chosenLanguage: speech.chosen }),
    conversation: (requestUri) =>
      new Conversation(
        { base, requestUri },
        { fetch: send, memory: sessionStorage, wait, chosenLanguage: speech.chosen },
      ),
    theme: () => readTheme({ base, fetch: send }, { themeId: null, language: speech.language() }),
    passkeys: createPasskeys(window, now),
    memory: sessionStorage,
    now,
    go: (url) => window.location.assign(url),
  });
  void page.start(code === null || state === null ? null : { code, state });
  createRoot(root).render(
    <StrictMode>
      <Spoken page={page} speech={speech} />
    </StrictMode>,
  );
}

function Spoken({ page, speech }: { readonly page: AccountPage; readonly speech: Speech<AllWords> }) {
  const { words, language } = useSyncExternalStore(speech.watch, speech.snapshot);
  const choice = {
    language: language.tag,
    choose: (tag: string) => void speech.choose(tag).then(() => page.speakAnew()),
  };
  return <AccountView page={page} {...words} language={speech.locale} choice={choice} now={now} />;
}

const root = document.getElementById('root');
if (root !== null) void start(root);
