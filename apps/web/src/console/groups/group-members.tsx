import type { GroupDetails, User } from '@keywarden/api';
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Directory } from '../../client/directory.ts';
import { Initials } from '../../ui/initials.tsx';
import { PersonStatusMark } from '../../ui/status.tsx';
import { Dialog } from '../dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { Fault } from '../fault.tsx';
import { SearchField } from '../search-field.tsx';
import { useSigned } from '../surroundings.tsx';
import { type Column, Empty, PagedTable } from '../table.tsx';
import { usePages } from '../use-pages.ts';
import { AddMembers } from './add-members.tsx';

interface Props {
  readonly group: GroupDetails;
  readonly directory: Directory;
  readonly mayWrite: boolean;
  readonly onChanged: (group: GroupDetails) => void;
}

/** Who is in the group, searched and paged on the server: a group may have everybody in it. */
export function GroupMembers({ group, directory, mayWrite, onChanged }: Props) {
  const { t } = useTexts();
  const { tenant } = useSigned();
  const { groupId, displayName } = group;
  const [query, setQuery] = useState('');
  const [adding, setAdding] = useState(false);
  const pages = usePages(['groups', tenant, 'members', groupId, query], (after, signal) =>
    directory.members(groupId, { query, after, signal, limit: 50 }),
  );
  const remove = useMutation({
    mutationFn: (user: User) => directory.removeMember(groupId, user.userId),
    onSuccess: (changed, user) => {
      onChanged(changed);
      notifications.show({ message: t('groups.removed', { name: user.displayName }) });
    },
  });
  const columns: readonly Column<User>[] = [
    {
      id: 'name',
      title: t('groups.memberColumns.name'),
      cell: ({ userId, displayName: name }) => (
        <span className="cell-person">
          <Initials name={name} />
          <Link to="/$tenant/console/users/$userId" params={{ tenant, userId }}>
            {name}
          </Link>
        </span>
      ),
    },
    { id: 'username', title: t('groups.memberColumns.username'), cell: ({ username }) => username },
    {
      id: 'status',
      title: t('groups.memberColumns.status'),
      cell: ({ status }) => <PersonStatusMark status={status} />,
    },
    {
      id: 'actions',
      title: t('groups.memberColumns.actions'),
      quiet: true,
      align: 'right',
      cell: (user) =>
        mayWrite && (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={t('groups.removeOf', { name: user.displayName })}
            disabled={remove.isPending}
            onClick={() => remove.mutate(user)}
          >
            {t('groups.remove')}
          </Button>
        ),
    },
  ];
  return (
    <section className="section">
      <div className="section-head">
        <h2 className="section-title">{t('groups.members')}</h2>
        <div className="toolbar">
          <SearchField label={t('groups.memberSearch')} value={query} onSearch={setQuery} />
          {mayWrite && <Button onClick={() => setAdding(true)}>{t('groups.addPeople')}</Button>}
        </div>
      </div>
      <Fault error={remove.error} />
      <PagedTable
        label={t('groups.members')}
        columns={columns}
        pages={pages}
        count={(total) => t('groups.memberTotal', { count: total })}
        rowId={({ userId }) => userId}
        empty={
          query === '' ? (
            <Empty title={t('groups.nobody')} now={t('groups.nobodyNow')} />
          ) : (
            <Empty title={t('groups.nobodyMatches')} now={t('groups.nobodyMatchesNow')}>
              <Button variant="default" onClick={() => setQuery('')}>
                {t('groups.nobodyMatchesDo')}
              </Button>
            </Empty>
          )
        }
      />
      <Dialog
        opened={adding}
        onClose={() => setAdding(false)}
        title={t('groups.addPeopleTitle', { name: displayName })}
      >
        <AddMembers
          add={(userIds) => directory.addMembers(groupId, userIds)}
          onAdded={(changed) => {
            setAdding(false);
            onChanged(changed);
            notifications.show({ message: t('groups.added') });
          }}
          onCancel={() => setAdding(false)}
        />
      </Dialog>
    </section>
  );
}
