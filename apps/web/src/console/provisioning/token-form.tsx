import type { IssuedProvisioningToken } from '@keywarden/api';
import { TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Settings } from '../../client/settings.ts';
import { DialogForm } from '../dialog.tsx';
import { ChoiceField } from '../editing/fields.tsx';
import { useTexts } from '../editing/use-texts.ts';

interface Props {
  readonly issue: Settings['issueToken'];
  readonly onIssued: (token: IssuedProvisioningToken) => void;
  readonly onCancel: () => void;
}

const lifetimes = ['30', '90', '365', '1095'] as const;

export function TokenForm({ issue, onIssued, onCancel }: Props) {
  const { t } = useTexts();
  const [name, setName] = useState('');
  const [lifetime, setLifetime] = useState<(typeof lifetimes)[number]>('365');
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: () => issue({ name: name.trim(), expiresInDays: Number(lifetime) }),
    onSuccess: onIssued,
    gcTime: 0,
  });
  return (
    <DialogForm
      button={t('provisioning.issue')}
      busy={save.isPending}
      error={save.error}
      onSubmit={() => {
        setTried(true);
        if (name.trim() !== '') save.mutate();
      }}
      onCancel={onCancel}
    >
      <TextInput
        label={t('provisioning.name')}
        description={t('provisioning.nameHint')}
        data-autofocus
        maxLength={100}
        error={tried && name.trim() === '' ? t('provisioning.nameMissing') : undefined}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <ChoiceField
        label={t('provisioning.lifetime')}
        value={lifetime}
        options={lifetimes.map((days) => [days, t(`provisioning.lifetimes.${days}`)] as const)}
        onChange={setLifetime}
      />
    </DialogForm>
  );
}
