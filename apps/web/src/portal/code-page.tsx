import { CodeForm, Resend } from './code-form.tsx';
import type { SignInState } from './state.ts';
import type { Words } from './words/index.ts';

interface Props {
  readonly state: SignInState;
  readonly words: Words;
  readonly now: () => number;
  readonly button: string;
  readonly onCode: (code: string) => Promise<void>;
  readonly onSendAgain: () => Promise<void>;
}

export function codeHint(words: Words, method: 'totp' | 'email' | undefined): string {
  return method === 'email' ? words.code.fromMail : words.code.fromApp;
}

export function Code({ state, words, now, button, onCode, onSendAgain }: Props) {
  const { screen } = state;
  const resendAt = 'resendAt' in screen ? screen.resendAt : null;
  return (
    <>
      <CodeForm
        words={{ label: words.code.label, missing: words.code.missing, button }}
        busy={state.busy}
        refused={state.fault === 'code-wrong'}
        kind="digits"
        onCode={onCode}
      />
      {resendAt !== null && (
        <Resend at={resendAt} now={now} busy={state.busy} words={words.code} onSend={onSendAgain} />
      )}
    </>
  );
}
