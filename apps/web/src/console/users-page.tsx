import type { User } from '@keywarden/api';
import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Initials } from '../ui/initials.tsx';
import { PersonStatusMark } from '../ui/status.tsx';
import { SearchField } from './search-field.tsx';
import { useSigned } from './surroundings.tsx';
import { type Column, Empty, PagedTable } from './table.tsx';
import { useTitle } from './title.ts';
import { usePages } from './use-pages.ts';

const AddPerson = lazy(async () => ({ default: (await import('./people/add-person.tsx')).AddPerson }));

const route = getRouteApi('/$tenant/console/users');

export function UsersPage() {
  const { t } = useTranslation();
  useTitle(t('users.title'));
  const { tenant, management, session } = useSigned();
  const queries = useQueryClient();
  const [adding, setAdding] = useState(false);
  const navigate = route.useNavigate();
  const { query = '' } = route.useSearch();
  const pages = usePages(['users', tenant, query], (after, signal) =>
    management.users({ query, after, signal, limit: 50 }),
  );
  const onSearch = useCallback(
    (value: string) => void navigate({ search: value === '' ? {} : { query: value }, replace: true }),
    [navigate],
  );
  const add = ['owner', 'administrator'].includes(session.operator.role) && (
    <Button onClick={() => setAdding(true)}>{t('users.add')}</Button>
  );
  return (
    <>
      <div className="page-head">
        <h1 className="page-title">{t('users.title')}</h1>
        <div className="toolbar">
          <SearchField label={t('users.search')} value={query} onSearch={onSearch} />
          {add}
        </div>
      </div>
      <PagedTable
        label={t('users.title')}
        columns={useColumns()}
        pages={pages}
        count={(total) => t('users.total', { count: total })}
        rowId={(user) => user.userId}
        empty={
          query === '' ? (
            <Empty title={t('users.empty.title')} now={t('users.empty.now')}>
              <p>
                <strong>{t('users.empty.do')}</strong>
              </p>
            </Empty>
          ) : (
            <Empty title={t('users.noMatch.title')} now={t('users.noMatch.now')}>
              <Button variant="default" onClick={() => onSearch('')}>
                {t('users.noMatch.do')}
              </Button>
            </Empty>
          )
        }
      />
      {adding && (
        <Suspense fallback={null}>
          <AddPerson
            onClose={() => setAdding(false)}
            onAdded={({ userId }) => {
              setAdding(false);
              void queries.invalidateQueries({ queryKey: ['users', tenant] });
              void navigate({ to: '/$tenant/console/users/$userId', params: { tenant, userId } });
            }}
          />
        </Suspense>
      )}
    </>
  );
}

function useColumns(): readonly Column<User>[] {
  const { t } = useTranslation();
  const { tenant } = useSigned();
  return [
    {
      id: 'name',
      title: t('users.columns.name'),
      cell: ({ userId, displayName }) => (
        <span className="cell-person">
          <Initials name={displayName} />
          <Link to="/$tenant/console/users/$userId" params={{ tenant, userId }}>
            {displayName}
          </Link>
        </span>
      ),
    },
    { id: 'username', title: t('users.columns.username'), cell: ({ username }) => username },
    { id: 'email', title: t('users.columns.email'), cell: ({ email }) => email ?? '–' },
    {
      id: 'status',
      title: t('users.columns.status'),
      cell: ({ status }) => <PersonStatusMark status={status} />,
    },
    {
      id: 'actions',
      title: t('users.columns.actions'),
      quiet: true,
      align: 'right',
      cell: ({ status, username, displayName }) =>
        status === 'active' ? (
          <Link
            to="/$tenant/assign-user/$"
            params={{ tenant, _splat: username }}
            aria-label={t('users.assignTo', { name: displayName })}
          >
            {t('users.assign')}
          </Link>
        ) : (
          <span className="quiet">{t('users.cannotAssign')}</span>
        ),
    },
  ];
}
