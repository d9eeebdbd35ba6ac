import '../editing/editing.css';
import type { User } from '@keywarden/api';
import { TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { createPeople } from '../../client/people.ts';
import { Dialog, DialogForm } from '../dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { useSigned, useSurroundings } from '../surroundings.tsx';
import { MailField, mailIsUsable, NameField } from './person-fields.tsx';

interface Props {
  readonly onAdded: (user: User) => void;
  readonly onClose: () => void;
}

/** Fetched when it is opened: whoever looks people up does not need it. */
export function AddPerson(props: Props) {
  const { t } = useTexts();
  return (
    <Dialog opened onClose={props.onClose} title={t('adding.title')}>
      <AddForm {...props} />
    </Dialog>
  );
}

function AddForm({ onAdded, onClose }: Props) {
  const { t } = useTexts();
  const { http } = useSurroundings();
  const { tenant } = useSigned();
  const people = useMemo(() => createPeople(http, tenant), [http, tenant]);
  const [username, setUsername] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [email, setEmail] = useState('');
  const [tried, setTried] = useState(false);
  const ready = username.trim() !== '' && displayName.trim() !== '' && mailIsUsable(email);
  const add = useMutation({
    mutationFn: () =>
      people.addUser({
        username: username.trim(),
        displayName: displayName.trim(),
        email: email.trim() || null,
      }),
    onSuccess: (user) => {
      onAdded(user);
      notifications.show({ message: t('adding.added', { name: user.displayName }) });
    },
  });
  return (
    <DialogForm
      button={t('adding.do')}
      busy={add.isPending}
      error={add.error}
      circumstances={{ username: username.trim() }}
      onSubmit={() => {
        setTried(true);
        if (ready) add.mutate();
      }}
      onCancel={onClose}
    >
      <NameField value={displayName} tried={tried} onChange={setDisplayName} />
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
      <MailField value={email} tried={tried} onChange={setEmail} />
      <p className="quiet">{t('adding.next')}</p>
    </DialogForm>
  );
}
