import type { Passkey } from '@keywarden/api';
import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { Dialog, DialogForm } from '../dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { dayOf, endOfDay, startOfDay } from './days.ts';

interface Props<Change> {
  readonly passkey: Passkey | null;
  readonly busy: boolean;
  readonly error: Error | null;
  readonly onSave: (change: Change) => void;
  readonly onClose: () => void;
}

interface FormProps<Change> extends Props<Change> {
  readonly passkey: Passkey;
}

export function RenamePasskey(props: Props<string>) {
  const { t } = useTexts();
  const { passkey } = props;
  return (
    <Dialog opened={passkey !== null} onClose={props.onClose} title={t('person.rename.title')}>
      {passkey !== null && <RenameForm {...props} passkey={passkey} />}
    </Dialog>
  );
}

function RenameForm({ passkey, busy, error, onSave, onClose }: FormProps<string>) {
  const { t } = useTexts();
  const [name, setName] = useState(passkey.friendlyName);
  const [tried, setTried] = useState(false);
  return (
    <DialogForm
      button={t('person.rename.save')}
      busy={busy}
      error={error}
      onSubmit={() => {
        setTried(true);
        if (name.trim() !== '') onSave(name.trim());
      }}
      onCancel={onClose}
    >
      <TextInput
        label={t('person.rename.name')}
        data-autofocus
        maxLength={100}
        error={tried && name.trim() === '' ? t('person.rename.missing') : undefined}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
    </DialogForm>
  );
}

type Validity = Pick<Passkey, 'validFrom' | 'validUntil'>;

export function LimitPasskey(props: Props<Validity>) {
  const { t } = useTexts();
  const { passkey } = props;
  const title = t('person.limit.title', { name: passkey?.friendlyName ?? '' });
  return (
    <Dialog opened={passkey !== null} onClose={props.onClose} title={title}>
      {passkey !== null && <LimitForm {...props} passkey={passkey} />}
    </Dialog>
  );
}

function LimitForm({ passkey, busy, error, onSave, onClose }: FormProps<Validity>) {
  const { t } = useTexts();
  const before = { from: dayOf(passkey.validFrom), until: dayOf(passkey.validUntil) };
  const [from, setFrom] = useState(before.from);
  const [until, setUntil] = useState(before.until);
  const disordered = from !== '' && until !== '' && until < from;
  const save = () =>
    onSave({
      // A day that nobody touched keeps the hour that it may have been given elsewhere.
      validFrom: from === before.from ? passkey.validFrom : startOfDay(from),
      validUntil: until === before.until ? passkey.validUntil : endOfDay(until),
    });
  return (
    <DialogForm
      button={t('person.limit.save')}
      busy={busy}
      error={error}
      onSubmit={() => {
        if (!disordered) save();
      }}
      onCancel={onClose}
    >
      <p>{t('person.limit.lead')}</p>
      <TextInput
        type="date"
        label={t('person.limit.from')}
        description={t('person.limit.hint')}
        data-autofocus
        value={from}
        onChange={(event) => setFrom(event.currentTarget.value)}
      />
      <TextInput
        type="date"
        label={t('person.limit.until')}
        description={t('person.limit.hint')}
        error={disordered ? t('person.limit.order') : undefined}
        value={until}
        onChange={(event) => setUntil(event.currentTarget.value)}
      />
    </DialogForm>
  );
}
