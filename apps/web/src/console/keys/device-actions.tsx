import type { Device } from '@keywarden/api';
import { Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconBan, IconLink, IconLinkOff, IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DangerDialog } from '../danger-dialog.tsx';
import { RowMenu } from '../row-menu.tsx';
import { useSigned } from '../surroundings.tsx';
import { useFaultNotice } from '../use-fault-notice.ts';
import { LinkPolicyDialog } from './link-policy-dialog.tsx';

type Open = 'revoke' | 'retire' | 'link' | null;

/** What may be done to a key without having it in the hand. */
export function DeviceActions({ device }: { readonly device: Device }) {
  const { t } = useTranslation();
  const { management, link } = useSigned();
  const queries = useQueryClient();
  const tellFault = useFaultNotice();
  const [open, setOpen] = useState<Open>(null);
  const { status } = device;
  const name = device.serial === null ? device.model : `${device.model} ${device.serial}`;
  const done = (message: string) => {
    setOpen(null);
    notifications.show({ message });
    void link.refresh();
    for (const key of ['devices', 'policies', 'events', 'assignment']) {
      void queries.invalidateQueries({ queryKey: [key] });
    }
  };
  const unlink = useMutation({
    mutationFn: () => management.linkPolicy(device.deviceId, null),
    onSuccess: () => done(t('keys.unlinked')),
    onError: tellFault,
  });
  const revoke = useMutation({
    mutationFn: (reason: string) => management.revoke(device.deviceId, reason),
    onSuccess: () => done(t('keys.revoked')),
  });
  const retire = useMutation({
    mutationFn: (reason: string) => management.retire(device.deviceId, reason),
    onSuccess: () => done(t('keys.retired')),
  });
  if (status === 'RETIRED') return null;
  const owner = device.owner?.displayName ?? '';
  return (
    <>
      <RowMenu label={t('keys.actionsOf', { key: name })}>
        {(status === 'NOT_CONFIGURED' || status === 'READY') && (
          <Menu.Item leftSection={<IconLink size={16} aria-hidden="true" />} onClick={() => setOpen('link')}>
            {t('keys.linkPolicy')}
          </Menu.Item>
        )}
        {status === 'READY' && (
          <Menu.Item
            leftSection={<IconLinkOff size={16} aria-hidden="true" />}
            onClick={() => unlink.mutate()}
          >
            {t('keys.unlinkPolicy')}
          </Menu.Item>
        )}
        {status === 'ENROLLED' && (
          <Menu.Item
            className="danger-item"
            leftSection={<IconBan size={16} aria-hidden="true" />}
            onClick={() => setOpen('revoke')}
          >
            {t('keys.revoke')}
          </Menu.Item>
        )}
        {status !== 'ENROLLED' && (
          <Menu.Item
            className="danger-item"
            leftSection={<IconTrash size={16} aria-hidden="true" />}
            onClick={() => setOpen('retire')}
          >
            {t('keys.retire')}
          </Menu.Item>
        )}
      </RowMenu>
      <DangerDialog
        opened={open === 'revoke'}
        title={t('danger.revokeTitle')}
        loss={t('danger.revokeLoss', { owner, key: name })}
        word={device.owner?.username ?? name}
        button={t('danger.revokeDo')}
        asksReason
        busy={revoke.isPending}
        error={revoke.error}
        onConfirm={(reason) => revoke.mutate(reason)}
        onClose={() => setOpen(null)}
      />
      <DangerDialog
        opened={open === 'retire'}
        title={t('danger.retireTitle')}
        loss={t('danger.retireLoss', { key: name })}
        word={device.serial ?? device.model}
        button={t('danger.retireDo')}
        asksReason
        busy={retire.isPending}
        error={retire.error}
        onConfirm={(reason) => retire.mutate(reason)}
        onClose={() => setOpen(null)}
      />
      <LinkPolicyDialog
        opened={open === 'link'}
        device={device}
        name={name}
        onDone={() => done(t('keys.linked'))}
        onClose={() => setOpen(null)}
      />
    </>
  );
}
