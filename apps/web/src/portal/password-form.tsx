import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { Owner, PasswordField } from './password-field.tsx';
import type { SignInState } from './state.ts';
import type { Words } from './words/index.ts';

interface Props {
  readonly state: SignInState;
  readonly words: Words;
  readonly button: string;
  readonly onPassword: (password: string) => Promise<void>;
}

export function PasswordForm({ state, words, button, onPassword }: Props) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [password, setPassword] = useState('');
  const [missing, setMissing] = useState(false);
  useEffect(() => field.current?.focus(), []);
  // A wrong one is typed anew.
  const { fault } = state;
  useEffect(() => {
    if (fault !== 'password-wrong') return;
    setPassword('');
    field.current?.focus();
  }, [fault]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMissing(password === '');
    if (password === '') field.current?.focus();
    else void onPassword(password);
  };
  return (
    <form onSubmit={submit} noValidate>
      <Owner username={state.username ?? ''} />
      <PasswordField
        words={words}
        label={words.password}
        id={id}
        kind="current-password"
        value={password}
        onValue={setPassword}
        missing={missing ? words.passwordMissing : null}
        first
        field={field}
      />
      <button type="submit" className="primary" disabled={state.busy}>
        {button}
      </button>
    </form>
  );
}
