import type { IssuedProvisioningToken } from '@keywarden/api';
import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Settings } from '../../client/settings.ts';
import { Notice } from '../../ui/notice.tsx';
import { ChoiceField } from '../editing/fields.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { useExplain } from '../explain.ts';

interface Props {
  readonly issue: Settings['issueToken'];
  readonly onIssued: (token: IssuedProvisioningToken) => void;
  readonly onCancel: () => void;
}

const lifetimes = ['30', '90', '365', '1095'] as const;

export function TokenForm({ issue, onIssued, onCancel }: Props) {
  const { t } = useTexts();
  const { t: common } = useTranslation();
  const explain = useExplain();
  const [name, setName] = useState('');
  const [lifetime, setLifetime] = useState<(typeof lifetimes)[number]>('365');
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: () => issue({ name: name.trim(), expiresInDays: Number(lifetime) }),
    onSuccess: onIssued,
    gcTime: 0,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (name.trim() !== '' && !save.isPending) save.mutate();
  };
  const fault = save.error === null ? null : explain(save.error);
  return (
    <form className="dialog" onSubmit={submit} noValidate>
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
      {fault !== null && (
        <Notice tone="error" title={fault.title} now={fault.now} do={fault.do} reference={fault.reference} />
      )}
      <div className="dialog-buttons">
        <Button variant="default" onClick={onCancel}>
          {common('app.cancel')}
        </Button>
        <Button type="submit" loading={save.isPending}>
          {t('provisioning.issue')}
        </Button>
      </div>
    </form>
  );
}
