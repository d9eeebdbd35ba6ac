import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog, DialogForm } from '../dialog.tsx';
import { ChoiceField, TextField } from '../editing/fields.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { ShownOnce } from '../shown-once.tsx';
import { useMoment } from '../use-moment.ts';
import type { PersonDialogProps } from './person-dialog.ts';

/** Told once, and gone when the dialog is closed. */
export function TemporaryPassword(props: PersonDialogProps) {
  const { t } = useTexts();
  const title = t('person.password.title', { name: props.user.displayName });
  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={title} once>
      <PasswordForm {...props} />
    </Dialog>
  );
}

const kinds = ['random', 'own'] as const;

function PasswordForm({ user, people, onClose }: PersonDialogProps) {
  const { t } = useTexts();
  const moment = useMoment();
  const [kind, setKind] = useState<(typeof kinds)[number]>('random');
  const [own, setOwn] = useState('');
  const [tried, setTried] = useState(false);
  const missing = kind === 'own' && own === '';
  const set = useMutation({
    mutationFn: () => people.setPassword(user.userId, kind === 'own' ? own : null),
    gcTime: 0,
  });
  if (set.data !== undefined) {
    const { password, expiresAt } = set.data;
    return (
      <ShownOnce
        lead={`${t('person.password.shown')} ${t('person.code.until', { time: moment(expiresAt) })}`}
        beside={[[t('person.facts.username'), user.username]]}
        label={t('person.password.own')}
        secret={password}
        copy={t('person.password.copy')}
        onDone={onClose}
      />
    );
  }
  return (
    <DialogForm
      button={t('person.password.do')}
      busy={set.isPending}
      error={set.error}
      onSubmit={() => {
        setTried(true);
        if (!missing) set.mutate();
      }}
      onCancel={onClose}
    >
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
    </DialogForm>
  );
}
