import type { UserDetails } from '@keywarden/api';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog, DialogForm } from '../dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
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
  const [displayName, setDisplayName] = useState(user.displayName);
  const [email, setEmail] = useState(user.email ?? '');
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: () =>
      people.changeUser(user.userId, {
        displayName: displayName.trim(),
        email: email.trim() || null,
        status: user.status,
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
      error={save.error}
      onSubmit={() => {
        setTried(true);
        if (displayName.trim() !== '' && mailIsUsable(email)) save.mutate();
      }}
      onCancel={onClose}
    >
      {user.externalId !== null && <p className="quiet">{t('person.edit.provisioned')}</p>}
      <NameField value={displayName} tried={tried} onChange={setDisplayName} />
      <MailField value={email} tried={tried} onChange={setEmail} />
    </DialogForm>
  );
}
