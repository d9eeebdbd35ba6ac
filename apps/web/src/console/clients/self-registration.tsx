import type { RegistrationToken } from '@keywarden/api';
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog, DialogForm } from '../dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { ShownOnce } from '../shown-once.tsx';
import { useMoment } from '../use-moment.ts';

type Allow = () => Promise<RegistrationToken>;

/** For an application that registers itself: a token, shown in the moment it is made. */
export function SelfRegistration({ allow }: { readonly allow: Allow }) {
  const { t } = useTexts();
  const [opened, setOpened] = useState(false);
  const close = () => setOpened(false);
  return (
    <>
      <Button variant="default" onClick={() => setOpened(true)}>
        {t('clients.allow')}
      </Button>
      <Dialog opened={opened} onClose={close} title={t('clients.allowTitle')} once>
        <AllowForm allow={allow} onClose={close} />
      </Dialog>
    </>
  );
}

function AllowForm({ allow, onClose }: { readonly allow: Allow; readonly onClose: () => void }) {
  const { t } = useTexts();
  const moment = useMoment();
  const issue = useMutation({ mutationFn: allow, gcTime: 0 });
  const issued = issue.data;
  if (issued !== undefined) {
    return (
      <ShownOnce
        lead={`${t('clients.allowOnce')} ${t('clients.allowUntil', { time: moment(issued.endsAt) })}`}
        beside={[[t('clients.registrationEndpoint'), issued.registrationEndpoint]]}
        label={t('clients.registrationToken')}
        secret={issued.token}
        copy={t('clients.copyToken')}
        onDone={onClose}
      />
    );
  }
  return (
    <DialogForm
      button={t('clients.allowDo')}
      busy={issue.isPending}
      error={issue.error}
      onSubmit={() => issue.mutate()}
      onCancel={onClose}
    >
      <p>{t('clients.allowLead')}</p>
    </DialogForm>
  );
}
