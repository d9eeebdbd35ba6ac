import { Button, Modal, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Notice } from '../ui/notice.tsx';
import { useExplain } from './explain.ts';

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

export function DangerDialog(props: Props) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={props.title}
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      <DangerForm {...props} />
    </Modal>
  );
}

function DangerForm({ loss, word, button, asksReason = false, busy, error, onConfirm, onClose }: Props) {
  const { t } = useTranslation();
  const explain = useExplain();
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const matches = typed.trim() === word;
  const ready = matches && (!asksReason || reason.trim() !== '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready && !busy) onConfirm(reason.trim());
  };
  const fault = error === null ? null : explain(error);
  return (
    <form className="dialog" onSubmit={submit}>
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
      {fault !== null && (
        <Notice tone="error" title={fault.title} now={fault.now} do={fault.do} reference={fault.reference} />
      )}
      <div className="dialog-buttons">
        <Button variant="default" onClick={onClose}>
          {t('app.cancel')}
        </Button>
        <Button type="submit" variant="outline" className="danger-button" disabled={!ready} loading={busy}>
          {button}
        </Button>
      </div>
    </form>
  );
}
