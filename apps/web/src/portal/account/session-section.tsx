import type { OwnSession } from '@keywarden/api/account';
import { browserName } from './browser-name.ts';
import { Moment } from './moment.tsx';
import type { SectionProps } from './page.tsx';
import type { AccountWords } from './words/index.ts';

export function SessionSection({ account, state, page, own, language }: SectionProps) {
  const { sessions } = account;
  return (
    <section className="panel" aria-labelledby="sessions">
      <h2 id="sessions">{own.sessions.title}</h2>
      <p className="quiet">{own.sessions.description}</p>
      <ul className="things">
        {sessions.map((session) => (
          <li key={`${session.kind} ${session.id}`} className="thing">
            <div className="about">
              <strong dir="auto">{nameOf(session, own)}</strong>
              {session.current && <p className="mark">{own.sessions.here}</p>}
              <p className="quiet">
                {own.sessions.since} <Moment at={session.since} language={language} exact />
                {session.address !== null && ` · ${session.address}`}
              </p>
            </div>
            {!session.current && (
              <div className="actions">
                <button
                  type="button"
                  className="secondary small"
                  aria-label={own.sessions.endOf(nameOf(session, own))}
                  disabled={state.busy}
                  onClick={() => void page.endSession(session)}
                >
                  {own.sessions.end}
                </button>
              </div>
            )}
          </li>
        ))}
      </ul>
      {sessions.length > 1 && (
        <button
          type="button"
          className="secondary fitting"
          disabled={state.busy}
          onClick={() => void page.endOtherSessions()}
        >
          {own.sessions.endOthers}
        </button>
      )}
    </section>
  );
}

function nameOf({ kind, name, user_agent }: OwnSession, own: AccountWords): string {
  if (kind === 'application') return name ?? '';
  const known = browserName(user_agent);
  const browser = known === null ? own.sessions.unknown : own.sessions.on(known.browser, known.system);
  return `${own.sessions.account} · ${browser}`;
}
