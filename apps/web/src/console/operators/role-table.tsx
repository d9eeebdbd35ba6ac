import './operators.css';
import type { OperatorRole, OperatorRoleTable } from '@keywarden/api';
import { IconCheck, IconMinus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Directory } from '../../client/directory.ts';
import { useTexts } from '../editing/use-texts.ts';
import { Loaded } from '../loaded.tsx';
import { useSigned } from '../surroundings.tsx';
import { type Column, DataTable } from '../table.tsx';

/** The server's own table, so that nobody is told what does not hold; opened by whoever wants to know. */
export function RoleTable({ directory }: { readonly directory: Directory }) {
  const { t } = useTexts();
  const { tenant } = useSigned();
  const table = useQuery({
    queryKey: ['operator-roles', tenant],
    queryFn: ({ signal }) => directory.roles(signal),
  });
  return (
    <details className="section">
      <summary className="section-title">{t('operators.who')}</summary>
      <Loaded query={table} height={200}>
        {({ roles }) => <Table roles={roles} />}
      </Loaded>
    </details>
  );
}

function Table({ roles }: OperatorRoleTable) {
  const { t } = useTexts();
  const { t: common } = useTranslation();
  const words: Readonly<Record<string, Readonly<Record<string, string>>>> = t('operators.permissions', {
    returnObjects: true,
  });
  const every = [...new Set(roles.flatMap(({ permissions }) => permissions))];
  const holders = new Map(roles.map(({ role, permissions }) => [role, new Set(permissions)]));
  const columnOf = (role: OperatorRole): Column<string> => ({
    id: role,
    title: common(`header.role.${role}`),
    cell: (permission) => {
      const may = holders.get(role)?.has(permission) === true;
      const Icon = may ? IconCheck : IconMinus;
      return (
        <span className={may ? 'role-may' : 'role-may-not'}>
          <Icon size={16} aria-hidden="true" />
          <span className="visually-hidden">{t(may ? 'operators.may' : 'operators.mayNot')}</span>
        </span>
      );
    },
  });
  const columns: readonly Column<string>[] = [
    {
      id: 'permission',
      title: t('operators.permission'),
      cell: (permission) => {
        const [noun = '', deed = ''] = permission.split('.');
        // A newer server may know one that this page has no words for.
        return words[noun]?.[deed] ?? permission;
      },
    },
    ...roles.map(({ role }) => columnOf(role)),
  ];
  return (
    <DataTable
      label={t('operators.who')}
      columns={columns}
      rows={every}
      rowId={(permission) => permission}
      error={null}
      onRetry={() => {}}
      stale={false}
      empty={null}
    />
  );
}
