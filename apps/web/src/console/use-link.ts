import { useEffect, useSyncExternalStore } from 'react';
import type { LinkState, WorkstationLink } from '../workstation/link.ts';
import { useSigned } from './surroundings.tsx';

export function useLinkState(): LinkState {
  const { link } = useSigned();
  return useSyncExternalStore(link.watch, link.snapshot);
}

/** For pages that show keys: connects by itself, once. A person presses Connect to Service for any further try. */
export function useConnectedLink(): WorkstationLink {
  const { link } = useSigned();
  useEffect(() => {
    if (link.snapshot().phase === 'idle') void link.connect({ takeOver: false });
  }, [link]);
  return link;
}
