import './table.css';
import { Button, Table } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Fault } from './fault.tsx';
import { Loading } from './loading.tsx';
import type { Pages } from './use-pages.ts';

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  readonly align?: 'right';
  /** Read aloud, not shown: a column of buttons. */
  readonly quiet?: boolean;
}

interface TableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rowId: (row: Row) => string;
  readonly empty: ReactNode;
}

interface Props<Row> extends TableProps<Row> {
  readonly rows: readonly Row[] | null;
  readonly error: Error | null;
  readonly onRetry: () => void;
  /** While the next page is on its way the last one stays, paler. */
  readonly stale: boolean;
}

/** One row a line, a header that stays, and a card for each row where the window is narrow. */
export function DataTable<Row>({ label, columns, rows, rowId, error, onRetry, stale, empty }: Props<Row>) {
  if (rows === null) {
    return error === null ? <Loading height={200} /> : <Fault error={error} onRetry={onRetry} />;
  }
  if (rows.length === 0) return empty;
  return (
    <div className="table-frame" data-stale={stale || undefined}>
      <Table className="data-table" aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column.id} data-align={column.align}>
                {column.quiet ? <span className="visually-hidden">{column.title}</span> : column.title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={rowId(row)}>
              {columns.map((column) => (
                <Table.Td
                  key={column.id}
                  data-align={column.align}
                  data-label={column.quiet ? undefined : column.title}
                  data-column={column.id}
                >
                  {column.cell(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** A list that the server gives as a whole. */
export function ListTable<Row>({
  query,
  ...table
}: TableProps<Row> & {
  readonly query: {
    readonly data: { readonly items: readonly Row[] } | undefined;
    readonly error: Error | null;
    readonly refetch: () => unknown;
  };
}) {
  return (
    <DataTable
      {...table}
      rows={query.data?.items ?? null}
      error={query.error}
      onRetry={() => void query.refetch()}
      stale={false}
    />
  );
}

/** A list that the server gives page by page; below it how many there are, and the way to the others. */
export function PagedTable<Row>({
  pages,
  count,
  ...table
}: TableProps<Row> & {
  readonly pages: Pages<{ readonly items: readonly Row[]; readonly total: number }>;
  /** Without it nobody is told how many there are. */
  readonly count?: (total: number) => string;
}) {
  const { query, page, onNext, onPrevious } = pages;
  const shown = query.data ?? null;
  const several = onNext !== null || onPrevious !== null;
  return (
    <>
      <DataTable
        {...table}
        rows={shown?.items ?? null}
        error={query.error}
        onRetry={() => void query.refetch()}
        stale={query.isPlaceholderData}
      />
      {shown !== null && (several || (count !== undefined && shown.items.length > 0)) && (
        <TableFooter count={count?.(shown.total) ?? ''} page={page} onNext={onNext} onPrevious={onPrevious} />
      )}
    </>
  );
}

export function TableFooter({
  count,
  page,
  onNext,
  onPrevious,
}: {
  readonly count: string;
  readonly page: number;
  readonly onNext: (() => void) | null;
  readonly onPrevious: (() => void) | null;
}) {
  const { t } = useTranslation();
  return (
    <div className="table-footer">
      <span role="status">{count}</span>
      {(onNext !== null || onPrevious !== null) && (
        <span className="table-pages">
          <Button
            variant="default"
            size="compact-sm"
            aria-label={t('table.previous')}
            disabled={onPrevious === null}
            onClick={() => onPrevious?.()}
          >
            <IconChevronLeft size={16} aria-hidden="true" />
          </Button>
          <span>{t('table.page', { page })}</span>
          <Button
            variant="default"
            size="compact-sm"
            aria-label={t('table.next')}
            disabled={onNext === null}
            onClick={() => onNext?.()}
          >
            <IconChevronRight size={16} aria-hidden="true" />
          </Button>
        </span>
      )}
    </div>
  );
}

export function Empty({
  title,
  now,
  children,
}: {
  readonly title: string;
  readonly now: string;
  readonly children?: ReactNode;
}) {
  return (
    <section className="empty">
      <h2>{title}</h2>
      <p>{now}</p>
      {children}
    </section>
  );
}
