import type { EventPage } from '@keywarden/api';
import { useTranslation } from 'react-i18next';
import { Mark } from '../ui/status.tsx';
import { Time } from '../ui/time.tsx';
import { useSigned } from './surroundings.tsx';
import { type Column, DataTable, Empty, TableFooter } from './table.tsx';
import { useTitle } from './title.ts';
import { usePages } from './use-pages.ts';

type AuditEvent = EventPage['items'][number];

export function EventsPage() {
  const { t } = useTranslation();
  useTitle(t('events.title'));
  const { tenant, management } = useSigned();
  const pages = usePages(['events', tenant], (after, signal) =>
    management.events({ after, signal, limit: 50 }),
  );
  const events = pages.query.data ?? null;
  return (
    <>
      <div className="page-head">
        <h1 className="page-title">{t('events.title')}</h1>
      </div>
      <DataTable
        label={t('events.title')}
        columns={useColumns()}
        rows={events?.items ?? null}
        rowId={(event) => event.eventId}
        error={pages.query.error}
        onRetry={() => void pages.query.refetch()}
        stale={pages.query.isPlaceholderData}
        empty={
          <Empty title={t('events.empty.title')} now={t('events.empty.now')}>
            <p>
              <strong>{t('events.empty.do')}</strong>
            </p>
          </Empty>
        }
      />
      {events !== null && events.items.length > 0 && (
        <TableFooter
          count={t('events.total', { count: events.total })}
          page={pages.page}
          onNext={pages.onNext}
          onPrevious={pages.onPrevious}
        />
      )}
    </>
  );
}

function useColumns(): readonly Column<AuditEvent>[] {
  const { t } = useTranslation();
  return [
    { id: 'at', title: t('events.columns.at'), cell: ({ at }) => <Time at={at} /> },
    { id: 'type', title: t('events.columns.type'), cell: ({ type }) => <code>{type}</code> },
    { id: 'actor', title: t('events.columns.actor'), cell: ({ actor }) => actor.name },
    { id: 'target', title: t('events.columns.target'), cell: ({ target }) => target.name },
    {
      id: 'outcome',
      title: t('events.columns.outcome'),
      cell: ({ outcome }) =>
        outcome === 'success' ? (
          <Mark tone="good" shape="disc">
            {t('events.success')}
          </Mark>
        ) : (
          <Mark tone="bad" shape="barred">
            {t('events.failure')}
          </Mark>
        ),
    },
    {
      id: 'description',
      title: t('events.columns.description'),
      cell: ({ description, clientIp, requestId }) => (
        <details className="event-details">
          <summary title={description}>{description}</summary>
          <dl>
            <dt>{t('events.columns.description')}</dt>
            <dd>{description}</dd>
            <dt>{t('events.columns.clientIp')}</dt>
            <dd>{clientIp ?? '–'}</dd>
            <dt>{t('events.requestId')}</dt>
            <dd>
              <code>{requestId ?? '–'}</code>
            </dd>
          </dl>
        </details>
      ),
    },
  ];
}
