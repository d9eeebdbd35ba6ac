import '../editing/editing.css';
import '../people/person.css';
import type { IssuedProvisioningToken, ProvisioningToken } from '@keywarden/api';
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { createSettings } from '../../client/settings.ts';
import { Mark } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { DangerDialog } from '../danger-dialog.tsx';
import { Dialog } from '../dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { CopyButton, ShownOnce } from '../shown-once.tsx';
import { useSigned, useSurroundings } from '../surroundings.tsx';
import { type Column, Empty, ListTable } from '../table.tsx';
import { useTitle } from '../title.ts';
import { useMoment } from '../use-moment.ts';
import { TokenForm } from './token-form.tsx';

const marks = {
  active: ['good', 'disc'],
  expired: ['warn', 'half'],
  revoked: ['bad', 'barred'],
} as const;

function statusOf({ revokedAt, expiresAt }: ProvisioningToken): keyof typeof marks {
  if (revokedAt !== null) return 'revoked';
  return Date.parse(expiresAt) <= Date.now() ? 'expired' : 'active';
}

/** By which directories keep people and groups up to date. A token is shown in the moment it is made, and never again. */
export function ProvisioningPage() {
  const { t } = useTexts();
  useTitle(t('provisioning.title'));
  const { http } = useSurroundings();
  const { tenant, session } = useSigned();
  const queries = useQueryClient();
  const settings = useMemo(() => createSettings(http, tenant), [http, tenant]);
  const [adding, setAdding] = useState(false);
  const [issued, setIssued] = useState<IssuedProvisioningToken | null>(null);
  const [doomed, setDoomed] = useState<ProvisioningToken | null>(null);
  const mayWrite = ['owner', 'administrator'].includes(session.operator.role);
  const queryKey = ['provisioning-tokens', tenant];
  const tokens = useQuery({ queryKey, queryFn: ({ signal }) => settings.tokens(signal) });
  const revoke = useMutation({
    mutationFn: settings.revokeToken,
    onSuccess: () => {
      setDoomed(null);
      void queries.invalidateQueries({ queryKey });
      notifications.show({ message: t('provisioning.revoked') });
    },
  });
  const moment = useMoment();
  const columns: readonly Column<ProvisioningToken>[] = [
    { id: 'name', title: t('provisioning.columns.name'), cell: ({ name }) => name },
    {
      id: 'status',
      title: t('provisioning.columns.status'),
      cell: (token) => {
        const status = statusOf(token);
        const [tone, shape] = marks[status];
        return (
          <Mark tone={tone} shape={shape}>
            {t(`provisioning.statuses.${status}`)}
          </Mark>
        );
      },
    },
    {
      id: 'created',
      title: t('provisioning.columns.created'),
      cell: ({ createdAt }) => <Time at={createdAt} />,
    },
    { id: 'by', title: t('provisioning.columns.by'), cell: ({ createdBy }) => createdBy },
    { id: 'expires', title: t('provisioning.columns.expires'), cell: ({ expiresAt }) => moment(expiresAt) },
    {
      id: 'used',
      title: t('provisioning.columns.used'),
      cell: ({ lastUsedAt }) => (lastUsedAt === null ? t('provisioning.never') : <Time at={lastUsedAt} />),
    },
    {
      id: 'actions',
      title: t('provisioning.columns.actions'),
      quiet: true,
      align: 'right',
      cell: (token) =>
        mayWrite &&
        statusOf(token) === 'active' && (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={t('provisioning.revokeOf', { name: token.name })}
            onClick={() => setDoomed(token)}
          >
            {t('provisioning.revoke')}
          </Button>
        ),
    },
  ];
  return (
    <>
      <div className="page-head">
        <div>
          <h1 className="page-title">{t('provisioning.title')}</h1>
          <p className="page-lead">{t('provisioning.lead')}</p>
        </div>
        {mayWrite && <Button onClick={() => setAdding(true)}>{t('provisioning.add')}</Button>}
      </div>
      {tokens.data !== undefined && (
        <div className="address">
          <dl className="secret">
            <dt>{t('provisioning.address')}</dt>
            <dd>
              <code>{tokens.data.address}</code>
            </dd>
          </dl>
          <CopyButton text={tokens.data.address} label={t('provisioning.copyAddress')} />
        </div>
      )}
      <section className="section">
        <h2 className="section-title">{t('provisioning.tokens')}</h2>
        <ListTable
          label={t('provisioning.tokens')}
          columns={columns}
          query={tokens}
          rowId={({ tokenId }) => tokenId}
          empty={<Empty title={t('provisioning.empty')} now={t('provisioning.emptyNow')} />}
        />
      </section>
      <Dialog opened={adding} onClose={() => setAdding(false)} title={t('provisioning.addTitle')}>
        <TokenForm
          issue={settings.issueToken}
          onIssued={(token) => {
            setAdding(false);
            setIssued(token);
            void queries.invalidateQueries({ queryKey });
          }}
          onCancel={() => setAdding(false)}
        />
      </Dialog>
      <Dialog
        opened={issued !== null}
        onClose={() => setIssued(null)}
        title={t('provisioning.shownTitle', { name: issued?.name ?? '' })}
        once
      >
        {issued !== null && (
          <ShownOnce
            lead={`${t('provisioning.once')} ${t('provisioning.until', { time: moment(issued.expiresAt) })}`}
            beside={
              tokens.data === undefined ? [] : [[t('provisioning.address'), tokens.data.address] as const]
            }
            label={t('provisioning.token')}
            secret={issued.token}
            copy={t('provisioning.copy')}
            onDone={() => setIssued(null)}
          />
        )}
      </Dialog>
      <DangerDialog
        opened={doomed !== null}
        title={t('provisioning.revokeTitle')}
        loss={t('provisioning.revokeLoss', { name: doomed?.name ?? '' })}
        word={doomed?.name ?? ''}
        button={t('provisioning.revokeDo')}
        busy={revoke.isPending}
        error={revoke.error}
        onConfirm={() => doomed !== null && revoke.mutate(doomed.tokenId)}
        onClose={() => {
          setDoomed(null);
          revoke.reset();
        }}
      />
    </>
  );
}
