import './portal.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Conversation } from './conversation.ts';
import { createPasskeys } from './passkeys.ts';
import { Portal } from './portal.tsx';
import { SignIn } from './sign-in.ts';
import { chooseWords } from './words/index.ts';

/** `/<tenant>/authn/portal?request_uri=…` */
async function start(root: HTMLElement): Promise<void> {
  const parameters = new URLSearchParams(window.location.search);
  const requestUri = parameters.get('request_uri');
  const base = window.location.pathname.replace(/\/portal\/?$/, '');
  const { words, language } = await chooseWords(navigator.languages);
  document.documentElement.lang = language;
  const now = () => Date.now();
  const signIn = new SignIn({
    conversation:
      requestUri === null
        ? null
        : new Conversation(
            { base, requestUri },
            {
              fetch: (...request) => fetch(...request),
              memory: sessionStorage,
              wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
            },
          ),
    themeId: parameters.get('theme_id'),
    language,
    passkeys: createPasskeys(window, now),
    now,
    leave: (url) => window.location.replace(url),
  });
  void signIn.start();
  createRoot(root).render(
    <StrictMode>
      <Portal signIn={signIn} words={words} language={language} now={now} />
    </StrictMode>,
  );
}

const root = document.getElementById('root');
if (root !== null) void start(root);
