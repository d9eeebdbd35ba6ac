import type { Assignment } from '@keywarden/api';
import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Road } from '../../road/road.ts';
import { Notice } from '../../ui/notice.tsx';
import type { ListedKey } from '../../workstation/link.ts';
import { useExplain } from '../explain.ts';
import { useSigned } from '../surroundings.tsx';
import { useLinkState } from '../use-link.ts';
import { KeyRow } from './key-row.tsx';
import { type Journey, useRoad } from './use-road.ts';

interface Props {
  readonly assignment: Assignment | null;
  readonly username: string;
}

/** The keys that are plugged in, live, and the one whose row is open. */
export function KeyList({ assignment, username }: Props) {
  const { t } = useTranslation();
  const { tenant, management } = useSigned();
  const state = useLinkState();
  const { journey, road, running, depart, close } = useRoad();
  const policies = useQuery({
    queryKey: ['policies', tenant, 'all'],
    queryFn: ({ signal }) => management.policies({ limit: 200, signal }),
  });
  const [choices, setChoices] = useState<Readonly<Record<string, string>>>({});
  const choose = useCallback(
    (connectionId: string, policyId: string) =>
      setChoices((before) => ({ ...before, [connectionId]: policyId })),
    [],
  );

  const connected = state.phase === 'connected' ? state.keys : [];
  const rows = withJourney(connected, journey, road);
  if (state.phase !== 'connected' && rows.length === 0) return null;

  return (
    <>
      {rows.length === 0 ? (
        <section className="empty">
          <h2>{t('assign.empty.title')}</h2>
          <p>{t('assign.empty.now')}</p>
          <p>
            <strong>{t('assign.empty.do')}</strong>
          </p>
        </section>
      ) : (
        <ul className="key-list" aria-label={t('assign.list')} onKeyDown={moveAlongButtons}>
          {rows.map((listed, index) => (
            <KeyRow
              key={rowId(listed, journey, road)}
              listed={listed}
              plugged={connected.includes(listed)}
              assignment={assignment}
              policies={policies.data?.items ?? null}
              choice={choices[listed.key.connectionId] ?? null}
              onChoose={choose}
              journey={journey !== null && isJourneys(listed, journey, road) ? journey : null}
              road={road}
              running={running}
              onDepart={(departure) => depart({ ...departure, listed, index, username })}
              onClose={close}
            />
          ))}
        </ul>
      )}
      {state.phase === 'connected' && <Footer count={connected.length} limitations={state.limitations} />}
      {state.phase === 'connected' && state.trouble !== null && <Trouble error={state.trouble} />}
    </>
  );
}

function Footer({ count, limitations }: { readonly count: number; readonly limitations: readonly string[] }) {
  const { t } = useTranslation();
  return (
    <div className="key-list-footer">
      <p role="status">{count > 0 && `${t('assign.connected', { count })} · ${t('assign.follows')}`}</p>
      {limitations.length > 0 && (
        <details>
          <summary>{t('service.limitations')}</summary>
          <ul>
            {limitations.map((limitation) => (
              <li key={limitation}>{limitation}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function Trouble({ error }: { readonly error: Error }) {
  const { t } = useTranslation();
  const { link } = useSigned();
  const { title, do: next, reference } = useExplain()(error);
  return (
    <Notice tone="warn" title={t('assign.trouble')} now={title} do={next} reference={reference}>
      <button type="button" className="link-button" onClick={() => void link.refresh()}>
        {t('app.tryAgain')}
      </button>
    </Notice>
  );
}

/** A key that was pulled out in the middle keeps its row until its message is read, and its place if it comes back. */
function withJourney(
  connected: readonly ListedKey[],
  journey: Journey | null,
  road: Road | null,
): readonly ListedKey[] {
  if (journey === null) return connected;
  const here = connected.find((listed) => isJourneys(listed, journey, road)) ?? journey.listed;
  const others = connected.filter((listed) => listed !== here);
  const at = Math.min(journey.index, others.length);
  return [...others.slice(0, at), here, ...others.slice(at)];
}

/** The same connection, or the same device that was put back. */
function isJourneys(listed: ListedKey, journey: Journey, road: Road | null): boolean {
  if (listed.key.connectionId === journey.listed.key.connectionId) return true;
  const deviceId = road?.enrollment?.device.deviceId ?? journey.listed.device?.deviceId;
  return deviceId !== undefined && listed.device?.deviceId === deviceId;
}

function rowId(listed: ListedKey, journey: Journey | null, road: Road | null): string {
  if (journey !== null && isJourneys(listed, journey, road)) return journey.listed.key.connectionId;
  return listed.key.connectionId;
}

/** Arrows go from row to row, along each row's first control that can be used. */
function moveAlongButtons(event: KeyboardEvent<HTMLUListElement>): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const { target, currentTarget } = event;
  if (!(target instanceof HTMLElement) || ['SELECT', 'INPUT'].includes(target.tagName)) return;
  const rows = [...currentTarget.children];
  const from = rows.findIndex((row) => row.contains(target));
  const step = event.key === 'ArrowDown' ? 1 : -1;
  for (let at = from + step; at >= 0 && at < rows.length; at += step) {
    const control = rows[at]?.querySelector<HTMLElement>('[data-row-action]:not(:disabled), select');
    if (control != null) {
      event.preventDefault();
      control.focus();
      return;
    }
  }
}
