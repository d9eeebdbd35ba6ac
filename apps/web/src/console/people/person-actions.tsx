import type { UserDetails } from '@keywarden/api';
import { ActionIcon, Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDots } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { People } from '../../client/people.ts';
import { DangerDialog } from '../danger-dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { Fault } from '../fault.tsx';
import { isOvertaken } from '../meanwhile.tsx';
import { useSigned } from '../surroundings.tsx';
import { EditPerson } from './edit-person.tsx';
import { TemporaryPassword } from './temporary-password.tsx';

interface Props {
  readonly user: UserDetails;
  readonly people: People;
  readonly onChanged: (user: UserDetails) => void;
}

/** What an administrator may do to a person as such; her passkeys and apps have their own. */
export function PersonActions({ user, people, onChanged }: Props) {
  const { t } = useTexts();
  const { session } = useSigned();
  const [open, setOpen] = useState<'edit' | 'password' | 'disable' | null>(null);
  const { displayName, email, status } = user;
  const change = useMutation({
    mutationFn: (to: UserDetails['status']) => people.changeUser(user, { displayName, email, status: to }),
    onSuccess: (changed) => {
      setOpen(null);
      onChanged(changed);
      notifications.show({ message: t(changed.status === 'active' ? 'person.enabled' : 'person.disabled') });
    },
    // Behind the dialog stands what somebody else made of it; the next try means that.
    onError: async (error) => {
      if (isOvertaken(error)) onChanged(await people.user(user.userId));
    },
  });
  if (!['owner', 'administrator'].includes(session.operator.role)) return null;
  const close = () => {
    setOpen(null);
    change.reset();
  };
  return (
    <>
      <Fault error={open !== null ? null : change.error} />
      <Button variant="default" onClick={() => setOpen('edit')}>
        {t('person.edit.button')}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon
            variant="default"
            size={36}
            aria-label={t('person.more', { name: displayName })}
            title={t('person.more', { name: displayName })}
          >
            <IconDots size={18} aria-hidden="true" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {status === 'active' && (
            <Menu.Item onClick={() => setOpen('password')}>{t('person.password.set')}</Menu.Item>
          )}
          {status === 'active' ? (
            <Menu.Item className="danger-item" onClick={() => setOpen('disable')}>
              {t('person.disable')}
            </Menu.Item>
          ) : (
            <Menu.Item onClick={() => change.mutate('active')}>{t('person.enable')}</Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <EditPerson
        opened={open === 'edit'}
        user={user}
        people={people}
        onSaved={(saved) => {
          setOpen(null);
          onChanged(saved);
        }}
        onClose={close}
      />
      <TemporaryPassword opened={open === 'password'} user={user} people={people} onClose={close} />
      <DangerDialog
        opened={open === 'disable'}
        title={t('person.disableTitle')}
        loss={t('person.disableLoss', { name: displayName })}
        word={user.username}
        button={t('person.disableDo')}
        busy={change.isPending}
        error={change.error}
        onConfirm={() => change.mutate('disabled')}
        onClose={close}
      />
    </>
  );
}
