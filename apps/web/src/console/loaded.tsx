import type { ReactNode } from 'react';
import { Fault } from './fault.tsx';
import { Loading } from './loading.tsx';

interface Props<Data> {
  readonly query: {
    readonly data: Data | undefined;
    readonly error: Error | null;
    readonly refetch: () => unknown;
  };
  /** Of what is expected, in pixels. */
  readonly height: number;
  readonly children: (data: Data) => ReactNode;
}

/** What was asked of the server once it is here; until then that it is on its way, or why it does not come. */
export function Loaded<Data>({ query, height, children }: Props<Data>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error === null) return <Loading height={height} />;
  return <Fault error={query.error} onRetry={() => void query.refetch()} />;
}
