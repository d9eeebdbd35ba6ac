import '../../../portal/portal.css';
import { createRoot, type Root } from 'react-dom/client';
import { Check } from 'typebox/value';
import { Conversation } from '../../../portal/conversation.ts';
import type { Passkeys } from '../../../portal/passkeys.ts';
import { Portal } from '../../../portal/portal.tsx';
import { SignIn } from '../../../portal/sign-in.ts';
import { chooseWords } from '../../../portal/words/index.ts';
import { cannedService } from './canned.ts';
import { previewReady, ShowTheme } from './messages.ts';

/** Nobody is asked for a passkey while a theme is tried on. */
const noPasskeys: Passkeys = {
  support: 'yes',
  inField: async () => false,
  ask: () => new Promise(() => {}),
  make: () => new Promise(() => {}),
  stopAsking: () => {},
};

const nothingKept = { getItem: () => null, setItem: () => {}, removeItem: () => {} };

/** The portal's own pages, with a service that answers what the editor wants to look at. */
async function show(root: Root, { theme, screen, scheme }: ShowTheme): Promise<void> {
  document.documentElement.style.colorScheme = scheme;
  const { words, language } = await chooseWords([theme.language]);
  document.documentElement.lang = language;
  const { fetch, username } = cannedService(theme, { offers: screen === 'passkey' });
  const now = () => Date.now();
  const signIn = new SignIn({
    conversation: new Conversation(
      { base: '', requestUri: 'preview' },
      { fetch, memory: nothingKept, wait: async () => {} },
    ),
    themeId: theme.theme_id,
    language: () => language,
    passkeys: noPasskeys,
    now,
    leave: () => {},
  });
  await signIn.start();
  if (screen !== 'sign-in') await signIn.giveUsername(username);
  if (screen === 'consent') {
    signIn.choosePassword();
    await signIn.givePassword('preview');
  }
  root.render(<Portal signIn={signIn} words={words} language={language} now={now} />);
}

function listen(element: HTMLElement): void {
  const root = createRoot(element);
  // What is under the pointer is a picture: nothing in it takes the focus from the editor beside it.
  document.documentElement.inert = true;
  let newest = 0;
  window.addEventListener('message', ({ origin, source, data }) => {
    if (origin !== window.location.origin || source !== window.parent || !Check(ShowTheme, data)) return;
    newest += 1;
    const mine = newest;
    // One after the other: an older theme must not overtake a newer one.
    setTimeout(() => {
      if (mine === newest) void show(root, data);
    });
  });
  window.parent.postMessage(previewReady, window.location.origin);
}

const element = document.getElementById('root');
if (element !== null && window.parent !== window) listen(element);
