import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog, DialogForm } from './dialog.tsx';

interface Props {
  readonly opened: boolean;
  readonly title: string;
  /** Exactly what will be lost. */
  readonly loss: string;
  /** What is typed to confirm: the person's or the key's name. */
  readonly word: string;
  readonly button: string;
  readonly asksReason?: boolean;
  readonly busy: boolean;
  readonly error: Error | null;
  readonly onConfirm: (reason: string) => void;
  readonly onClose: () => void;
}

/** What can't be taken back is told exactly, and done only once its name has been typed. */
export function DangerDialog(props: Props) {
  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={props.title}>
      <DangerForm {...props} />
    </Dialog>
  );
}

function DangerForm({ loss, word, button, asksReason = false, busy, error, onConfirm, onClose }: Props) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const matches = typed.trim() === word;
  return (
    <DialogForm
      dangerous
      button={button}
      busy={busy}
      disabled={!matches || (asksReason && reason.trim() === '')}
      error={error}
      onSubmit={() => onConfirm(reason.trim())}
      onCancel={onClose}
    >
      <p>{loss}</p>
      {asksReason && (
        <TextInput
          label={t('danger.reason')}
          description={t('danger.reasonHint')}
          required
          maxLength={500}
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      )}
      <TextInput
        label={t('danger.revokeType', { word })}
        required
        autoComplete="off"
        spellCheck={false}
        data-autofocus={!asksReason || undefined}
        description={typed !== '' && !matches ? t('danger.mismatch') : ' '}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
    </DialogForm>
  );
}
