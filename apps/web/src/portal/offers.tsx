import type { SignIn } from './sign-in.ts';
import type { SignInState } from './state.ts';
import { labelOf } from './theme.ts';
import type { Words } from './words/index.ts';

interface Props {
  readonly state: SignInState;
  readonly signIn: SignIn;
  readonly words: Words;
  readonly language: string;
}

interface ActProps extends Pick<Props, 'state' | 'words'> {
  readonly label: string;
  readonly act: () => Promise<void>;
}

/** The one thing to do. While the browser asks, it says so. */
export function Primary({ state, words, label, act }: ActProps) {
  return (
    <button type="button" className="primary" disabled={state.busy} onClick={() => void act()}>
      {state.asking ? words.waiting : label}
    </button>
  );
}

export function Secondary({ state, label, act }: ActProps) {
  return (
    <button type="button" className="secondary" disabled={state.busy} onClick={() => void act()}>
      {label}
    </button>
  );
}

export function Plain({ state, label, act }: ActProps) {
  return (
    <button type="button" className="plain" disabled={state.busy} onClick={() => void act()}>
      {label}
    </button>
  );
}

/** Exactly when the authentication service offers it to this person. */
export function AddLink({ state, signIn, words, language }: Props) {
  const { add, theme } = state;
  if (add === null) return null;
  return (
    <div className="add">
      <button type="button" className="link" disabled={state.busy} onClick={() => void signIn.adding.begin()}>
        {labelOf(theme, add.enrollId, language) ?? words.add.link}
      </button>
      <p className="quiet">
        {labelOf(theme, `${add.enrollId}.description`, language) ?? words.add.description}
      </p>
    </div>
  );
}
