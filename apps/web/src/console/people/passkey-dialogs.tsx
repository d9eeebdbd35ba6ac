import type { Passkey } from '@keywarden/api';
import { TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { People } from '../../client/people.ts';
import { Dialog, DialogForm } from '../dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { isOvertaken, Meanwhile, useEdited } from '../meanwhile.tsx';
import { dayOf, endOfDay, startOfDay } from './days.ts';

interface Props {
  readonly passkey: Passkey | null;
  readonly people: People;
  readonly onSaved: () => void;
  readonly onClose: () => void;
}

interface FormProps extends Props {
  readonly passkey: Passkey;
}

export function RenamePasskey(props: Props) {
  const { t } = useTexts();
  const { passkey } = props;
  return (
    <Dialog opened={passkey !== null} onClose={props.onClose} title={t('person.rename.title')}>
      {passkey !== null && <RenameForm {...props} passkey={passkey} />}
    </Dialog>
  );
}

function RenameForm({ passkey, people, onSaved, onClose }: FormProps) {
  const { t } = useTexts();
  const [name, setName] = useState(passkey.friendlyName);
  const [tried, setTried] = useState(false);
  const edited = useEdited(passkey, () => people.passkey(passkey.deviceId));
  const save = useMutation({
    mutationFn: () => people.renamePasskey(edited.stored, name.trim()),
    onSuccess: onSaved,
  });
  return (
    <DialogForm
      button={t('person.rename.save')}
      busy={save.isPending}
      error={isOvertaken(save.error) ? null : save.error}
      onSubmit={() => {
        setTried(true);
        if (name.trim() !== '') save.mutate();
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
      <Meanwhile
        edited={edited}
        error={save.error}
        facts={({ friendlyName }) => [[t('person.rename.name'), friendlyName]]}
        onTake={({ friendlyName }) => setName(friendlyName)}
        onLooked={save.reset}
      />
    </DialogForm>
  );
}

export function LimitPasskey(props: Props) {
  const { t } = useTexts();
  const { passkey } = props;
  const title = t('person.limit.title', { name: passkey?.friendlyName ?? '' });
  return (
    <Dialog opened={passkey !== null} onClose={props.onClose} title={title}>
      {passkey !== null && <LimitForm {...props} passkey={passkey} />}
    </Dialog>
  );
}

function LimitForm({ passkey, people, onSaved, onClose }: FormProps) {
  const { t } = useTexts();
  const edited = useEdited(passkey, () => people.passkey(passkey.deviceId));
  const { stored } = edited;
  const before = { from: dayOf(stored.validFrom), until: dayOf(stored.validUntil) };
  const [from, setFrom] = useState(dayOf(passkey.validFrom));
  const [until, setUntil] = useState(dayOf(passkey.validUntil));
  const disordered = from !== '' && until !== '' && until < from;
  const save = useMutation({
    mutationFn: () =>
      people.limitPasskey(stored, {
        // A day that nobody touched keeps the hour that it may have been given elsewhere.
        validFrom: from === before.from ? stored.validFrom : startOfDay(from),
        validUntil: until === before.until ? stored.validUntil : endOfDay(until),
      }),
    onSuccess: onSaved,
  });
  return (
    <DialogForm
      button={t('person.limit.save')}
      busy={save.isPending}
      error={isOvertaken(save.error) ? null : save.error}
      onSubmit={() => {
        if (!disordered) save.mutate();
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
      <Meanwhile
        edited={edited}
        error={save.error}
        facts={({ validFrom, validUntil }) => [
          [t('person.limit.from'), dayOf(validFrom) || '–'],
          [t('person.limit.until'), dayOf(validUntil) || '–'],
        ]}
        onTake={({ validFrom, validUntil }) => {
          setFrom(dayOf(validFrom));
          setUntil(dayOf(validUntil));
        }}
        onLooked={save.reset}
      />
    </DialogForm>
  );
}
