import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog, DialogForm } from '../dialog.tsx';
import { ChoiceField } from '../editing/fields.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { CopyButton, Told } from '../shown-once.tsx';
import { useMoment } from '../use-moment.ts';
import type { PersonDialogProps } from './person-dialog.ts';

interface Props extends PersonDialogProps {
  readonly onIssued: () => void;
}

/** A code with which one person enrolls one passkey; told once, and gone when the dialog is closed. */
export function EnrollmentCode(props: Props) {
  const { t } = useTexts();
  const title = t('person.code.title', { name: props.user.displayName });
  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={title} once>
      <CodeForm {...props} />
    </Dialog>
  );
}

const lifetimes = ['3600', '86400', '259200', '604800'] as const;

function CodeForm({ user, people, onIssued, onClose }: Props) {
  const { t } = useTexts();
  const moment = useMoment();
  const [lifetime, setLifetime] = useState<(typeof lifetimes)[number]>('86400');
  const issue = useMutation({
    mutationFn: () => people.issueCode(user.userId, Number(lifetime)),
    onSuccess: onIssued,
    gcTime: 0,
  });
  if (issue.data !== undefined) {
    const { code, expiresAt } = issue.data;
    return (
      <Told>
        <code className="shown-once">{code}</code>
        <p>
          {t('person.code.shown')} {t('person.code.until', { time: moment(expiresAt) })}
        </p>
        <div className="dialog-buttons">
          <CopyButton text={code} label={t('person.code.copy')} />
          <Button onClick={onClose}>{t('once.done')}</Button>
        </div>
      </Told>
    );
  }
  return (
    <DialogForm
      button={t('person.code.do')}
      busy={issue.isPending}
      error={issue.error}
      onSubmit={() => issue.mutate()}
      onCancel={onClose}
    >
      <p>{t('person.code.lead')}</p>
      <ChoiceField
        label={t('person.code.lifetime')}
        value={lifetime}
        options={lifetimes.map((seconds) => [seconds, t(`person.code.lifetimes.${seconds}`)] as const)}
        onChange={setLifetime}
      />
    </DialogForm>
  );
}
