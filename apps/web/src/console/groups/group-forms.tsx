import type { GroupDetails } from '@keywarden/api';
import { TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Directory } from '../../client/directory.ts';
import { DialogForm } from '../dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { isOvertaken, Meanwhile, useEdited } from '../meanwhile.tsx';

export function AddGroup({
  add,
  onAdded,
  onCancel,
}: {
  readonly add: Directory['addGroup'];
  readonly onAdded: (group: GroupDetails) => void;
  readonly onCancel: () => void;
}) {
  const { t } = useTexts();
  const [name, setName] = useState('');
  const [tried, setTried] = useState(false);
  const save = useMutation({ mutationFn: () => add(name.trim()), onSuccess: onAdded });
  return (
    <DialogForm
      button={t('groups.create')}
      busy={save.isPending}
      error={save.error}
      onSubmit={() => {
        setTried(true);
        if (name.trim() !== '') save.mutate();
      }}
      onCancel={onCancel}
    >
      <NameField value={name} tried={tried} onChange={setName} />
    </DialogForm>
  );
}

export function RenameGroup({
  group,
  directory,
  onSaved,
  onCancel,
}: {
  readonly group: GroupDetails;
  readonly directory: Directory;
  readonly onSaved: (group: GroupDetails) => void;
  readonly onCancel: () => void;
}) {
  const { t } = useTexts();
  const [name, setName] = useState(group.displayName);
  const [tried, setTried] = useState(false);
  const edited = useEdited(group, () => directory.group(group.groupId));
  const { stored } = edited;
  const save = useMutation({
    mutationFn: () => directory.renameGroup(stored, name.trim()),
    onSuccess: onSaved,
  });
  const renamed = name.trim() !== stored.displayName;
  return (
    <DialogForm
      button={t('groups.renameDo')}
      busy={save.isPending}
      error={isOvertaken(save.error) ? null : save.error}
      onSubmit={() => {
        setTried(true);
        if (name.trim() !== '') save.mutate();
      }}
      onCancel={onCancel}
    >
      {stored.externalId !== null && <p className="quiet">{t('groups.provisioned')}</p>}
      <NameField value={name} tried={tried} onChange={setName} />
      {renamed && stored.accessCriteria.length > 0 && (
        <p>{t('groups.renameLoss', { criteria: stored.accessCriteria.join(', ') })}</p>
      )}
      <Meanwhile
        edited={edited}
        error={save.error}
        facts={({ displayName }) => [[t('groups.name'), displayName]]}
        onTake={({ displayName }) => setName(displayName)}
        onLooked={save.reset}
      />
    </DialogForm>
  );
}

function NameField({
  value,
  tried,
  onChange,
}: {
  readonly value: string;
  readonly tried: boolean;
  readonly onChange: (value: string) => void;
}) {
  const { t } = useTexts();
  return (
    <TextInput
      label={t('groups.name')}
      description={t('groups.nameHint')}
      data-autofocus
      autoComplete="off"
      maxLength={256}
      error={tried && value.trim() === '' ? t('groups.nameMissing') : undefined}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
