import type { Sharing } from '@keywarden/api/authn';
import { type FormEvent, useState } from 'react';
import type { SignIn } from './sign-in.ts';
import type { SignInState } from './state.ts';
import type { Words } from './words/index.ts';

interface Props {
  readonly state: SignInState;
  readonly signIn: SignIn;
  readonly words: Words;
  readonly language: string;
  readonly sharings: readonly Sharing[];
}

/** Who she is must be shared, or there is nobody to sign in; everything else she may leave out. */
const needed = 'openid';

export function ConsentForm({ state, signIn, words, language, sharings }: Props) {
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
        {sharings.map((sharing) => {
          const { scope } = sharing;
          const { label, description } = wordsOf(sharing, state, language);
          return (
            <li key={scope}>
              <label>
                <input
                  type="checkbox"
                  checked={accepted.includes(scope)}
                  disabled={scope === needed}
                  onChange={() => toggle(scope)}
                />
                <span>
                  {label !== null && <strong>{label}</strong>}
                  <span className={label === null ? undefined : 'quiet'}>{description}</span>
                </span>
              </label>
            </li>
          );
        })}
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

/** The theme speaks the page's language; what it has no words for, the service said in its own. */
function wordsOf(
  { scope, label, description }: Sharing,
  { theme }: SignInState,
  language: string,
): { readonly label: string | null; readonly description: string } {
  const themed = theme?.language === language ? theme.scopes[scope] : undefined;
  return themed ?? { label: label ?? null, description };
}
