import type { SectionProps } from './page.tsx';

/** Only where a password is good for something. */
export function PasswordSection({ account: { password }, state, page, own }: SectionProps) {
  if (password === null) return null;
  return (
    <section className="panel" aria-labelledby="password">
      <h2 id="password">{own.password.title}</h2>
      <p className="quiet">{password.held ? own.password.held : own.password.none}</p>
      <button
        type="button"
        className="secondary fitting"
        disabled={state.busy}
        onClick={() => page.askForPassword()}
      >
        {password.held ? own.password.change : own.password.set}
      </button>
    </section>
  );
}
