import type { EventPage } from '@keywarden/api';
import { useTranslation } from 'react-i18next';
import { Mark } from '../ui/status.tsx';
import { Time } from '../ui/time.tsx';
import { useSigned } from './surroundings.tsx';
import { type Column, Empty, PagedTable } from './table.tsx';
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
  return (
    <>
      <div className="page-head">
        <h1 className="page-title">{t('events.title')}</h1>
      </div>
      <PagedTable
        label={t('events.title')}
        columns={useColumns()}
        pages={pages}
        count={(total) => t('events.total', { count: total })}
        rowId={(event) => event.eventId}
        empty={
          <Empty title={t('events.empty.title')} now={t('events.empty.now')}>
            <p>
              <strong>{t('events.empty.do')}</strong>
            </p>
          </Empty>
        }
      />
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
