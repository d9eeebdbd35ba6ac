import type { OwnPasskey } from '@keywarden/api/account';
import { Note } from '../parts.tsx';
import { KindIcon } from './kind-icon.tsx';
import { Moment } from './moment.tsx';
import type { SectionProps } from './page.tsx';

export function PasskeySection(props: SectionProps) {
  const { account, state, page, words, own } = props;
  return (
    <section className="panel" aria-labelledby="passkeys">
      <h2 id="passkeys">{own.passkeys.title}</h2>
      <p className="quiet">{own.passkeys.description}</p>
      {account.passkeys.length === 0 ? (
        <p>{own.passkeys.none}</p>
      ) : (
        <ul className="things">
          {account.passkeys.map((passkey) => (
            <PasskeyRow key={passkey.id} {...props} passkey={passkey} />
          ))}
        </ul>
      )}
      {account.may_add_passkey &&
        (page.supportsPasskeys ? (
          <button
            type="button"
            className="primary fitting"
            disabled={state.busy}
            onClick={() => void page.addPasskey()}
          >
            {own.passkeys.add}
          </button>
        ) : (
          <Note words={words.faults[globalThis.isSecureContext ? 'passkey-browser' : 'passkey-insecure']} />
        ))}
    </section>
  );
}

function PasskeyRow({
  passkey,
  state,
  page,
  own,
  language,
}: SectionProps & { readonly passkey: OwnPasskey }) {
  const { name, kind, model, status, synced } = passkey;
  const facts = [
    own.passkeys.kinds[kind],
    ...(model === null || model === name ? [] : [model]),
    ...(synced === null ? [] : [synced ? own.passkeys.synced : own.passkeys.bound]),
  ];
  return (
    <li className="thing">
      <KindIcon passkey={passkey} />
      <div className="about">
        <strong dir="auto">{name}</strong>
        {status === 'ACTIVE' ? (
          <p className="quiet">{facts.join(' · ')}</p>
        ) : (
          <p className="mark">{status === 'PENDING' ? own.passkeys.waiting : own.passkeys.suspended}</p>
        )}
        <p className="quiet">
          {own.passkeys.added} <Moment at={passkey.created_at} language={language} />
          {' · '}
          {passkey.last_used_at === null ? (
            own.passkeys.neverUsed
          ) : (
            <>
              {own.passkeys.used} <Moment at={passkey.last_used_at} language={language} />
            </>
          )}
        </p>
      </div>
      <div className="actions">
        <button
          type="button"
          className="secondary small"
          aria-label={own.passkeys.renameOf(name)}
          disabled={state.busy}
          onClick={() => page.askToRename(passkey)}
        >
          {own.passkeys.rename}
        </button>
        <button
          type="button"
          className="secondary small"
          aria-label={own.passkeys.removeOf(name)}
          disabled={state.busy}
          onClick={() => page.askToRemove({ kind: 'passkeys', subject: passkey })}
        >
          {own.passkeys.remove}
        </button>
      </div>
    </li>
  );
}
