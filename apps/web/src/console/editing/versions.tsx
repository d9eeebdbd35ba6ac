import type { VersionHead, VersionPage } from '@keywarden/api';
import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Time } from '../../ui/time.tsx';
import { Fault } from '../fault.tsx';
import { type Column, DataTable, Empty } from '../table.tsx';
import { differenceOf, withContext } from './difference.ts';
import { useTexts } from './use-texts.ts';

interface Props {
  /** Of the queries: what this is the history of. */
  readonly name: readonly string[];
  readonly list: (after: string | undefined, signal: AbortSignal) => Promise<VersionPage>;
  readonly read: (version: number, signal: AbortSignal) => Promise<{ readonly document: unknown }>;
  /** What is in the editor now. */
  readonly current: unknown;
  readonly readOnly: boolean;
  readonly onRestore: (version: number, document: unknown) => void;
}

export function pretty(document: unknown): string {
  return JSON.stringify(document, null, 2);
}

/** Who stored what and when; each version compared with the editor, and taken back into it. */
export function Versions({ name, list, read, current, readOnly, onRestore }: Props) {
  const { t } = useTexts();
  const [chosen, setChosen] = useState<number | null>(null);
  const versions = useInfiniteQuery({
    queryKey: [...name, 'versions'],
    queryFn: ({ pageParam, signal }) => list(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const rows = versions.data?.pages.flatMap((page) => page.items) ?? null;
  const columns: readonly Column<VersionHead>[] = [
    { id: 'version', title: t('versions.columns.version'), cell: ({ version }) => version },
    { id: 'at', title: t('versions.columns.at'), cell: ({ createdAt }) => <Time at={createdAt} /> },
    { id: 'by', title: t('versions.columns.by'), cell: ({ createdBy }) => createdBy || '–' },
    { id: 'note', title: t('versions.columns.note'), cell: ({ note }) => note || '–' },
    {
      id: 'actions',
      title: t('versions.columns.actions'),
      quiet: true,
      align: 'right',
      cell: ({ version }) => (
        <Button
          size="compact-sm"
          variant="default"
          aria-expanded={chosen === version}
          aria-label={t('versions.compareWith', { version })}
          onClick={() => setChosen(chosen === version ? null : version)}
        >
          {t('versions.compare')}
        </Button>
      ),
    },
  ];
  return (
    <>
      <DataTable
        label={t('versions.tab')}
        columns={columns}
        rows={rows}
        rowId={({ version }) => String(version)}
        error={versions.error}
        onRetry={() => void versions.refetch()}
        stale={false}
        empty={<Empty title={t('versions.empty')} now={t('versions.emptyNow')} />}
      />
      {versions.hasNextPage && (
        <Button
          variant="default"
          mt="sm"
          loading={versions.isFetchingNextPage}
          onClick={() => void versions.fetchNextPage()}
        >
          {t('versions.more')}
        </Button>
      )}
      {chosen !== null && (
        <Comparison
          key={chosen}
          name={name}
          version={chosen}
          read={read}
          current={current}
          readOnly={readOnly}
          onRestore={onRestore}
        />
      )}
    </>
  );
}

function Comparison({
  name,
  version,
  read,
  current,
  readOnly,
  onRestore,
}: Omit<Props, 'list'> & { readonly version: number }) {
  const { t } = useTexts();
  const old = useQuery({
    queryKey: [...name, 'version', version],
    queryFn: ({ signal }) => read(version, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (old.error !== null) return <Fault error={old.error} />;
  if (old.data === undefined) return null;
  const { document } = old.data;
  const [before, after] = [pretty(document), pretty(current)];
  return (
    <section className="section" aria-label={t('versions.difference', { version })}>
      <div className="section-head">
        <h2 className="section-title">{t('versions.difference', { version })}</h2>
        {!readOnly && before !== after && (
          <Button variant="default" onClick={() => onRestore(version, document)}>
            {t('versions.restore', { version })}
          </Button>
        )}
      </div>
      {before === after ? (
        <p className="quiet">{t('versions.same')}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
        <pre className="difference" tabIndex={0}>
          {withContext(differenceOf(before, after), 3).map((line, index) =>
            line.kind === 'skipped' ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines repeat, their order does not change.
              <div key={index} className="difference-skipped">
                {t('versions.skipped', { count: line.count })}
              </div>
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines repeat, their order does not change.
              <div key={index} data-kind={line.kind}>
                <span aria-hidden="true">{{ same: '  ', added: '+ ', removed: '- ' }[line.kind]}</span>
                {line.kind !== 'same' && (
                  <span className="visually-hidden">{t(`versions.${line.kind}`)} </span>
                )}
                {line.text}
              </div>
            ),
          )}
        </pre>
      )}
    </section>
  );
}
