import type { UserDetails } from '@keywarden/api';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog, DialogForm } from '../dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { isOvertaken, Meanwhile, useEdited } from '../meanwhile.tsx';
import { LanguageField, UsernameField, useLanguageName } from './identity-fields.tsx';
import type { PersonDialogProps } from './person-dialog.ts';
import { MailField, mailIsUsable, NameField } from './person-fields.tsx';

interface Props extends PersonDialogProps<UserDetails> {
  readonly onSaved: (user: UserDetails) => void;
}

export function EditPerson(props: Props) {
  const { t } = useTexts();
  const title = t('person.edit.title', { name: props.user.displayName });
  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={title}>
      <EditForm {...props} />
    </Dialog>
  );
}

function EditForm({ user, people, onSaved, onClose }: Props) {
  const { t } = useTexts();
  const nameOf = useLanguageName();
  const [displayName, setDisplayName] = useState(user.displayName);
  const [username, setUsername] = useState(user.username);
  const [email, setEmail] = useState(user.email ?? '');
  const [language, setLanguage] = useState(user.language);
  const [tried, setTried] = useState(false);
  const edited = useEdited(user, () => people.user(user.userId));
  const { stored } = edited;
  const save = useMutation({
    mutationFn: () =>
      people.changeUser(stored, {
        displayName: displayName.trim(),
        username: username.trim(),
        email: email.trim() || null,
        language,
        status: stored.status,
      }),
    onSuccess: (saved) => {
      onSaved(saved);
      notifications.show({ message: t('person.edit.saved') });
    },
  });
  return (
    <DialogForm
      button={t('person.edit.save')}
      busy={save.isPending}
      error={isOvertaken(save.error) ? null : save.error}
      circumstances={{ username: username.trim() }}
      onSubmit={() => {
        setTried(true);
        if (displayName.trim() !== '' && username.trim() !== '' && mailIsUsable(email)) save.mutate();
      }}
      onCancel={onClose}
    >
      {stored.externalId !== null && <p className="quiet">{t('person.edit.provisioned')}</p>}
      <NameField value={displayName} tried={tried} onChange={setDisplayName} />
      <UsernameField value={username} stored={stored} tried={tried} onChange={setUsername} />
      <MailField value={email} tried={tried} onChange={setEmail} />
      <LanguageField value={language} stored={stored.language} onChange={setLanguage} />
      <Meanwhile
        edited={edited}
        error={save.error}
        facts={(newest) => [
          [t('person.edit.displayName'), newest.displayName],
          [t('identity.username'), newest.username],
          [t('person.edit.email'), newest.email ?? '–'],
          [t('identity.language'), nameOf(newest.language)],
        ]}
        onTake={(newest) => {
          setDisplayName(newest.displayName);
          setUsername(newest.username);
          setEmail(newest.email ?? '');
          setLanguage(newest.language);
        }}
        onLooked={save.reset}
      />
    </DialogForm>
  );
}
