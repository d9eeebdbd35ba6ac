import type { Device } from '@keywarden/api';
import { Button, Modal, NativeSelect } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Notice } from '../../ui/notice.tsx';
import { useExplain } from '../explain.ts';
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
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={t('linkDialog.title')}
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      <LinkPolicyForm {...props} />
    </Modal>
  );
}

function LinkPolicyForm({ device, name, onDone, onClose }: Props) {
  const { t } = useTranslation();
  const { tenant, management } = useSigned();
  const explain = useExplain();
  const [policyId, setPolicyId] = useState(device.policy?.policyId ?? '');
  const policies = useQuery({
    queryKey: ['policies', tenant, 'all'],
    queryFn: ({ signal }) => management.policies({ limit: 200, signal }),
  });
  const link = useMutation({
    mutationFn: () => management.linkPolicy(device.deviceId, policyId),
    onSuccess: onDone,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (policyId !== '') link.mutate();
  };
  const error = link.error ?? policies.error;
  const fault = error === null ? null : explain(error);
  return (
    <form className="dialog" onSubmit={submit}>
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
      {fault !== null && <Notice tone="error" title={fault.title} now={fault.now} do={fault.do} />}
      <div className="dialog-buttons">
        <Button variant="default" onClick={onClose}>
          {t('app.cancel')}
        </Button>
        <Button type="submit" disabled={policyId === ''} loading={link.isPending}>
          {t('linkDialog.do')}
        </Button>
      </div>
    </form>
  );
}
