import { type FormEvent, useEffect, useId, useRef, useState } from 'react';

/** Told beside the field, in the page's words. */
export interface CodeWords {
  readonly label: string;
  readonly missing: string;
  readonly button: string;
}

interface Props {
  readonly words: CodeWords;
  readonly busy: boolean;
  /** Counts refusals: a wrong code is typed anew. */
  readonly refused: boolean;
  /** Digits of a one-time code; an enrollment code has letters too. */
  readonly kind: 'digits' | 'letters';
  readonly onCode: (code: string) => Promise<void>;
}

/** Codes come with the spaces and hyphens of the mail or app that they were copied from. */
export function plainCode(text: string): string {
  return text.replace(/[\s\u00ad\u2010-\u2015-]+/g, '');
}

export function CodeForm({ words, busy, refused, kind, onCode }: Props) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [missing, setMissing] = useState(false);
  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    if (!refused) return;
    setText('');
    field.current?.focus();
  }, [refused]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const code = plainCode(text);
    setMissing(code === '');
    if (code === '') field.current?.focus();
    else void onCode(code);
  };
  return (
    <form onSubmit={submit} noValidate>
      <label htmlFor={id}>{words.label}</label>
      <input
        ref={field}
        id={id}
        data-autofocus
        className="code"
        name="one-time-code"
        autoComplete={kind === 'digits' ? 'one-time-code' : 'off'}
        inputMode={kind === 'digits' ? 'numeric' : 'text'}
        autoCapitalize="characters"
        spellCheck={false}
        dir="ltr"
        maxLength={64}
        aria-invalid={missing}
        aria-describedby={`${id}-fault`}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <p className="field-fault" id={`${id}-fault`} role="alert">
        {missing ? words.missing : ''}
      </p>
      <button type="submit" className="primary" disabled={busy}>
        {words.button}
      </button>
    </form>
  );
}

interface ResendProps {
  readonly at: number;
  readonly now: () => number;
  readonly busy: boolean;
  readonly words: {
    readonly again: string;
    readonly againIn: (seconds: string) => string;
    readonly sent: string;
  };
  readonly onSend: () => Promise<void>;
}

/** Another mail, once some seconds have gone by: the first one is usually on its way. */
export function Resend({ at, now, busy, words, onSend }: ResendProps) {
  const [left, setLeft] = useState(() => secondsUntil(at, now));
  const [sent, setSent] = useState(false);
  useEffect(() => {
    setLeft(secondsUntil(at, now));
    const ticking = setInterval(() => setLeft(secondsUntil(at, now)), 1000);
    return () => clearInterval(ticking);
  }, [at, now]);
  return (
    <>
      <button
        type="button"
        className="plain"
        disabled={busy || left > 0}
        onClick={() => {
          setSent(false);
          void onSend().then(() => setSent(true));
        }}
      >
        {left > 0 ? words.againIn(String(left)) : words.again}
      </button>
      {/* The seconds are for the eye alone: read out, they would drown everything else. */}
      <p className="visually-hidden" role="status">
        {sent ? words.sent : ''}
      </p>
    </>
  );
}

function secondsUntil(at: number, now: () => number): number {
  return Math.max(0, Math.ceil((at - now()) / 1000));
}
