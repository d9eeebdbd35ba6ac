import type { FlowPreview } from '@keywarden/api';
import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Editing } from '../../client/editing.ts';
import { Notice } from '../../ui/notice.tsx';
import { Mark } from '../../ui/status.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { Fault } from '../fault.tsx';

interface Props {
  readonly editing: Editing;
  readonly document: unknown;
  readonly faulty: boolean;
}

/** What one person would be offered by what is in the editor, and why. */
export function Preview({ editing, document, faulty }: Props) {
  const { t } = useTexts();
  const [username, setUsername] = useState('');
  const preview = useMutation({ mutationFn: (name: string) => editing.preview(name, document) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const name = username.trim();
    if (name !== '' && !faulty) preview.mutate(name);
  };
  return (
    <section className="section">
      <p className="quiet">{t('workflow.preview.lead')}</p>
      <form className="preview-form" onSubmit={submit}>
        <TextInput
          label={t('workflow.preview.username')}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          maxLength={256}
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" disabled={faulty} loading={preview.isPending}>
          {t('workflow.preview.show')}
        </Button>
      </form>
      {faulty && <p className="part-fault">{t('workflow.preview.faults')}</p>}
      <Fault error={preview.error} />
      <div aria-live="polite">
        {preview.data !== undefined && !faulty && <Shown preview={preview.data} />}
      </div>
    </section>
  );
}

function Shown({ preview }: { readonly preview: FlowPreview }) {
  const { t } = useTexts();
  const { user, factors, enrollActions, bootstrap, username } = preview;
  return (
    <>
      <h2 className="section-title">{user === null ? username : `${user.displayName} (${username})`}</h2>
      {user === null && (
        <Notice tone="info" title={t('workflow.preview.nobody')} now={t('workflow.preview.nobodyNow')} />
      )}
      {user !== null && user.status !== 'active' && (
        <Notice tone="warn" title={t('workflow.preview.disabled')} />
      )}
      {bootstrap && <Notice tone="warn" title={t('workflow.preview.bootstrap')} />}
      <h3 className="preview-head">{t('workflow.preview.factors')}</h3>
      <ul className="preview-list">
        {factors.map(({ factorId, offered, reason }) => (
          <Offer
            key={factorId}
            id={factorId}
            offered={offered}
            because={[t(`workflow.preview.reasons.${reason}`)]}
          />
        ))}
      </ul>
      <h3 className="preview-head">{t('workflow.preview.actions')}</h3>
      {enrollActions.length === 0 && <p className="quiet">{t('workflow.none')}</p>}
      <ul className="preview-list">
        {enrollActions.map(({ enrollId, offered, reason, upon, hindrances }) => (
          <Offer
            key={enrollId}
            id={enrollId}
            offered={offered}
            because={[
              t(`workflow.preview.reasons.${reason}`, { upon: upon.join(', ') }),
              ...(offered ? hindrances.map((one) => t(`workflow.preview.hindrances.${one}`)) : []),
            ]}
          />
        ))}
      </ul>
    </>
  );
}

function Offer({
  id,
  offered,
  because,
}: {
  readonly id: string;
  readonly offered: boolean;
  readonly because: readonly string[];
}) {
  const { t } = useTexts();
  return (
    <li>
      <code>{id}</code>
      <Mark tone={offered ? 'good' : 'neutral'} shape={offered ? 'disc' : 'barred'}>
        {t(offered ? 'workflow.preview.offered' : 'workflow.preview.notOffered')}
      </Mark>
      <span>{because.join(' ')}</span>
    </li>
  );
}
