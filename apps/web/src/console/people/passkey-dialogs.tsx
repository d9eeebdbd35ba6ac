import type { Passkey } from '@keywarden/api';
import { Button, Modal, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Notice } from '../../ui/notice.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { useExplain } from '../explain.ts';
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
  const { t: common } = useTranslation();
  const { passkey } = props;
  return (
    <Modal
      opened={passkey !== null}
      onClose={props.onClose}
      title={t('person.rename.title')}
      closeButtonProps={{ 'aria-label': common('app.close') }}
    >
      {passkey !== null && <RenameForm {...props} passkey={passkey} />}
    </Modal>
  );
}

function RenameForm({ passkey, busy, error, onSave, onClose }: FormProps<string>) {
  const { t } = useTexts();
  const [name, setName] = useState(passkey.friendlyName);
  const [tried, setTried] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (name.trim() !== '' && !busy) onSave(name.trim());
  };
  return (
    <form className="dialog" onSubmit={submit} noValidate>
      <TextInput
        label={t('person.rename.name')}
        data-autofocus
        maxLength={100}
        error={tried && name.trim() === '' ? t('person.rename.missing') : undefined}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Foot label={t('person.rename.save')} busy={busy} error={error} onClose={onClose} />
    </form>
  );
}

type Validity = Pick<Passkey, 'validFrom' | 'validUntil'>;

export function LimitPasskey(props: Props<Validity>) {
  const { t } = useTexts();
  const { t: common } = useTranslation();
  const { passkey } = props;
  return (
    <Modal
      opened={passkey !== null}
      onClose={props.onClose}
      title={t('person.limit.title', { name: passkey?.friendlyName ?? '' })}
      closeButtonProps={{ 'aria-label': common('app.close') }}
    >
      {passkey !== null && <LimitForm {...props} passkey={passkey} />}
    </Modal>
  );
}

function LimitForm({ passkey, busy, error, onSave, onClose }: FormProps<Validity>) {
  const { t } = useTexts();
  const before = { from: dayOf(passkey.validFrom), until: dayOf(passkey.validUntil) };
  const [from, setFrom] = useState(before.from);
  const [until, setUntil] = useState(before.until);
  const disordered = from !== '' && until !== '' && until < from;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (disordered || busy) return;
    onSave({
      // A day that nobody touched keeps the hour that it may have been given elsewhere.
      validFrom: from === before.from ? passkey.validFrom : startOfDay(from),
      validUntil: until === before.until ? passkey.validUntil : endOfDay(until),
    });
  };
  return (
    <form className="dialog" onSubmit={submit} noValidate>
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
      <Foot label={t('person.limit.save')} busy={busy} error={error} onClose={onClose} />
    </form>
  );
}

function Foot({
  label,
  busy,
  error,
  onClose,
}: Pick<Props<never>, 'busy' | 'error' | 'onClose'> & { readonly label: string }) {
  const { t } = useTranslation();
  const explain = useExplain();
  const fault = error === null ? null : explain(error);
  return (
    <>
      {fault !== null && (
        <Notice tone="error" title={fault.title} now={fault.now} do={fault.do} reference={fault.reference} />
      )}
      <div className="dialog-buttons">
        <Button variant="default" onClick={onClose}>
          {t('app.cancel')}
        </Button>
        <Button type="submit" loading={busy}>
          {label}
        </Button>
      </div>
    </>
  );
}
