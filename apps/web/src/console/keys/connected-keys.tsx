import { Skeleton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Delayed } from '../../ui/delayed.tsx';
import { KeyDrawing, shapeOf } from '../../ui/key-drawing.tsx';
import { DeviceStatusMark } from '../../ui/status.tsx';
import type { ListedKey } from '../../workstation/link.ts';
import { ConnectionNotice } from '../connection-notice.tsx';
import { useSigned } from '../surroundings.tsx';
import { useConnectedLink, useLinkState } from '../use-link.ts';

/** What is plugged in here and now; assigning begins with a person, on her page. */
export function ConnectedKeys() {
  const { t } = useTranslation();
  const { tenant } = useSigned();
  useConnectedLink();
  const state = useLinkState();
  return (
    <section className="section" aria-labelledby="connected-keys">
      <h2 id="connected-keys" className="section-title">
        {t('keys.connected')}
      </h2>
      {state.phase === 'failed' || state.phase === 'held' ? (
        <ConnectionNotice state={state} />
      ) : state.phase !== 'connected' ? (
        <Delayed>
          <Skeleton height={64} animate={false} />
        </Delayed>
      ) : state.keys.length === 0 ? (
        <p className="quiet">
          {t('assign.empty.title')}. {t('assign.empty.do')}
        </p>
      ) : (
        <>
          <ul className="connected-keys">
            {state.keys.map((listed) => (
              <ConnectedKeyCard key={listed.key.connectionId} listed={listed} />
            ))}
          </ul>
          <p className="quiet">
            {t('assign.connected', { count: state.keys.length })} · {t('keys.assignHint')}{' '}
            <Link to="/$tenant/console/users" params={{ tenant }}>
              {t('nav.users')}
            </Link>
          </p>
        </>
      )}
    </section>
  );
}

function ConnectedKeyCard({ listed }: { readonly listed: ListedKey }) {
  const { t } = useTranslation();
  const { key, device, recognised } = listed;
  return (
    <li className="connected-key">
      <KeyDrawing
        shape={shapeOf(key.model, key.transport)}
        label={t('key.drawing', { model: key.model })}
        virtual={key.virtual}
        touch="idle"
        size="row"
      />
      <div className="connected-key-text">
        <span className="key-row-model">
          {key.model}
          {key.virtual && <span className="badge">{t('key.virtual')}</span>}
        </span>
        <span className="key-row-facts">
          {key.serial === null ? t('key.noSerial') : t('key.serial', { serial: key.serial })}
        </span>
        {recognised ? (
          <span className="connected-key-status">
            <DeviceStatusMark status={device?.status ?? 'NOT_CONFIGURED'} />
            {device?.owner != null && <span className="quiet">{device.owner.displayName}</span>}
          </span>
        ) : (
          <span className="quiet">{t('key.recognising')}</span>
        )}
      </div>
    </li>
  );
}
