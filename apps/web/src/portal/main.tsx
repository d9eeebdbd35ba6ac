import './portal.css';
import { StrictMode, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { Conversation } from './conversation.ts';
import { createPasskeys } from './passkeys.ts';
import { Portal } from './portal.tsx';
import { SignIn } from './sign-in.ts';
import { announceIn, askedIn, Speech } from './speech.ts';
import { loadWords, type Words } from './words/index.ts';

const now = () => Date.now();

/** `/<tenant>/authn/portal?request_uri=…` */
async function start(root: HTMLElement): Promise<void> {
  const parameters = new URLSearchParams(window.location.search);
  const requestUri = parameters.get('request_uri');
  const base = window.location.pathname.replace(/\/portal\/?$/, '');
  const speech = await Speech.begin({
    load: loadWords,
    browser: navigator.languages,
    asked: askedIn(parameters),
    memory: localStorage,
    announce: announceIn(document.documentElement),
  });
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
              chosenLanguage: speech.chosen,
            },
          ),
    themeId: parameters.get('theme_id'),
    language: speech.language,
    suggest: (tags) => speech.suggest(tags),
    passkeys: createPasskeys(window, now),
    now,
    leave: (url) => window.location.replace(url),
  });
  void signIn.start();
  createRoot(root).render(
    <StrictMode>
      <Spoken signIn={signIn} speech={speech} />
    </StrictMode>,
  );
}

function Spoken({ signIn, speech }: { readonly signIn: SignIn; readonly speech: Speech<Words> }) {
  const { words, language } = useSyncExternalStore(speech.watch, speech.snapshot);
  const choice = {
    language: language.tag,
    choose: (tag: string) => void speech.choose(tag).then(() => signIn.speakAnew()),
  };
  return <Portal signIn={signIn} words={words} language={language.tag} choice={choice} now={now} />;
}

const root = document.getElementById('root');
if (root !== null) void start(root);
