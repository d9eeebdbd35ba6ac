import type { Theme } from '@keywarden/api/authn';
import { type ReactNode, useEffect, useRef } from 'react';
import { type LanguageChoice, LanguageSwitch } from './language-switch.tsx';
import type { FaultWords, Words } from './words/index.ts';

/** The tenant's brand first, one task a page, ours in the footer alone. */
export function Frame({
  theme,
  busy,
  status,
  words,
  choice,
  wide = false,
  children,
}: {
  readonly theme: Theme | null;
  readonly busy: boolean;
  /** Read out as it changes. */
  readonly status: string;
  readonly words: Pick<Words, 'footer' | 'language'>;
  readonly choice?: LanguageChoice | undefined;
  readonly wide?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <div className={theme?.background_image == null ? 'portal' : 'portal pictured'}>
      <header className="brand">{theme !== null && <Brand theme={theme} />}</header>
      <main className={wide ? 'wide' : 'card'} aria-busy={busy}>
        {children}
        <p className="visually-hidden" role="status">
          {status}
        </p>
      </main>
      <footer>
        <span>{words.footer}</span>
        {choice !== undefined && <LanguageSwitch choice={choice} label={words.language} />}
      </footer>
    </div>
  );
}

/** Whose sign-in this is. A picture says the name to whoever can't see it. */
function Brand({ theme: { name, logo, logo_dark } }: { readonly theme: Theme }) {
  if (logo === null) return name;
  return (
    <picture>
      {logo_dark !== null && <source media="(prefers-color-scheme: dark)" srcSet={logo_dark} />}
      <img src={logo} alt={name} height={40} />
    </picture>
  );
}

export function Title({ text }: { readonly text: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = text;
    // A page with a field focuses that; any other its heading, so that it is read out.
    if (document.querySelector('[data-autofocus]') !== null) return;
    // Whoever just chose another language is still there.
    if (document.activeElement?.closest('footer') == null) heading.current?.focus();
  }, [text]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {text}
    </h1>
  );
}

export function Fault({ words: { happened, do: next } }: { readonly words: FaultWords }) {
  return (
    <div className="fault" role="alert">
      <strong>{happened}</strong>
      <p>{next}</p>
    </div>
  );
}

/** What can't be done here, and why: nothing went wrong. */
export function Note({ words: { happened, do: next } }: { readonly words: FaultWords }) {
  return (
    <div className="note">
      <strong>{happened}</strong>
      <p>{next}</p>
    </div>
  );
}

export function Or({ words }: { readonly words: Pick<Words, 'or'> }) {
  return (
    <p className="or">
      <span>{words.or}</span>
    </p>
  );
}
