import type { Device } from '@keywarden/api';
import { Button, Menu, NativeSelect } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconColumns3 } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { DeviceStatusMark } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { SearchField } from '../search-field.tsx';
import { useSigned } from '../surroundings.tsx';
import { type Column, Empty, PagedTable } from '../table.tsx';
import { usePages } from '../use-pages.ts';
import { DeviceActions } from './device-actions.tsx';

const route = getRouteApi('/$tenant/console/keys');
const statuses = ['NOT_CONFIGURED', 'READY', 'CONFIGURED', 'ENROLLED', 'REVOKED', 'RETIRED'] as const;
const optional = ['serial', 'owner', 'policy', 'firmware', 'updated'] as const;
type OptionalColumn = (typeof optional)[number];

export function Inventory() {
  const { t } = useTranslation();
  const { tenant, management } = useSigned();
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const { query = '', status = '' } = search;
  const [hidden, setHidden] = useLocalStorage<OptionalColumn[]>({
    key: 'keywarden.keys.hidden-columns',
    defaultValue: ['firmware'],
    getInitialValueInEffect: false,
  });
  const pages = usePages(['devices', tenant, query, status], (after, signal) =>
    management.devices({ query, status, after, signal, limit: 50 }),
  );
  const onSearch = useCallback(
    (value: string) =>
      void navigate({ search: (before) => ({ ...before, query: value || undefined }), replace: true }),
    [navigate],
  );
  const filtered = query !== '' || status !== '';
  const columns = useColumns().filter((column) => !hidden.includes(column.id as OptionalColumn));

  return (
    <section className="section" aria-labelledby="inventory">
      <div className="section-head">
        <h2 id="inventory" className="section-title">
          {t('keys.inventory')}
        </h2>
        <div className="toolbar">
          <SearchField label={t('keys.search')} value={query} onSearch={onSearch} />
          <NativeSelect
            aria-label={t('keys.stateFilter')}
            value={status}
            onChange={(event) => {
              const value = event.currentTarget.value;
              void navigate({
                search: (before) => ({ ...before, status: value || undefined }),
                replace: true,
              });
            }}
          >
            <option value="">{t('keys.allStates')}</option>
            {statuses.map((one) => (
              <option key={one} value={one}>
                {t(`status.${one}`)}
              </option>
            ))}
          </NativeSelect>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button
                variant="default"
                className="columns-button"
                leftSection={<IconColumns3 size={16} aria-hidden="true" />}
              >
                {t('keys.columns.title')}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.CheckboxGroup
                value={optional.filter((id) => !hidden.includes(id))}
                onChange={(shown) => setHidden(optional.filter((id) => !shown.includes(id)))}
              >
                {optional.map((id) => (
                  <Menu.CheckboxItem key={id} value={id}>
                    {t(`keys.columns.${id}`)}
                  </Menu.CheckboxItem>
                ))}
              </Menu.CheckboxGroup>
            </Menu.Dropdown>
          </Menu>
        </div>
      </div>
      <PagedTable
        label={t('keys.inventory')}
        columns={columns}
        pages={pages}
        count={(total) => t('keys.total', { count: total })}
        rowId={(device) => device.deviceId}
        empty={
          filtered ? (
            <Empty title={t('keys.noMatch.title')} now={t('keys.noMatch.now')}>
              <Button variant="default" onClick={() => void navigate({ search: {}, replace: true })}>
                {t('keys.noMatch.do')}
              </Button>
            </Empty>
          ) : (
            <Empty title={t('keys.empty.title')} now={t('keys.empty.now')}>
              <p>
                <strong>{t('keys.empty.do')}</strong>
              </p>
            </Empty>
          )
        }
      />
    </section>
  );
}

function useColumns(): readonly Column<Device>[] {
  const { t } = useTranslation();
  return [
    {
      id: 'model',
      title: t('keys.columns.model'),
      cell: (device) => (
        <span className="cell-key">
          {device.model}
          {device.virtual && <span className="badge">{t('key.virtual')}</span>}
        </span>
      ),
    },
    { id: 'serial', title: t('keys.columns.serial'), cell: ({ serial }) => serial ?? t('key.noSerial') },
    {
      id: 'status',
      title: t('keys.columns.status'),
      cell: ({ status }) => <DeviceStatusMark status={status} />,
    },
    {
      id: 'owner',
      title: t('keys.columns.owner'),
      cell: ({ owner }) => (owner === null ? '–' : <span title={owner.username}>{owner.displayName}</span>),
    },
    { id: 'policy', title: t('keys.columns.policy'), cell: ({ policy }) => policy?.name ?? '–' },
    { id: 'firmware', title: t('keys.columns.firmware'), cell: ({ firmware }) => firmware ?? '–' },
    {
      id: 'updated',
      title: t('keys.columns.updated'),
      align: 'right',
      cell: ({ updatedAt }) => <Time at={updatedAt} />,
    },
    {
      id: 'actions',
      title: t('keys.columns.actions'),
      quiet: true,
      align: 'right',
      cell: (device) => <DeviceActions device={device} />,
    },
  ];
}
