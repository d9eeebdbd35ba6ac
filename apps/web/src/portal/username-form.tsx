import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { Or } from './parts.tsx';
import type { SignIn } from './sign-in.ts';
import type { SignInState } from './state.ts';
import type { Words } from './words/index.ts';

interface Props {
  readonly state: SignInState;
  readonly signIn: SignIn;
  readonly words: Words;
}

export function UsernameForm({ state, signIn, words }: Props) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [username, setUsername] = useState(state.loginHint);
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    field.current?.focus();
    void signIn.offerInField();
  }, [signIn]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const given = username.trim();
    setMissing(given === '');
    if (given === '') field.current?.focus();
    else void signIn.giveUsername(given);
  };
  return (
    <form onSubmit={submit} noValidate>
      <label htmlFor={id}>{words.username}</label>
      <input
        ref={field}
        id={id}
        data-autofocus
        name="username"
        autoComplete="username webauthn"
        autoCapitalize="none"
        spellCheck={false}
        dir="auto"
        maxLength={256}
        aria-invalid={missing}
        aria-describedby={`${id}-fault`}
        value={username}
        onChange={(event) => setUsername(event.currentTarget.value)}
      />
      <p className="field-fault" id={`${id}-fault`} role="alert">
        {missing ? words.usernameMissing : ''}
      </p>
      <button type="submit" className="primary" disabled={state.busy}>
        {words.continue}
      </button>
      {state.passkey !== null && (
        <>
          <Or words={words} />
          <button
            type="button"
            className="secondary"
            disabled={state.busy}
            onClick={() => void signIn.signInWithPasskey()}
          >
            {state.asking ? words.waiting : words.usePasskey}
          </button>
        </>
      )}
    </form>
  );
}
