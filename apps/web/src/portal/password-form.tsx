import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
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
  const [shown, setShown] = useState(false);
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
      {/* For password managers: whose password this is. */}
      <input
        className="visually-hidden"
        name="username"
        autoComplete="username"
        value={state.username ?? ''}
        readOnly
        tabIndex={-1}
        aria-hidden="true"
      />
      <label htmlFor={id}>{words.password}</label>
      <div className="password">
        <input
          ref={field}
          id={id}
          data-autofocus
          name="password"
          type={shown ? 'text' : 'password'}
          autoComplete="current-password"
          maxLength={1024}
          aria-invalid={missing}
          aria-describedby={`${id}-fault`}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <button
          type="button"
          className="show"
          aria-label={shown ? words.hidePassword : words.showPassword}
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M2.5 12s3.5-6.5 9.5-6.5S21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z" />
            <circle cx="12" cy="12" r="2.75" />
            {shown && <path d="m4 20 16-16" />}
          </svg>
        </button>
      </div>
      <p className="field-fault" id={`${id}-fault`} role="alert">
        {missing ? words.passwordMissing : ''}
      </p>
      <button type="submit" className="primary" disabled={state.busy}>
        {button}
      </button>
    </form>
  );
}
