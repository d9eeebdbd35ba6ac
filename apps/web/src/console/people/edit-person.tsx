import type { UserDetails } from '@keywarden/api';
import { Button, Modal, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { People } from '../../client/people.ts';
import { Notice } from '../../ui/notice.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { useExplain } from '../explain.ts';
import { isMailAddress } from './mail-address.ts';

interface Props {
  readonly opened: boolean;
  readonly user: UserDetails;
  readonly people: People;
  readonly onSaved: (user: UserDetails) => void;
  readonly onClose: () => void;
}

export function EditPerson(props: Props) {
  const { t } = useTexts();
  const { t: common } = useTranslation();
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={t('person.edit.title', { name: props.user.displayName })}
      closeButtonProps={{ 'aria-label': common('app.close') }}
    >
      <EditForm {...props} />
    </Modal>
  );
}

function EditForm({ user, people, onSaved, onClose }: Props) {
  const { t } = useTexts();
  const { t: common } = useTranslation();
  const explain = useExplain();
  const [displayName, setDisplayName] = useState(user.displayName);
  const [email, setEmail] = useState(user.email ?? '');
  const [tried, setTried] = useState(false);
  const named = displayName.trim() !== '';
  const address = email.trim();
  const addressed = address === '' || isMailAddress(address);
  const save = useMutation({
    mutationFn: () =>
      people.changeUser(user.userId, {
        displayName: displayName.trim(),
        email: address === '' ? null : address,
        status: user.status,
      }),
    onSuccess: (saved) => {
      onSaved(saved);
      notifications.show({ message: t('person.edit.saved') });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (named && addressed && !save.isPending) save.mutate();
  };
  const fault = save.error === null ? null : explain(save.error);
  return (
    <form className="dialog" onSubmit={submit} noValidate>
      {user.externalId !== null && <p className="quiet">{t('person.edit.provisioned')}</p>}
      <TextInput
        label={t('person.edit.displayName')}
        data-autofocus
        maxLength={256}
        error={tried && !named ? t('person.edit.nameMissing') : undefined}
        value={displayName}
        onChange={(event) => setDisplayName(event.currentTarget.value)}
      />
      <TextInput
        label={t('person.edit.email')}
        description={t('person.edit.emailHint')}
        type="email"
        autoComplete="off"
        maxLength={320}
        error={tried && !addressed ? t('person.edit.emailMalformed') : undefined}
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
      />
      {fault !== null && (
        <Notice tone="error" title={fault.title} now={fault.now} do={fault.do} reference={fault.reference} />
      )}
      <div className="dialog-buttons">
        <Button variant="default" onClick={onClose}>
          {common('app.cancel')}
        </Button>
        <Button type="submit" loading={save.isPending}>
          {t('person.edit.save')}
        </Button>
      </div>
    </form>
  );
}
