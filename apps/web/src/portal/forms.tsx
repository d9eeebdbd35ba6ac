import type { Sharing } from '@keywarden/api';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import type { SignIn, SignInState } from './sign-in.ts';
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
          <p className="or">
            <span>{words.or}</span>
          </p>
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

export function PasswordForm({
  state,
  words,
  button,
  onPassword,
}: Props & { readonly button: string; readonly onPassword: (password: string) => Promise<void> }) {
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

/** Who she is must be shared, or there is nobody to sign in; everything else she may leave out. */
const needed = 'openid';

export function ConsentForm({
  state,
  signIn,
  words,
  sharings,
}: Props & { readonly sharings: readonly Sharing[] }) {
  const [left, setLeft] = useState<readonly string[]>(() =>
    sharings.filter((sharing) => sharing.status === 'rejected').map((sharing) => sharing.scope),
  );
  const accepted = sharings
    .map((sharing) => sharing.scope)
    .filter((scope) => scope === needed || !left.includes(scope));
  const toggle = (scope: string) =>
    setLeft(left.includes(scope) ? left.filter((one) => one !== scope) : [...left, scope]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void signIn.decide(accepted);
  };
  return (
    <form onSubmit={submit}>
      <ul className="sharings">
        {sharings.map(({ scope, description }) => (
          <li key={scope}>
            <label>
              <input
                type="checkbox"
                checked={accepted.includes(scope)}
                disabled={scope === needed}
                onChange={() => toggle(scope)}
              />
              {description}
            </label>
          </li>
        ))}
      </ul>
      <button type="submit" className="primary" disabled={state.busy}>
        {words.consent.allow}
      </button>
      <button type="button" className="secondary" disabled={state.busy} onClick={() => signIn.deny()}>
        {words.consent.deny}
      </button>
    </form>
  );
}
