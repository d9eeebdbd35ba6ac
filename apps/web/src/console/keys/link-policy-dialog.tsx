import type { Device } from '@keywarden/api';
import { NativeSelect } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog, DialogForm } from '../dialog.tsx';
import { useSigned } from '../surroundings.tsx';

interface Props {
  readonly opened: boolean;
  readonly device: Device;
  readonly name: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export function LinkPolicyDialog(props: Props) {
  const { t } = useTranslation();
  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={t('linkDialog.title')}>
      <LinkPolicyForm {...props} />
    </Dialog>
  );
}

function LinkPolicyForm({ device, name, onDone, onClose }: Props) {
  const { t } = useTranslation();
  const { tenant, management } = useSigned();
  const [policyId, setPolicyId] = useState(device.policy?.policyId ?? '');
  const policies = useQuery({
    queryKey: ['policies', tenant, 'all'],
    queryFn: ({ signal }) => management.policies({ limit: 200, signal }),
  });
  const link = useMutation({
    mutationFn: () => management.linkPolicy(device.deviceId, policyId),
    onSuccess: onDone,
  });
  return (
    <DialogForm
      button={t('linkDialog.do')}
      busy={link.isPending}
      disabled={policyId === ''}
      error={link.error ?? policies.error}
      onSubmit={() => link.mutate()}
      onCancel={onClose}
    >
      <p>{t('linkDialog.now', { key: name })}</p>
      <NativeSelect
        label={t('assign.policy')}
        data-autofocus
        value={policyId}
        onChange={(event) => setPolicyId(event.currentTarget.value)}
      >
        <option value="" disabled>
          {t('assign.choosePolicy')}
        </option>
        {policies.data?.items.map((policy) => (
          <option key={policy.policyId} value={policy.policyId}>
            {policy.name}
          </option>
        ))}
      </NativeSelect>
    </DialogForm>
  );
}
