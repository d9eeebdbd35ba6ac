import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { Owner, PasswordField } from './password-field.tsx';
import type { Words } from './words/index.ts';

interface Props {
  readonly words: Words;
  readonly busy: boolean;
  readonly username: string;
  readonly minimumLength: number;
  /** Where the one of now is asked for as well. */
  readonly current?: { readonly label: string; readonly missing: string };
  readonly onPassword: (password: { readonly current: string | null; readonly own: string }) => Promise<void>;
}

/** Typed once: whoever is unsure looks at it. */
export function NewPasswordForm({ words, busy, username, minimumLength, current, onPassword }: Props) {
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const [own, setOwn] = useState('');
  const [old, setOld] = useState('');
  const [submitted, setSubmitted] = useState(false);
  useEffect(() => form.current?.querySelector<HTMLElement>('[data-autofocus]')?.focus(), []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSubmitted(true);
    const unsaid = current !== undefined && old === '';
    if (!unsaid && own !== '') void onPassword({ current: current === undefined ? null : old, own });
  };
  // The browser's own look at the length would speak another language than the page.
  return (
    <form ref={form} onSubmit={submit} noValidate>
      <Owner username={username} />
      {current !== undefined && (
        <PasswordField
          words={words}
          label={current.label}
          id={`${id}-current`}
          kind="current-password"
          value={old}
          onValue={setOld}
          missing={submitted && old === '' ? current.missing : null}
          first
        />
      )}
      <PasswordField
        words={words}
        label={words.newPassword.label}
        hint={words.newPassword.atLeast(String(minimumLength))}
        id={`${id}-new`}
        kind="new-password"
        value={own}
        onValue={setOwn}
        missing={submitted && own === '' ? words.newPassword.missing : null}
        first={current === undefined}
      />
      <button type="submit" className="primary" disabled={busy}>
        {words.newPassword.button}
      </button>
    </form>
  );
}
