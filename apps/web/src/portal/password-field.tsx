import { type Ref, useState } from 'react';
import type { Words } from './words/index.ts';

interface Props {
  readonly words: Pick<Words, 'showPassword' | 'hidePassword'>;
  readonly label: string;
  readonly id: string;
  /** For password managers: the one of now, or one that is made now. */
  readonly kind: 'current-password' | 'new-password';
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly missing: string | null;
  /** What is asked of it. */
  readonly hint?: string;
  /** Where the eye and the focus of the page go. */
  readonly first?: boolean;
  readonly field?: Ref<HTMLInputElement>;
}

/** A password as it is typed: hidden unless she wants to see it. */
export function PasswordField(props: Props) {
  const { words, label, id, kind, value, onValue, missing, hint, first = false, field } = props;
  const [shown, setShown] = useState(false);
  const described = [...(hint === undefined ? [] : [`${id}-hint`]), `${id}-fault`].join(' ');
  return (
    <>
      <label htmlFor={id}>{label}</label>
      {hint !== undefined && (
        <p className="quiet" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <div className="password">
        <input
          ref={field}
          id={id}
          {...(first && { 'data-autofocus': true })}
          name={kind === 'current-password' ? 'password' : 'new-password'}
          type={shown ? 'text' : 'password'}
          autoComplete={kind}
          maxLength={1024}
          aria-invalid={missing !== null}
          aria-describedby={described}
          value={value}
          onChange={(event) => onValue(event.currentTarget.value)}
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
        {missing ?? ''}
      </p>
    </>
  );
}

/** For password managers: whose password this is. */
export function Owner({ username }: { readonly username: string }) {
  return (
    <input
      className="visually-hidden"
      name="username"
      autoComplete="username"
      value={username}
      readOnly
      tabIndex={-1}
      aria-hidden="true"
    />
  );
}
