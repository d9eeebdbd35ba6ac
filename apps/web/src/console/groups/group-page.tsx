import '../editing/editing.css';
import '../people/person.css';
import type { GroupDetails } from '@keywarden/api';
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { createDirectory, type Directory } from '../../client/directory.ts';
import { Time } from '../../ui/time.tsx';
import { DangerDialog } from '../danger-dialog.tsx';
import { Dialog } from '../dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { Loaded } from '../loaded.tsx';
import { isOvertaken } from '../meanwhile.tsx';
import { useSigned, useSurroundings } from '../surroundings.tsx';
import { useTitle } from '../title.ts';
import { RenameGroup } from './group-forms.tsx';
import { GroupMembers } from './group-members.tsx';

const route = getRouteApi('/$tenant/console/groups/$groupId');

/** One group: what names it, and who is in it. */
export function GroupPage() {
  const { t } = useTexts();
  const { groupId } = route.useParams();
  const { http } = useSurroundings();
  const { tenant, session } = useSigned();
  const directory = useMemo(() => createDirectory(http, tenant), [http, tenant]);
  const queries = useQueryClient();
  const queryKey = ['groups', tenant, 'one', groupId];
  const group = useQuery({ queryKey, queryFn: ({ signal }) => directory.group(groupId, signal) });
  useTitle(group.data?.displayName ?? t('groups.title'));
  const mayWrite = ['owner', 'administrator'].includes(session.operator.role);
  const onChanged = (changed: GroupDetails) => {
    queries.setQueryData(queryKey, changed);
    void queries.invalidateQueries({ queryKey: ['groups', tenant, 'list'] });
    void queries.invalidateQueries({ queryKey: ['groups', tenant, 'members', groupId] });
    // The people's own pages tell their groups.
    void queries.invalidateQueries({ queryKey: ['users', tenant] });
  };
  return (
    <>
      <p className="crumb">
        <Link to="/$tenant/console/groups" params={{ tenant }}>
          {t('groups.title')}
        </Link>
      </p>
      <Loaded query={group} height={160}>
        {(found) => (
          <>
            <div className="page-head">
              <h1 className="page-title">{found.displayName}</h1>
              {mayWrite && <GroupActions group={found} directory={directory} onChanged={onChanged} />}
            </div>
            <GroupFacts group={found} />
            <GroupMembers group={found} directory={directory} mayWrite={mayWrite} onChanged={onChanged} />
          </>
        )}
      </Loaded>
    </>
  );
}

function GroupFacts({ group }: { readonly group: GroupDetails }) {
  const { t } = useTexts();
  const { externalId, accessCriteria, createdAt, updatedAt } = group;
  return (
    <dl className="facts">
      <div>
        <dt>{t('groups.criteria')}</dt>
        <dd>{accessCriteria.length === 0 ? t('groups.noCriteria') : accessCriteria.join(', ')}</dd>
      </div>
      {externalId !== null && (
        <div>
          <dt>{t('groups.externalId')}</dt>
          <dd>
            <code>{externalId}</code>
          </dd>
        </div>
      )}
      <div>
        <dt>{t('groups.createdAt')}</dt>
        <dd>
          <Time at={createdAt} />
        </dd>
      </div>
      <div>
        <dt>{t('groups.columns.changed')}</dt>
        <dd>
          <Time at={updatedAt} />
        </dd>
      </div>
    </dl>
  );
}

function GroupActions({
  group,
  directory,
  onChanged,
}: {
  readonly group: GroupDetails;
  readonly directory: Directory;
  readonly onChanged: (group: GroupDetails) => void;
}) {
  const { t } = useTexts();
  const { tenant } = useSigned();
  const queries = useQueryClient();
  const navigate = route.useNavigate();
  const [open, setOpen] = useState<'rename' | 'delete' | null>(null);
  const { displayName, memberCount, accessCriteria, externalId } = group;
  const remove = useMutation({
    mutationFn: () => directory.deleteGroup(group),
    onSuccess: () => {
      notifications.show({ message: t('groups.deleted') });
      void navigate({ to: '/$tenant/console/groups', params: { tenant } });
      void queries.invalidateQueries({ queryKey: ['groups', tenant, 'list'] });
    },
    // What would be lost is another thing now: it is told anew.
    onError: async (error) => {
      if (isOvertaken(error)) onChanged(await directory.group(group.groupId));
    },
  });
  const loss = [
    t('groups.deleteLoss', { name: displayName, count: memberCount }),
    ...(accessCriteria.length === 0
      ? []
      : [t('groups.deleteCriteria', { criteria: accessCriteria.join(', ') })]),
    ...(externalId === null ? [] : [t('groups.deleteDirectory')]),
  ];
  const close = () => {
    setOpen(null);
    remove.reset();
  };
  return (
    <div className="toolbar">
      <Button variant="default" onClick={() => setOpen('rename')}>
        {t('groups.rename')}
      </Button>
      <Button variant="outline" className="danger-button" onClick={() => setOpen('delete')}>
        {t('groups.delete')}
      </Button>
      <Dialog
        opened={open === 'rename'}
        onClose={close}
        title={t('groups.renameTitle', { name: displayName })}
      >
        <RenameGroup
          group={group}
          directory={directory}
          onSaved={(saved) => {
            close();
            onChanged(saved);
            notifications.show({ message: t('groups.renamed') });
          }}
          onCancel={close}
        />
      </Dialog>
      <DangerDialog
        opened={open === 'delete'}
        title={t('groups.deleteTitle')}
        loss={loss.join(' ')}
        word={displayName}
        button={t('groups.deleteDo')}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
        onClose={close}
      />
    </div>
  );
}
