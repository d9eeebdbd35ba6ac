import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { ended } from '../../road/advance.ts';
import { RoadDriver } from '../../road/driver.ts';
import type { Road } from '../../road/road.ts';
import { type Plan, planSteps } from '../../road/steps.ts';
import type { ListedKey } from '../../workstation/link.ts';
import { useSigned, useSurroundings } from '../surroundings.tsx';
import { useLinkState } from '../use-link.ts';

/** One press of a button: the key it was pressed for, and the road that it takes. */
export interface Journey {
  readonly listed: ListedKey;
  /** Where its row stands, should the key be pulled out. */
  readonly index: number;
  readonly driver: RoadDriver;
  readonly plan: Plan;
  readonly startedAt: number;
}

export interface Departure {
  readonly listed: ListedKey;
  readonly index: number;
  readonly username: string;
  readonly policyId: string | null;
  readonly plan: Plan;
  /** An enrollment that an earlier page left open, and what to do with it. */
  readonly open: { readonly enrollmentId: string; readonly choice: 'continue' | 'roll-back' } | null;
}

const noWatch = () => () => {};
const noRoad = () => null;

export function useRoad() {
  const { management, link } = useSigned();
  const { uuid, wait } = useSurroundings();
  const linkState = useLinkState();
  const queries = useQueryClient();
  const [journey, setJourney] = useState<Journey | null>(null);
  const road = useSyncExternalStore<Road | null>(
    journey?.driver.watch ?? noWatch,
    journey?.driver.snapshot ?? noRoad,
  );
  const running = road !== null && !ended(road);

  const workstationId = linkState.phase === 'connected' ? linkState.workstationId : null;
  const depart = useCallback(
    (departure: Departure) => {
      if (workstationId === null) return;
      const { listed, index, open } = departure;
      const driver = new RoadDriver(
        {
          server: management,
          workstation: link,
          start: {
            username: departure.username,
            workstationId,
            connectionId: listed.key.connectionId,
            deviceId: listed.device?.deviceId ?? null,
            policyId: departure.policyId,
          },
          idempotencyKey: uuid(),
          wait,
        },
        { steps: planSteps(departure.plan), open },
      );
      setJourney({ listed, index, driver, plan: departure.plan, startedAt: Date.now() });
    },
    [management, link, uuid, wait, workstationId],
  );

  // What the server knows has changed, whichever way it ended.
  const over = road !== null && !running;
  useEffect(() => {
    if (!over) return;
    void link.refresh();
    for (const name of ['assignment', 'devices', 'policies', 'events', 'enrollment']) {
      void queries.invalidateQueries({ queryKey: [name] });
    }
  }, [over, link, queries]);

  // Whoever leaves the page can't answer the key any more.
  const current = useRef<RoadDriver | null>(null);
  useEffect(() => {
    current.current = journey?.driver ?? null;
  }, [journey]);
  useEffect(() => () => current.current?.cancel(), []);

  const close = useCallback(() => setJourney(null), []);
  return { journey, road, running, depart, close };
}
