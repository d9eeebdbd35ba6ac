import '../editing/editing.css';
import '../people/person.css';
import type { Client, ClientWithSecret } from '@keywarden/api';
import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { createPeople } from '../../client/people.ts';
import { Time } from '../../ui/time.tsx';
import { DangerDialog } from '../danger-dialog.tsx';
import { Dialog } from '../dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { RowMenu } from '../row-menu.tsx';
import { ShownOnce } from '../shown-once.tsx';
import { useSigned, useSurroundings } from '../surroundings.tsx';
import { type Column, Empty, ListTable } from '../table.tsx';
import { useTitle } from '../title.ts';
import { ClientForm } from './client-form.tsx';
import { SelfRegistration } from './self-registration.tsx';

type Doomed = { readonly client: Client; readonly act: 'rotate' | 'delete' } | null;

/** The applications that people sign in to. A secret is shown in the moment it is made, and never again. */
export function ClientsPage() {
  const { t } = useTexts();
  useTitle(t('clients.title'));
  const { http } = useSurroundings();
  const { tenant, session } = useSigned();
  const queries = useQueryClient();
  const api = useMemo(() => createPeople(http, tenant), [http, tenant]);
  const [adding, setAdding] = useState(false);
  const [edited, setEdited] = useState<Client | null>(null);
  const [doomed, setDoomed] = useState<Doomed>(null);
  const [made, setMade] = useState<ClientWithSecret | null>(null);
  const readOnly = !['owner', 'administrator'].includes(session.operator.role);
  const queryKey = ['clients', tenant];
  const clients = useQuery({ queryKey, queryFn: ({ signal }) => api.clients(signal) });
  const show = (fresh: ClientWithSecret) => {
    setAdding(false);
    setDoomed(null);
    setMade(fresh);
    void queries.invalidateQueries({ queryKey });
  };
  const rotate = useMutation({ mutationFn: api.rotateSecret, onSuccess: show, gcTime: 0 });
  const remove = useMutation({
    mutationFn: api.deleteClient,
    onSuccess: () => {
      setDoomed(null);
      void queries.invalidateQueries({ queryKey });
      notifications.show({ message: t('clients.deleted') });
    },
  });
  const columns: readonly Column<Client>[] = [
    {
      id: 'name',
      title: t('clients.columns.name'),
      cell: ({ name, builtIn }) => (
        <span>
          {name}
          {builtIn && <span className="badge">{t('clients.builtIn')}</span>}
        </span>
      ),
    },
    { id: 'id', title: t('clients.columns.id'), cell: ({ clientId }) => <code>{clientId}</code> },
    {
      id: 'redirects',
      title: t('clients.columns.redirects'),
      cell: ({ redirectUris }) => (
        <span title={redirectUris.join('\n')}>{redirectUris.join(' ') || '–'}</span>
      ),
    },
    {
      id: 'consent',
      title: t('clients.columns.consent'),
      cell: ({ consentRequired }) => t(consentRequired ? 'clients.asks' : 'clients.asksNot'),
    },
    { id: 'created', title: t('clients.columns.created'), cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      id: 'actions',
      title: t('clients.columns.actions'),
      quiet: true,
      align: 'right',
      cell: (client) =>
        !readOnly &&
        !client.builtIn && (
          <Actions
            client={client}
            onEdit={() => setEdited(client)}
            onChoose={(act) => setDoomed({ client, act })}
          />
        ),
    },
  ];
  const name = doomed?.client.name ?? '';
  const rotating = doomed?.act === 'rotate';
  return (
    <>
      <div className="page-head">
        <div>
          <h1 className="page-title">{t('clients.title')}</h1>
          <p className="page-lead">{t('clients.lead')}</p>
        </div>
        {!readOnly && (
          <div className="page-actions">
            <SelfRegistration allow={api.allowRegistration} />
            <Button onClick={() => setAdding(true)}>{t('clients.add')}</Button>
          </div>
        )}
      </div>
      <ListTable
        label={t('clients.title')}
        columns={columns}
        query={clients}
        rowId={({ clientId }) => clientId}
        empty={<Empty title={t('clients.empty')} now={t('clients.emptyNow')} />}
      />
      <Dialog opened={adding} onClose={() => setAdding(false)} title={t('clients.addTitle')}>
        <ClientForm
          client={null}
          save={api.addClient}
          read={api.client}
          onSaved={show}
          onCancel={() => setAdding(false)}
        />
      </Dialog>
      <Dialog
        opened={edited !== null}
        onClose={() => setEdited(null)}
        title={t('clients.editTitle', { name: edited?.name ?? '' })}
      >
        {edited !== null && (
          <ClientForm
            client={edited}
            save={(change, stored) => api.changeClient(stored ?? edited, change)}
            read={api.client}
            onSaved={() => {
              setEdited(null);
              void queries.invalidateQueries({ queryKey });
              notifications.show({ message: t('clients.saved') });
            }}
            onCancel={() => setEdited(null)}
          />
        )}
      </Dialog>
      <DangerDialog
        opened={doomed !== null}
        title={t(rotating ? 'clients.rotateTitle' : 'clients.deleteTitle')}
        loss={t(rotating ? 'clients.rotateLoss' : 'clients.deleteLoss', { name })}
        word={name}
        button={t(rotating ? 'clients.rotateDo' : 'clients.deleteDo')}
        busy={rotate.isPending || remove.isPending}
        error={rotating ? rotate.error : remove.error}
        onConfirm={() => doomed !== null && (rotating ? rotate : remove).mutate(doomed.client.clientId)}
        onClose={() => {
          setDoomed(null);
          rotate.reset();
          remove.reset();
        }}
      />
      <Dialog
        opened={made !== null}
        onClose={() => setMade(null)}
        title={t('clients.secretTitle', { name: made?.client.name ?? '' })}
        once
      >
        {made !== null && (
          <ShownOnce
            lead={t('clients.secretOnce')}
            beside={[[t('clients.columns.id'), made.client.clientId]]}
            label={t('clients.secret')}
            secret={made.secret}
            copy={t('clients.copy')}
            onDone={() => setMade(null)}
          />
        )}
      </Dialog>
    </>
  );
}

function Actions({
  client,
  onEdit,
  onChoose,
}: {
  readonly client: Client;
  readonly onEdit: () => void;
  readonly onChoose: (act: 'rotate' | 'delete') => void;
}) {
  const { t } = useTexts();
  return (
    <RowMenu label={t('clients.actionsOf', { name: client.name })}>
      <Menu.Item onClick={onEdit}>{t('clients.edit')}</Menu.Item>
      {client.hasSecret && <Menu.Item onClick={() => onChoose('rotate')}>{t('clients.rotate')}</Menu.Item>}
      <Menu.Item className="danger-item" onClick={() => onChoose('delete')}>
        {t('clients.delete')}
      </Menu.Item>
    </RowMenu>
  );
}
