import type { Policy } from '@keywarden/api';
import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconCopy, IconPencil, IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Mark } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { DangerDialog } from '../danger-dialog.tsx';
import { RowMenu } from '../row-menu.tsx';
import { useSigned } from '../surroundings.tsx';
import { type Column, Empty, PagedTable } from '../table.tsx';
import { useTitle } from '../title.ts';
import { useFaultNotice } from '../use-fault-notice.ts';
import { usePages } from '../use-pages.ts';

export function PoliciesPage() {
  const { t } = useTranslation();
  useTitle(t('policies.title'));
  const { tenant, management } = useSigned();
  const pages = usePages(['policies', tenant], (after, signal) =>
    management.policies({ after, signal, limit: 50 }),
  );
  const policies = pages.query.data ?? null;
  const create = (
    <Button
      renderRoot={(props) => <Link to="/$tenant/console/policies/new" params={{ tenant }} {...props} />}
    >
      {t('policies.create')}
    </Button>
  );
  return (
    <>
      <div className="page-head">
        <h1 className="page-title">{t('policies.title')}</h1>
        {policies !== null && policies.items.length > 0 && create}
      </div>
      <PagedTable
        label={t('policies.title')}
        columns={useColumns()}
        pages={pages}
        rowId={(policy) => policy.policyId}
        empty={
          <Empty title={t('policies.empty.title')} now={t('policies.empty.now')}>
            {create}
          </Empty>
        }
      />
    </>
  );
}

function useColumns(): readonly Column<Policy>[] {
  const { t } = useTranslation();
  const { tenant } = useSigned();
  return [
    {
      id: 'name',
      title: t('policies.columns.name'),
      cell: ({ name, policyId }) => (
        <Link to="/$tenant/console/policies/$policyId" params={{ tenant, policyId }}>
          {name}
        </Link>
      ),
    },
    {
      id: 'status',
      title: t('policies.columns.status'),
      cell: ({ status }) =>
        status === 'ACTIVE' ? (
          <Mark tone="good" shape="disc">
            {t('policies.active')}
          </Mark>
        ) : (
          <Mark tone="neutral" shape="ring">
            {t('policies.inactive')}
          </Mark>
        ),
    },
    {
      id: 'pin',
      title: t('policies.columns.pin'),
      cell: ({ rules }) =>
        rules.pinMode === 'none'
          ? t('policies.pinNone')
          : t('policies.pinTyped', { minimum: rules.pinMinimumLength }),
    },
    {
      id: 'devices',
      title: t('policies.columns.devices'),
      align: 'right',
      cell: ({ deviceCount }) => deviceCount,
    },
    {
      id: 'updated',
      title: t('policies.columns.updated'),
      align: 'right',
      cell: ({ updatedAt }) => <Time at={updatedAt} />,
    },
    {
      id: 'actions',
      title: t('policies.columns.actions'),
      quiet: true,
      align: 'right',
      cell: (policy) => <PolicyActions policy={policy} />,
    },
  ];
}

function PolicyActions({ policy }: { readonly policy: Policy }) {
  const { t } = useTranslation();
  const { tenant, management } = useSigned();
  const tellFault = useFaultNotice();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [deleting, setDeleting] = useState(false);
  const { policyId, name } = policy;
  const locked = policy.status === 'ACTIVE';
  const refresh = () => void queries.invalidateQueries({ queryKey: ['policies'] });
  const duplicate = useMutation({
    mutationFn: () => management.duplicatePolicy(policyId),
    onSuccess: (copy) => {
      refresh();
      notifications.show({ message: t('policies.duplicated') });
      void navigate({
        to: '/$tenant/console/policies/$policyId',
        params: { tenant, policyId: copy.policyId },
      });
    },
    onError: tellFault,
  });
  const remove = useMutation({
    mutationFn: () => management.deletePolicy(policyId),
    onSuccess: () => {
      setDeleting(false);
      refresh();
      notifications.show({ message: t('policies.deleted') });
    },
  });
  return (
    <>
      <RowMenu label={t('policies.actionsOf', { name })} width={230}>
        <Menu.Item
          renderRoot={(props) => (
            <Link to="/$tenant/console/policies/$policyId" params={{ tenant, policyId }} {...props} />
          )}
          leftSection={<IconPencil size={16} aria-hidden="true" />}
        >
          {locked ? t('policies.view') : t('policies.edit')}
        </Menu.Item>
        <Menu.Item leftSection={<IconCopy size={16} aria-hidden="true" />} onClick={() => duplicate.mutate()}>
          {t('policies.duplicate')}
        </Menu.Item>
        <Menu.Item
          className="danger-item"
          disabled={locked}
          leftSection={<IconTrash size={16} aria-hidden="true" />}
          onClick={() => setDeleting(true)}
        >
          {t('policies.delete')}
        </Menu.Item>
        {locked && <p className="menu-why">{t('policies.lockedShort')}</p>}
      </RowMenu>
      <DangerDialog
        opened={deleting}
        title={t('policies.deleteTitle')}
        loss={t('policies.deleteLoss', { name })}
        word={name}
        button={t('policies.deleteDo')}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
        onClose={() => setDeleting(false)}
      />
    </>
  );
}
