import '../editing/editing.css';
import type { WorkstationList } from '@keywarden/api';
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { Static } from 'typebox';
import { createPeople } from '../../client/people.ts';
import { Time } from '../../ui/time.tsx';
import { DangerDialog } from '../danger-dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { useSigned, useSurroundings } from '../surroundings.tsx';
import { type Column, Empty, ListTable } from '../table.tsx';
import { useTitle } from '../title.ts';

type Workstation = Static<typeof WorkstationList>['items'][number];

export function WorkstationsPage() {
  const { t } = useTexts();
  useTitle(t('workstations.title'));
  const { http } = useSurroundings();
  const { tenant, session } = useSigned();
  const queries = useQueryClient();
  const people = useMemo(() => createPeople(http, tenant), [http, tenant]);
  const [leaving, setLeaving] = useState<Workstation | null>(null);
  const mayUnpair = ['owner', 'administrator', 'operator'].includes(session.operator.role);
  const workstations = useQuery({
    queryKey: ['workstations', tenant],
    queryFn: ({ signal }) => people.workstations(signal),
  });
  const unpair = useMutation({
    mutationFn: (workstationId: string) => people.unpair(workstationId),
    onSuccess: () => {
      setLeaving(null);
      void queries.invalidateQueries({ queryKey: ['workstations', tenant] });
      notifications.show({ message: t('workstations.unpaired') });
    },
  });
  const columns: readonly Column<Workstation>[] = [
    { id: 'name', title: t('workstations.columns.name'), cell: ({ name }) => name },
    { id: 'paired', title: t('workstations.columns.paired'), cell: ({ pairedAt }) => <Time at={pairedAt} /> },
    {
      id: 'seen',
      title: t('workstations.columns.seen'),
      cell: ({ lastSeenAt }) => (lastSeenAt === null ? t('workstations.never') : <Time at={lastSeenAt} />),
    },
    {
      id: 'actions',
      title: t('workstations.columns.actions'),
      quiet: true,
      align: 'right',
      cell: (workstation) =>
        mayUnpair && (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={t('workstations.unpairOf', { name: workstation.name })}
            onClick={() => setLeaving(workstation)}
          >
            {t('workstations.unpair')}
          </Button>
        ),
    },
  ];
  return (
    <>
      <h1 className="page-title">{t('workstations.title')}</h1>
      <p className="page-lead">{t('workstations.lead')}</p>
      <ListTable
        label={t('workstations.title')}
        columns={columns}
        query={workstations}
        rowId={({ workstationId }) => workstationId}
        empty={<Empty title={t('workstations.empty')} now={t('workstations.emptyNow')} />}
      />
      <DangerDialog
        opened={leaving !== null}
        title={t('workstations.unpairTitle')}
        loss={t('workstations.unpairLoss', { name: leaving?.name ?? '' })}
        word={leaving?.name ?? ''}
        button={t('workstations.unpairDo')}
        busy={unpair.isPending}
        error={unpair.error}
        onConfirm={() => leaving !== null && unpair.mutate(leaving.workstationId)}
        onClose={() => {
          setLeaving(null);
          unpair.reset();
        }}
      />
    </>
  );
}
