import '../editing/editing.css';
import '../people/person.css';
import type { Operator, OperatorInvitation } from '@keywarden/api';
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { createDirectory } from '../../client/directory.ts';
import { Mark } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { Dialog } from '../dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { SearchField } from '../search-field.tsx';
import { ShownOnce } from '../shown-once.tsx';
import { useSigned, useSurroundings } from '../surroundings.tsx';
import { type Column, Empty, PagedTable } from '../table.tsx';
import { useTitle } from '../title.ts';
import { useMoment } from '../use-moment.ts';
import { usePages } from '../use-pages.ts';
import { OperatorActions } from './operator-actions.tsx';
import { AddOperator } from './operator-forms.tsx';
import { RoleTable } from './role-table.tsx';

const route = getRouteApi('/$tenant/console/operators');

/** Who works with the console. A sign-in link is shown in the moment it is made, and never again. */
export function OperatorsPage() {
  const { t } = useTexts();
  const { t: common } = useTranslation();
  useTitle(t('operators.title'));
  const { http } = useSurroundings();
  const { tenant, session } = useSigned();
  const moment = useMoment();
  const queries = useQueryClient();
  const directory = useMemo(() => createDirectory(http, tenant), [http, tenant]);
  const [adding, setAdding] = useState(false);
  const [invitation, setInvitation] = useState<OperatorInvitation | null>(null);
  const navigate = route.useNavigate();
  const { query = '' } = route.useSearch();
  const queryKey = ['operators', tenant];
  const pages = usePages([...queryKey, query], (after, signal) =>
    directory.operators({ query, after, signal, limit: 50 }),
  );
  const onSearch = useCallback(
    (value: string) => void navigate({ search: value === '' ? {} : { query: value }, replace: true }),
    [navigate],
  );
  const self = session.operator;
  const mayWrite = ['owner', 'administrator'].includes(self.role);
  const refresh = () => {
    void queries.invalidateQueries({ queryKey });
    // The operator may have given herself another name.
    void queries.invalidateQueries({ queryKey: ['session'] });
  };
  const show = (made: OperatorInvitation) => {
    setAdding(false);
    setInvitation(made);
    refresh();
  };
  const columns: readonly Column<Operator>[] = [
    {
      id: 'name',
      title: t('operators.columns.name'),
      cell: ({ name, operatorId }) => (
        <span>
          {name}
          {operatorId === self.operatorId && <span className="badge">{t('operators.you')}</span>}
        </span>
      ),
    },
    { id: 'email', title: t('operators.columns.email'), cell: ({ email }) => email ?? '–' },
    {
      id: 'role',
      title: t('operators.columns.role'),
      cell: ({ role }) => common(`header.role.${role}`),
    },
    {
      id: 'status',
      title: t('operators.columns.status'),
      cell: ({ status }) => (
        <Mark tone={status === 'active' ? 'good' : 'bad'} shape={status === 'active' ? 'disc' : 'barred'}>
          {t(`operators.statuses.${status}`)}
        </Mark>
      ),
    },
    {
      id: 'seen',
      title: t('operators.columns.seen'),
      cell: ({ lastSignedInAt }) =>
        lastSignedInAt === null ? t('operators.never') : <Time at={lastSignedInAt} />,
    },
    {
      id: 'actions',
      title: t('operators.columns.actions'),
      quiet: true,
      align: 'right',
      cell: (operator) =>
        mayWrite && (
          <OperatorActions
            operator={operator}
            directory={directory}
            onInvited={show}
            onChanged={(message) => {
              refresh();
              notifications.show({ message });
            }}
            onOvertaken={refresh}
          />
        ),
    },
  ];
  return (
    <>
      <div className="page-head">
        <div>
          <h1 className="page-title">{t('operators.title')}</h1>
          <p className="page-lead">{t('operators.lead')}</p>
        </div>
        <div className="toolbar">
          <SearchField label={t('operators.search')} value={query} onSearch={onSearch} />
          {mayWrite && <Button onClick={() => setAdding(true)}>{t('operators.add')}</Button>}
        </div>
      </div>
      <PagedTable
        label={t('operators.title')}
        columns={columns}
        pages={pages}
        count={(total) => t('operators.total', { count: total })}
        rowId={({ operatorId }) => operatorId}
        empty={
          query === '' ? (
            <Empty title={t('operators.empty')} now={t('operators.emptyNow')} />
          ) : (
            <Empty title={t('operators.noMatch')} now={t('operators.noMatchNow')}>
              <Button variant="default" onClick={() => onSearch('')}>
                {t('operators.noMatchDo')}
              </Button>
            </Empty>
          )
        }
      />
      <RoleTable directory={directory} />
      <Dialog opened={adding} onClose={() => setAdding(false)} title={t('operators.addTitle')}>
        <AddOperator add={directory.addOperator} onAdded={show} onCancel={() => setAdding(false)} />
      </Dialog>
      <Dialog
        opened={invitation !== null}
        onClose={() => setInvitation(null)}
        title={t('operators.linkTitle', { name: invitation?.operator.name ?? '' })}
        once
      >
        {invitation !== null && (
          <ShownOnce
            lead={t('operators.linkOnce')}
            label={t('operators.linkLabel')}
            secret={invitation.signInUrl}
            copy={t('operators.linkCopy')}
            onDone={() => setInvitation(null)}
          >
            <p className="quiet">{t('operators.linkUntil', { time: moment(invitation.expiresAt) })}</p>
          </ShownOnce>
        )}
      </Dialog>
    </>
  );
}
