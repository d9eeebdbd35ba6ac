import { useTranslation } from 'react-i18next';
import { Mark } from '../ui/status.tsx';
import { Time } from '../ui/time.tsx';
import { type Happening, tellHappening } from './happening.ts';
import { useSigned } from './surroundings.tsx';
import { type Column, Empty, PagedTable } from './table.tsx';
import { useTitle } from './title.ts';
import { usePages } from './use-pages.ts';

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

function useColumns(): readonly Column<Happening>[] {
  const { t } = useTranslation();
  return [
    { id: 'at', title: t('events.columns.at'), cell: ({ at }) => <Time at={at} /> },
    { id: 'actor', title: t('events.columns.actor'), cell: ({ actor }) => actor.name },
    {
      id: 'target',
      title: t('events.columns.target'),
      // A version of the workflow has a number, not a name.
      cell: ({ target }) =>
        target.kind === 'workflow' ? t('events.version', { version: target.id }) : target.name,
    },
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
      cell: (event) => <Told event={event} />,
    },
  ];
}

/** In one line; opened, all that is known of it, and the log's own words. */
function Told({ event }: { readonly event: Happening }) {
  const { t } = useTranslation();
  const { type, description, clientIp, requestId } = event;
  const words = tellHappening(t, event);
  return (
    <details className="event-details">
      <summary title={words}>{words}</summary>
      <dl>
        <dt>{t('events.columns.description')}</dt>
        <dd>{words}</dd>
        {words !== description && (
          <>
            <dt>{t('events.recorded')}</dt>
            <dd lang="en">{description}</dd>
          </>
        )}
        <dt>{t('events.columns.type')}</dt>
        <dd>
          <code>{type}</code>
        </dd>
        <dt>{t('events.columns.clientIp')}</dt>
        <dd>{clientIp ?? '–'}</dd>
        <dt>{t('events.requestId')}</dt>
        <dd>
          <code>{requestId ?? '–'}</code>
        </dd>
      </dl>
    </details>
  );
}
