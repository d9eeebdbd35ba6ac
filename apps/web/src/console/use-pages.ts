import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

interface PageLike {
  readonly next: string | null;
}

/** The page that is looked at, and the way to its neighbours; null where there is none. */
export interface Pages<P> {
  readonly query: {
    readonly data: P | undefined;
    readonly error: Error | null;
    readonly isPlaceholderData: boolean;
    readonly refetch: () => unknown;
  };
  readonly page: number;
  readonly onNext: (() => void) | null;
  readonly onPrevious: (() => void) | null;
}

/** Keyset paging: the server's cursors are kept in order, so that one can also go back. */
export function usePages<P extends PageLike>(
  key: readonly unknown[],
  load: (after: string | undefined, signal: AbortSignal) => Promise<P>,
): Pages<P> {
  const list = JSON.stringify(key);
  const [place, setPlace] = useState<{ list: string; cursors: readonly string[] }>({ list, cursors: [] });
  // Another search begins on its first page.
  const cursors = place.list === list ? place.cursors : [];
  const after = cursors.at(-1);
  const query = useQuery({
    queryKey: [...key, after ?? null],
    queryFn: ({ signal }) => load(after, signal),
    placeholderData: keepPreviousData,
  });
  const next = query.data?.next ?? null;
  return {
    query,
    page: cursors.length + 1,
    onNext: next === null ? null : () => setPlace({ list, cursors: [...cursors, next] }),
    onPrevious: cursors.length === 0 ? null : () => setPlace({ list, cursors: cursors.slice(0, -1) }),
  };
}
