import type { Account } from '@keywarden/api/account';
import { useEffect, useSyncExternalStore } from 'react';
import { AddingPage } from '../adding-pages.tsx';
import type { LanguageChoice } from '../language-switch.tsx';
import { Fault, Frame, Title } from '../parts.tsx';
import { applyTheme } from '../theme.ts';
import type { Words } from '../words/index.ts';
import type { AccountPage, AccountState } from './account-page.ts';
import { AppSection } from './app-section.tsx';
import { Dialogs } from './dialogs.tsx';
import { PasskeySection } from './passkey-section.tsx';
import { PasswordSection } from './password-section.tsx';
import { SessionSection } from './session-section.tsx';
import type { AccountWords } from './words/index.ts';

export interface AccountProps {
  readonly page: AccountPage;
  readonly words: Words;
  readonly own: AccountWords;
  /** For dates. */
  readonly language: string;
  readonly choice?: LanguageChoice;
  readonly now: () => number;
}

export interface SectionProps extends AccountProps {
  readonly state: AccountState;
  readonly account: Account;
}

export function AccountView(props: AccountProps) {
  const { page, words, own, choice } = props;
  const state = useSyncExternalStore(page.watch, page.snapshot);
  const { theme } = state;
  useEffect(() => {
    if (theme !== null) applyTheme(document.documentElement, theme);
  }, [theme]);
  return (
    <Frame
      theme={theme}
      busy={state.busy}
      status={state.done === null ? '' : doneWords(state.done, own)}
      words={words}
      choice={choice}
      wide={state.screen === 'account'}
    >
      <Screen {...props} state={state} />
    </Frame>
  );
}

function Screen(props: AccountProps & { readonly state: AccountState }) {
  const { state, page, words, own } = props;
  const { account, fault, screen } = state;
  const told = fault !== null && state.dialog === null && <Fault words={words.faults[fault]} />;
  if (screen === 'adding') return <Adding {...props} />;
  if (screen === 'account' && account !== null) {
    return (
      <>
        <header className="account-head">
          <div>
            <Title text={own.title} />
            <p className="quiet">
              {account.display_name} · {account.username}
            </p>
          </div>
          <button
            type="button"
            className="secondary small"
            disabled={state.busy}
            onClick={() => void page.signOut()}
          >
            {own.signOut}
          </button>
        </header>
        {told}
        <PasskeySection {...props} account={account} />
        <PasswordSection {...props} account={account} />
        <AppSection {...props} account={account} />
        <SessionSection {...props} account={account} />
        <Dialogs {...props} account={account} />
      </>
    );
  }
  if (screen === 'signed-out' || fault !== null) {
    return (
      <>
        <Title text={own.title} />
        {told}
        <p>{own.signedOut}</p>
        <button type="button" className="primary" disabled={state.busy} onClick={() => void page.signIn()}>
          {own.signIn}
        </button>
      </>
    );
  }
  return <p className="quiet">{words.loading}</p>;
}

/** A new passkey, step by step, as on the way of a sign-in. */
function Adding({ page, words, now }: AccountProps) {
  const { adding } = page;
  return adding === null ? null : <AddingSteps adding={adding} words={words} now={now} />;
}

function AddingSteps({
  adding: { stage, steps },
  words,
  now,
}: Pick<AccountProps, 'words' | 'now'> & { readonly adding: NonNullable<AccountPage['adding']> }) {
  const state = useSyncExternalStore(stage.watch, stage.snapshot);
  return (
    <>
      <AddingPage key={state.screen.name} state={state} adding={steps} words={words} now={now} />
      <p className="visually-hidden" role="status">
        {state.asking ? words.waiting : ''}
      </p>
    </>
  );
}

function doneWords(done: NonNullable<AccountState['done']>, own: AccountWords): string {
  switch (done) {
    case 'renamed':
      return own.renaming.done;
    case 'removed':
      return own.removing.done;
    case 'ended':
      return own.sessions.ended;
    case 'password-changed':
      return own.password.done;
    case 'app-added':
      return own.apps.done;
  }
}
