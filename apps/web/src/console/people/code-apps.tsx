import type { OneTimeCodeApp, User } from '@keywarden/api';
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { People } from '../../client/people.ts';
import { Mark } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { DangerDialog } from '../danger-dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { useSigned } from '../surroundings.tsx';
import { type Column, ListTable } from '../table.tsx';
import { AddApp } from './add-app.tsx';

export function CodeApps({ user, people }: { readonly user: User; readonly people: People }) {
  const { t } = useTexts();
  const { tenant, session } = useSigned();
  const queries = useQueryClient();
  const [leaving, setLeaving] = useState<OneTimeCodeApp | null>(null);
  const [adding, setAdding] = useState(false);
  const { role } = session.operator;
  const mayRemove = role !== 'auditor';
  const mayAdd = ['owner', 'administrator', 'operator'].includes(role) && user.status === 'active';
  const queryKey = ['users', tenant, 'apps', user.userId];
  const apps = useQuery({ queryKey, queryFn: ({ signal }) => people.apps(user.userId, signal) });
  const remove = useMutation({
    mutationFn: (appId: string) => people.removeApp(user.userId, appId),
    onSuccess: () => {
      setLeaving(null);
      void queries.invalidateQueries({ queryKey });
      notifications.show({ message: t('person.appRemoved') });
    },
  });
  const columns: readonly Column<OneTimeCodeApp>[] = [
    { id: 'name', title: t('person.columns.name'), cell: ({ friendlyName }) => friendlyName },
    {
      id: 'status',
      title: t('person.columns.status'),
      cell: ({ status }) => (
        <Mark tone={status === 'ACTIVE' ? 'good' : 'neutral'} shape={status === 'ACTIVE' ? 'disc' : 'ring'}>
          {t(status === 'ACTIVE' ? 'person.appActive' : 'person.appPending')}
        </Mark>
      ),
    },
    {
      id: 'used',
      title: t('person.columns.used'),
      cell: ({ lastUsedAt }) => (lastUsedAt === null ? t('person.neverUsed') : <Time at={lastUsedAt} />),
    },
    {
      id: 'actions',
      title: t('person.columns.actions'),
      quiet: true,
      align: 'right',
      cell: (app) =>
        mayRemove && (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={t('person.appRemoveOf', { name: app.friendlyName })}
            onClick={() => setLeaving(app)}
          >
            {t('person.appRemove')}
          </Button>
        ),
    },
  ];
  return (
    <section className="section">
      <div className="section-head">
        <h2 className="section-title">{t('person.apps')}</h2>
        {mayAdd && (
          <Button variant="default" onClick={() => setAdding(true)}>
            {t('person.app.add')}
          </Button>
        )}
      </div>
      <ListTable
        label={t('person.apps')}
        columns={columns}
        query={apps}
        rowId={({ appId }) => appId}
        empty={<p className="quiet">{t('person.appsEmpty')}</p>}
      />
      <AddApp
        opened={adding}
        user={user}
        people={people}
        onChanged={() => void queries.invalidateQueries({ queryKey })}
        onClose={() => setAdding(false)}
      />
      <DangerDialog
        opened={leaving !== null}
        title={t('person.appRemoveTitle')}
        loss={t('person.appRemoveLoss', { name: leaving?.friendlyName ?? '', owner: user.displayName })}
        word={user.username}
        button={t('person.appRemove')}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => leaving !== null && remove.mutate(leaving.appId)}
        onClose={() => {
          setLeaving(null);
          remove.reset();
        }}
      />
    </section>
  );
}
