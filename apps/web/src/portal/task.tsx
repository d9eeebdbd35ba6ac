import type { ReactNode } from 'react';
import type { LanguageChoice } from './language-switch.tsx';
import { Fault, Title } from './parts.tsx';
import type { SignIn } from './sign-in.ts';
import type { SignInState } from './state.ts';
import type { Words } from './words/index.ts';

export interface PortalProps {
  readonly signIn: SignIn;
  readonly words: Words;
  readonly language: string;
  /** Absent: the page speaks what it was told to. */
  readonly choice?: LanguageChoice;
  readonly now: () => number;
}

export interface PageProps extends PortalProps {
  readonly state: SignInState;
}

interface TaskProps {
  readonly state: Pick<SignInState, 'fault' | 'username' | 'busy'>;
  readonly words: Words;
  readonly title: string;
  /** One sentence on what to do. */
  readonly lead?: string | undefined;
  /** Says who does it; `onChange`: she may be somebody else yet. */
  readonly who?: boolean;
  readonly onChange?: (() => void) | undefined;
  readonly children: ReactNode;
}

/** One task: its heading, who does it, what went wrong so far, and how it is done. */
export function Task({ state, words, title, lead, who = false, onChange, children }: TaskProps) {
  const { fault, username } = state;
  return (
    <>
      <Title text={title} />
      {who && username !== null && (
        <p className="who">
          {words.as(username)}
          {onChange !== undefined && (
            <button type="button" className="link" disabled={state.busy} onClick={onChange}>
              {words.change}
            </button>
          )}
        </p>
      )}
      {lead !== undefined && <p>{lead}</p>}
      {fault !== null && <Fault words={words.faults[fault]} />}
      {children}
    </>
  );
}
