import '../editing/editing.css';
import type { User } from '@keywarden/api';
import { Button, Modal, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { createPeople } from '../../client/people.ts';
import { Notice } from '../../ui/notice.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { useExplain } from '../explain.ts';
import { useSigned, useSurroundings } from '../surroundings.tsx';
import { isMailAddress } from './mail-address.ts';

interface Props {
  readonly onAdded: (user: User) => void;
  readonly onClose: () => void;
}

/** Fetched when it is opened: whoever looks people up does not need it. */
export function AddPerson(props: Props) {
  const { t } = useTexts();
  const { t: common } = useTranslation();
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={t('adding.title')}
      closeButtonProps={{ 'aria-label': common('app.close') }}
    >
      <AddForm {...props} />
    </Modal>
  );
}

function AddForm({ onAdded, onClose }: Props) {
  const { t } = useTexts();
  const { t: common } = useTranslation();
  const { http } = useSurroundings();
  const { tenant } = useSigned();
  const people = useMemo(() => createPeople(http, tenant), [http, tenant]);
  const explain = useExplain();
  const [username, setUsername] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [email, setEmail] = useState('');
  const [tried, setTried] = useState(false);
  const address = email.trim();
  const addressed = address === '' || isMailAddress(address);
  const ready = username.trim() !== '' && displayName.trim() !== '' && addressed;
  const add = useMutation({
    mutationFn: () =>
      people.addUser({
        username: username.trim(),
        displayName: displayName.trim(),
        email: address === '' ? null : address,
      }),
    onSuccess: (user) => {
      onAdded(user);
      notifications.show({ message: t('adding.added', { name: user.displayName }) });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (ready && !add.isPending) add.mutate();
  };
  const fault = add.error === null ? null : explain(add.error, { username: username.trim() });
  return (
    <form className="dialog" onSubmit={submit} noValidate>
      <TextInput
        label={t('person.edit.displayName')}
        data-autofocus
        maxLength={256}
        error={tried && displayName.trim() === '' ? t('person.edit.nameMissing') : undefined}
        value={displayName}
        onChange={(event) => setDisplayName(event.currentTarget.value)}
      />
      <TextInput
        label={t('adding.username')}
        description={t('adding.usernameHint')}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        maxLength={256}
        error={tried && username.trim() === '' ? t('adding.usernameMissing') : undefined}
        value={username}
        onChange={(event) => setUsername(event.currentTarget.value)}
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
      <p className="quiet">{t('adding.next')}</p>
      {fault !== null && (
        <Notice tone="error" title={fault.title} now={fault.now} do={fault.do} reference={fault.reference} />
      )}
      <div className="dialog-buttons">
        <Button variant="default" onClick={onClose}>
          {common('app.cancel')}
        </Button>
        <Button type="submit" loading={add.isPending}>
          {t('adding.do')}
        </Button>
      </div>
    </form>
  );
}
