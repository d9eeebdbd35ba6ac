import type { Passkey, User } from '@keywarden/api';
import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { PasskeyChange, People } from '../../client/people.ts';
import { Mark } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { DangerDialog } from '../danger-dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { Fault } from '../fault.tsx';
import { RowMenu } from '../row-menu.tsx';
import { useSigned } from '../surroundings.tsx';
import { type Column, Empty, ListTable } from '../table.tsx';
import { EnrollmentCode } from './enrollment-code.tsx';
import { LimitPasskey, RenamePasskey } from './passkey-dialogs.tsx';

const marks = {
  PENDING: ['neutral', 'ring'],
  ACTIVE: ['good', 'disc'],
  SUSPENDED: ['warn', 'half'],
  REVOKED: ['bad', 'barred'],
  TERMINATED: ['neutral', 'square'],
} as const;

export function Passkeys({ user, people }: { readonly user: User; readonly people: People }) {
  const { t, i18n } = useTexts();
  const queries = useQueryClient();
  const { tenant, session } = useSigned();
  const { role } = session.operator;
  const [doomed, setDoomed] = useState<Passkey | null>(null);
  const [issuing, setIssuing] = useState(false);
  const [named, setNamed] = useState<Passkey | null>(null);
  const [limited, setLimited] = useState<Passkey | null>(null);
  const queryKey = ['users', tenant, 'passkeys', user.userId];
  const passkeys = useQuery({ queryKey, queryFn: ({ signal }) => people.passkeys(user.userId, signal) });
  const told = { suspend: 'suspended', activate: 'activated', revoke: 'revoked' } as const;
  const change = useMutation({
    mutationFn: ({ deviceId, to, reason }: { deviceId: string; to: PasskeyChange; reason?: string }) =>
      people.changePasskey(deviceId, to, reason),
    onSuccess: (_passkey, { to }) => {
      setDoomed(null);
      void queries.invalidateQueries({ queryKey });
      notifications.show({ message: t(`person.${told[to]}`) });
    },
  });
  const saved = (message: string) => {
    setNamed(null);
    setLimited(null);
    void queries.invalidateQueries({ queryKey });
    notifications.show({ message });
  };
  const day = (at: string) =>
    new Intl.DateTimeFormat(i18n.language, { dateStyle: 'medium' }).format(new Date(at));
  const columns: readonly Column<Passkey>[] = [
    { id: 'name', title: t('person.columns.name'), cell: ({ friendlyName }) => friendlyName },
    {
      id: 'status',
      title: t('person.columns.status'),
      cell: ({ status, usable }) => {
        const outside = status === 'ACTIVE' && !usable;
        const [tone, shape] = outside ? (['warn', 'half'] as const) : marks[status];
        return (
          <Mark tone={tone} shape={shape}>
            {outside ? t('person.notUsable') : t(`person.statuses.${status}`)}
          </Mark>
        );
      },
    },
    {
      id: 'model',
      title: t('person.columns.model'),
      cell: ({ model, icon, credential }) => (
        <span className="passkey-model">
          {icon !== null && <img src={icon} alt="" width="20" height="20" />}
          {model ?? (credential === null ? '–' : t('person.unknownModel'))}
          {credential?.synced === true && <span className="badge">{t('person.synced')}</span>}
        </span>
      ),
    },
    {
      id: 'used',
      title: t('person.columns.used'),
      cell: ({ credential }) =>
        credential === null ? (
          '–'
        ) : credential.lastUsedAt === null ? (
          t('person.neverUsed')
        ) : (
          <Time at={credential.lastUsedAt} />
        ),
    },
    {
      id: 'validity',
      title: t('person.columns.validity'),
      cell: ({ validFrom, validUntil }) =>
        [
          ...(validFrom === null ? [] : [t('person.from', { date: day(validFrom) })]),
          ...(validUntil === null ? [] : [t('person.until', { date: day(validUntil) })]),
        ].join(' ') || t('person.always'),
    },
    {
      id: 'actions',
      title: t('person.columns.actions'),
      quiet: true,
      align: 'right',
      cell: (passkey) =>
        role !== 'auditor' && (
          <Actions
            passkey={passkey}
            onChange={(to) => change.mutate({ deviceId: passkey.deviceId, to })}
            onRevoke={() => setDoomed(passkey)}
            onRename={() => setNamed(passkey)}
            onLimit={() => setLimited(passkey)}
          />
        ),
    },
  ];
  return (
    <section className="section">
      <div className="section-head">
        <h2 className="section-title">{t('person.passkeys')}</h2>
        {['owner', 'administrator', 'operator'].includes(role) && user.status === 'active' && (
          <Button variant="default" onClick={() => setIssuing(true)}>
            {t('person.code.issue')}
          </Button>
        )}
      </div>
      <Fault error={doomed !== null ? null : change.error} focus />
      <ListTable
        label={t('person.passkeys')}
        columns={columns}
        query={passkeys}
        rowId={({ deviceId }) => deviceId}
        empty={<Empty title={t('person.empty')} now={t('person.emptyNow')} />}
      />
      <DangerDialog
        opened={doomed !== null}
        title={t('person.revokeTitle')}
        loss={t('person.revokeLoss', { owner: user.displayName, name: doomed?.friendlyName ?? '' })}
        word={user.username}
        button={t('person.revokeDo')}
        asksReason
        busy={change.isPending}
        error={change.error}
        onConfirm={(reason) =>
          doomed !== null && change.mutate({ deviceId: doomed.deviceId, to: 'revoke', reason })
        }
        onClose={() => {
          setDoomed(null);
          change.reset();
        }}
      />
      <RenamePasskey
        passkey={named}
        people={people}
        onSaved={() => saved(t('person.rename.done'))}
        onClose={() => setNamed(null)}
      />
      <LimitPasskey
        passkey={limited}
        people={people}
        onSaved={() => saved(t('person.limit.done'))}
        onClose={() => setLimited(null)}
      />
      <EnrollmentCode
        opened={issuing}
        user={user}
        people={people}
        onIssued={() => void queries.invalidateQueries({ queryKey })}
        onClose={() => setIssuing(false)}
      />
    </section>
  );
}

function Actions({
  passkey,
  onChange,
  onRevoke,
  onRename,
  onLimit,
}: {
  readonly passkey: Passkey;
  readonly onChange: (to: PasskeyChange) => void;
  readonly onRevoke: () => void;
  readonly onRename: () => void;
  readonly onLimit: () => void;
}) {
  const { t } = useTexts();
  const { status, friendlyName } = passkey;
  if (status === 'REVOKED' || status === 'TERMINATED') return null;
  return (
    <RowMenu label={t('person.actionsOf', { name: friendlyName })}>
      <Menu.Item onClick={onRename}>{t('person.rename.do')}</Menu.Item>
      <Menu.Item onClick={onLimit}>{t('person.limit.do')}</Menu.Item>
      {status === 'ACTIVE' && (
        <Menu.Item onClick={() => onChange('suspend')}>{t('person.suspend')}</Menu.Item>
      )}
      {status === 'SUSPENDED' && (
        <Menu.Item onClick={() => onChange('activate')}>{t('person.activate')}</Menu.Item>
      )}
      <Menu.Item className="danger-item" onClick={onRevoke}>
        {t('person.revoke')}
      </Menu.Item>
    </RowMenu>
  );
}
