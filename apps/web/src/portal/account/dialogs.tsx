import { type FormEvent, lazy, type ReactNode, Suspense, useEffect, useId, useRef, useState } from 'react';
import { CodeForm } from '../code-form.tsx';
import { NewPasswordForm } from '../new-password-form.tsx';
import { Fault } from '../parts.tsx';
import type { AccountDialog } from './account-page.ts';
import type { SectionProps } from './page.tsx';

/** Few people add an app, and once. */
const QrCode = lazy(async () => ({ default: (await import('./qr-code.tsx')).QrCode }));

type Of<Name extends AccountDialog['name']> = SectionProps & {
  readonly dialog: Extract<AccountDialog, { readonly name: Name }>;
};

export function Dialogs(props: SectionProps) {
  const { dialog } = props.state;
  switch (dialog?.name) {
    case 'rename':
      return <Rename {...props} dialog={dialog} />;
    case 'remove':
      return <Remove {...props} dialog={dialog} />;
    case 'password':
      return <Password {...props} dialog={dialog} />;
    case 'app':
      return <App {...props} dialog={dialog} />;
    case 'again':
      return <Again {...props} />;
    case undefined:
      return null;
  }
}

/** The browser's own: it keeps the focus, Escape closes it, and what is behind it is out of reach. */
function Modal({
  state,
  page,
  words,
  own,
  title,
  children,
}: SectionProps & { readonly title: string; readonly children: ReactNode }) {
  const id = useId();
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = element.current;
    shown?.showModal();
    // Where there is one, the field to begin with: the browser would take whatever comes first.
    shown?.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={element}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        if (!state.busy) page.closeDialog();
      }}
    >
      <h2 id={id}>{title}</h2>
      {state.fault !== null && <Fault words={words.faults[state.fault]} />}
      {children}
      <button type="button" className="plain" disabled={state.busy} onClick={() => page.closeDialog()}>
        {own.removing.cancel}
      </button>
    </dialog>
  );
}

function Rename(props: Of<'rename'>) {
  const { dialog, page, state, own } = props;
  const id = useId();
  const [name, setName] = useState(dialog.passkey.name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '') void page.rename(name);
  };
  return (
    <Modal {...props} title={own.renaming.title}>
      <form onSubmit={submit}>
        <label htmlFor={id}>{own.renaming.label}</label>
        <input
          id={id}
          autoComplete="off"
          dir="auto"
          maxLength={100}
          required
          value={name}
          onFocus={(event) => event.currentTarget.select()}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <button type="submit" className="primary" disabled={state.busy}>
          {own.renaming.save}
        </button>
      </form>
    </Modal>
  );
}

function Remove(props: Of<'remove'>) {
  const { dialog, page, state, own } = props;
  const { kind, subject } = dialog;
  const [confirmed, setConfirmed] = useState(false);
  const last = subject.last_way_in;
  return (
    <Modal {...props} title={own.removing.title(subject.name)}>
      <p>{kind === 'passkeys' ? own.removing.passkey : own.removing.app}</p>
      {kind === 'passkeys' && <p className="quiet">{own.removing.left}</p>}
      {last && (
        <div className="fault" role="alert">
          <strong>{own.removing.last}</strong>
          <label className="check">
            <input
              type="checkbox"
              checked={confirmed}
              onChange={(event) => setConfirmed(event.currentTarget.checked)}
            />
            {own.removing.confirmLast}
          </label>
        </div>
      )}
      <button
        type="button"
        className="danger"
        disabled={state.busy || (last && !confirmed)}
        onClick={() => void page.remove(last && confirmed)}
      >
        {own.removing.remove}
      </button>
    </Modal>
  );
}

function Password(props: Of<'password'>) {
  const { dialog, page, state, words, own, account } = props;
  const current = { label: own.password.current, missing: own.password.currentMissing };
  return (
    <Modal {...props} title={account.password?.held === true ? own.password.changeTitle : own.password.set}>
      <NewPasswordForm
        key={String(dialog.current)}
        words={words}
        busy={state.busy}
        username={account.username}
        minimumLength={dialog.minimumLength}
        {...(dialog.current && { current })}
        onPassword={(password) => page.setPassword(password)}
      />
      <p className="quiet">{own.password.ends}</p>
    </Modal>
  );
}

function App(props: Of<'app'>) {
  const { dialog, page, state, words, own } = props;
  const { uri, secret } = dialog.begun;
  return (
    <Modal {...props} title={own.apps.addTitle}>
      <p>{own.apps.scan}</p>
      <Suspense fallback={<div className="qr" />}>
        <QrCode text={uri} label={own.apps.picture} />
      </Suspense>
      <p className="secret">
        {own.apps.key}: <code dir="ltr">{secret.replace(/(.{4})(?=.)/g, '$1 ')}</code>
      </p>
      <CodeForm
        words={{ label: own.apps.code, missing: words.code.missing, button: own.apps.confirm }}
        busy={state.busy}
        refused={state.fault === 'app-code-wrong'}
        kind="digits"
        onCode={(code) => page.confirmApp(code)}
      />
    </Modal>
  );
}

function Again(props: SectionProps) {
  const { page, state, own } = props;
  return (
    <Modal {...props} title={own.again.title}>
      <p>{own.again.now}</p>
      <button type="button" className="primary" disabled={state.busy} onClick={() => void page.signInAgain()}>
        {own.again.go}
      </button>
    </Modal>
  );
}
