import type { User } from '@keywarden/api';
import { Button, Modal } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { People } from '../../client/people.ts';
import { Notice } from '../../ui/notice.tsx';
import { ChoiceField, TextField } from '../editing/fields.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { useExplain } from '../explain.ts';
import { ShownOnce } from '../shown-once.tsx';

interface Props {
  readonly opened: boolean;
  readonly user: User;
  readonly people: People;
  readonly onClose: () => void;
}

/** Told once, and gone when the dialog is closed. */
export function TemporaryPassword(props: Props) {
  const { t } = useTexts();
  const { t: common } = useTranslation();
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      closeOnClickOutside={false}
      title={t('person.password.title', { name: props.user.displayName })}
      closeButtonProps={{ 'aria-label': common('app.close') }}
    >
      <PasswordForm {...props} />
    </Modal>
  );
}

const kinds = ['random', 'own'] as const;

function PasswordForm({ user, people, onClose }: Props) {
  const { t, i18n } = useTexts();
  const { t: common } = useTranslation();
  const explain = useExplain();
  const [kind, setKind] = useState<(typeof kinds)[number]>('random');
  const [own, setOwn] = useState('');
  const [tried, setTried] = useState(false);
  const missing = kind === 'own' && own === '';
  const set = useMutation({
    mutationFn: () => people.setPassword(user.userId, kind === 'own' ? own : null),
    gcTime: 0,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!missing && !set.isPending) set.mutate();
  };
  if (set.data !== undefined) {
    const { password, expiresAt } = set.data;
    const time = new Intl.DateTimeFormat(i18n.language, { dateStyle: 'medium', timeStyle: 'short' }).format(
      new Date(expiresAt),
    );
    return (
      <ShownOnce
        lead={`${t('person.password.shown')} ${t('person.code.until', { time })}`}
        beside={[[t('person.facts.username'), user.username]]}
        label={t('person.password.own')}
        secret={password}
        copy={t('person.password.copy')}
        onDone={onClose}
      />
    );
  }
  const fault = set.error === null ? null : explain(set.error);
  return (
    <form className="dialog" onSubmit={submit} noValidate>
      <p>{t('person.password.lead')}</p>
      <ChoiceField
        label={t('person.password.kind')}
        value={kind}
        options={kinds.map((one) => [one, t(`person.password.kinds.${one}`)] as const)}
        onChange={setKind}
      />
      {kind === 'own' && (
        <TextField
          label={t('person.password.own')}
          fault={tried && missing ? { tone: 'bad', text: t('person.password.ownMissing') } : undefined}
          value={own}
          onChange={setOwn}
        />
      )}
      {fault !== null && (
        <Notice tone="error" title={fault.title} now={fault.now} do={fault.do} reference={fault.reference} />
      )}
      <div className="dialog-buttons">
        <Button variant="default" onClick={onClose}>
          {common('app.cancel')}
        </Button>
        <Button type="submit" loading={set.isPending}>
          {t('person.password.do')}
        </Button>
      </div>
    </form>
  );
}
