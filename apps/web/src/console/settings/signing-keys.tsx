import type { SigningKey } from '@keywarden/api';
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Settings } from '../../client/settings.ts';
import { Mark } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { DangerDialog } from '../danger-dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { Fault } from '../fault.tsx';
import { useSigned } from '../surroundings.tsx';
import { type Column, ListTable } from '../table.tsx';

const marks = {
  next: ['accent', 'ring'],
  signing: ['good', 'disc'],
  previous: ['neutral', 'half'],
} as const;

export function SigningKeys({ settings }: { readonly settings: Settings }) {
  const { t } = useTexts();
  const { tenant } = useSigned();
  const queries = useQueryClient();
  const [withdrawing, setWithdrawing] = useState(false);
  const queryKey = ['signing-keys', tenant];
  const keys = useQuery({ queryKey, queryFn: ({ signal }) => settings.signingKeys(signal) });
  const rotate = useMutation({
    mutationFn: settings.rotateSigningKeys,
    onSuccess: (list, withdrawn) => {
      setWithdrawing(false);
      queries.setQueryData(queryKey, list);
      notifications.show({
        message: t(withdrawn ? 'settings.keys.withdrawn' : 'settings.keys.rotated'),
      });
    },
  });
  const columns: readonly Column<SigningKey>[] = [
    {
      id: 'id',
      title: t('settings.keys.columns.id'),
      cell: ({ keyId }) => <code title={keyId}>{keyId}</code>,
    },
    { id: 'algorithm', title: t('settings.keys.columns.algorithm'), cell: ({ algorithm }) => algorithm },
    {
      id: 'state',
      title: t('settings.keys.columns.state'),
      cell: ({ state }) => {
        const [tone, shape] = marks[state];
        return (
          <Mark tone={tone} shape={shape}>
            {t(`settings.keys.states.${state}`)}
          </Mark>
        );
      },
    },
    {
      id: 'from',
      title: t('settings.keys.columns.from'),
      cell: ({ signsFrom }) => <Time at={signsFrom} />,
    },
    {
      id: 'until',
      title: t('settings.keys.columns.until'),
      cell: ({ publishedUntil }) =>
        publishedUntil === null ? t('settings.keys.open') : <Time at={publishedUntil} />,
    },
  ];
  return (
    <section className="section">
      <div className="section-head">
        <div>
          <h2 className="section-title">{t('settings.keys.title')}</h2>
          <p className="quiet">{t('settings.keys.lead')}</p>
        </div>
        <div className="toolbar">
          <Button
            variant="default"
            loading={rotate.isPending && !withdrawing}
            onClick={() => rotate.mutate(false)}
          >
            {t('settings.keys.rotate')}
          </Button>
          <Button variant="outline" className="danger-button" onClick={() => setWithdrawing(true)}>
            {t('settings.keys.withdraw')}
          </Button>
        </div>
      </div>
      <Fault error={withdrawing ? null : rotate.error} focus />
      <ListTable
        label={t('settings.keys.title')}
        columns={columns}
        query={keys}
        rowId={({ keyId }) => keyId}
        empty={null}
      />
      <DangerDialog
        opened={withdrawing}
        title={t('settings.keys.withdrawTitle')}
        loss={t('settings.keys.withdrawLoss')}
        word={tenant}
        button={t('settings.keys.withdrawDo')}
        busy={rotate.isPending}
        error={rotate.error}
        onConfirm={() => rotate.mutate(true)}
        onClose={() => {
          setWithdrawing(false);
          rotate.reset();
        }}
      />
    </section>
  );
}
