import '../editing/editing.css';
import '../people/person.css';
import type { Group } from '@keywarden/api';
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { createDirectory } from '../../client/directory.ts';
import { Time } from '../../ui/time.tsx';
import { Dialog } from '../dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { SearchField } from '../search-field.tsx';
import { useSigned, useSurroundings } from '../surroundings.tsx';
import { type Column, Empty, PagedTable } from '../table.tsx';
import { useTitle } from '../title.ts';
import { usePages } from '../use-pages.ts';
import { AddGroup } from './group-forms.tsx';

const route = getRouteApi('/$tenant/console/groups');

export function GroupsPage() {
  const { t } = useTexts();
  useTitle(t('groups.title'));
  const { http } = useSurroundings();
  const { tenant, session } = useSigned();
  const queries = useQueryClient();
  const directory = useMemo(() => createDirectory(http, tenant), [http, tenant]);
  const [adding, setAdding] = useState(false);
  const navigate = route.useNavigate();
  const { query = '' } = route.useSearch();
  const pages = usePages(['groups', tenant, 'list', query], (after, signal) =>
    directory.groups({ query, after, signal, limit: 50 }),
  );
  const onSearch = useCallback(
    (value: string) => void navigate({ search: value === '' ? {} : { query: value }, replace: true }),
    [navigate],
  );
  const mayWrite = ['owner', 'administrator'].includes(session.operator.role);
  return (
    <>
      <div className="page-head">
        <div>
          <h1 className="page-title">{t('groups.title')}</h1>
          <p className="page-lead">{t('groups.lead')}</p>
        </div>
        <div className="toolbar">
          <SearchField label={t('groups.search')} value={query} onSearch={onSearch} />
          {mayWrite && <Button onClick={() => setAdding(true)}>{t('groups.add')}</Button>}
        </div>
      </div>
      <PagedTable
        label={t('groups.title')}
        columns={useColumns()}
        pages={pages}
        count={(total) => t('groups.total', { count: total })}
        rowId={({ groupId }) => groupId}
        empty={
          query === '' ? (
            <Empty title={t('groups.empty')} now={t('groups.emptyNow')} />
          ) : (
            <Empty title={t('groups.noMatch')} now={t('groups.noMatchNow')}>
              <Button variant="default" onClick={() => onSearch('')}>
                {t('groups.noMatchDo')}
              </Button>
            </Empty>
          )
        }
      />
      <Dialog opened={adding} onClose={() => setAdding(false)} title={t('groups.addTitle')}>
        <AddGroup
          add={directory.addGroup}
          onAdded={({ groupId }) => {
            setAdding(false);
            void queries.invalidateQueries({ queryKey: ['groups', tenant] });
            notifications.show({ message: t('groups.created') });
            void navigate({ to: '/$tenant/console/groups/$groupId', params: { tenant, groupId } });
          }}
          onCancel={() => setAdding(false)}
        />
      </Dialog>
    </>
  );
}

function useColumns(): readonly Column<Group>[] {
  const { t } = useTexts();
  const { tenant } = useSigned();
  return [
    {
      id: 'name',
      title: t('groups.columns.name'),
      cell: ({ groupId, displayName }) => (
        <Link to="/$tenant/console/groups/$groupId" params={{ tenant, groupId }}>
          {displayName}
        </Link>
      ),
    },
    {
      id: 'members',
      title: t('groups.columns.members'),
      align: 'right',
      cell: ({ memberCount }) => memberCount,
    },
    {
      id: 'source',
      title: t('groups.columns.source'),
      cell: ({ externalId }) => t(externalId === null ? 'groups.console' : 'groups.directory'),
    },
    {
      id: 'changed',
      title: t('groups.columns.changed'),
      align: 'right',
      cell: ({ updatedAt }) => <Time at={updatedAt} />,
    },
  ];
}
