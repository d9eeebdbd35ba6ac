import { labelOf } from '../theme.ts';
import { Moment } from './moment.tsx';
import type { SectionProps } from './page.tsx';

/** Only where codes of an app are good for something, or she has one. */
export function AppSection({ account, state, page, own, language }: SectionProps) {
  const { app_factors: factors } = account;
  const many = factors.length > 1;
  const nameOf = (authType: string) => {
    const id = factors.find((factor) => factor.auth_type === authType)?.factor_id ?? '';
    // The tenant's own word, where she reads the page in the language of its theme.
    return labelOf(state.theme, id, language.split('-', 1)[0] ?? '') ?? authType;
  };
  if (account.apps.length === 0 && !account.may_add_app) return null;
  return (
    <section className="panel" aria-labelledby="apps">
      <h2 id="apps">{own.apps.title}</h2>
      <p className="quiet">{own.apps.description}</p>
      {account.apps.length > 0 && (
        <ul className="things">
          {account.apps.map((app) => (
            <li key={app.id} className="thing">
              <div className="about">
                <strong dir="auto">{app.name}</strong>
                {many && <p className="quiet">{own.apps.usedFor(nameOf(app.auth_type))}</p>}
                <p className="quiet">
                  {own.passkeys.added} <Moment at={app.created_at} language={language} />
                </p>
              </div>
              <div className="actions">
                <button
                  type="button"
                  className="secondary small"
                  aria-label={own.passkeys.removeOf(app.name)}
                  disabled={state.busy}
                  onClick={() => page.askToRemove({ kind: 'apps', subject: app })}
                >
                  {own.passkeys.remove}
                </button>
              </div>
            </li>
          ))}
        </ul>
      )}
      {factors.map(({ auth_type: authType }) => (
        <button
          key={authType}
          type="button"
          className="secondary fitting"
          disabled={state.busy}
          onClick={() => void page.addApp(authType)}
        >
          {many ? own.apps.addFor(nameOf(authType)) : own.apps.add}
        </button>
      ))}
    </section>
  );
}
