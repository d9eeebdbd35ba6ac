import { useTranslation } from 'react-i18next';
import { useLinkState } from './use-link.ts';

export function ServiceStatus() {
  const { t } = useTranslation();
  const { phase } = useLinkState();
  if (phase === 'idle') return null;
  const words = {
    connecting: t('service.connecting'),
    connected: t('service.connected'),
    failed: t('service.notConnected'),
    held: t('service.held'),
  };
  return (
    <span className="service" data-phase={phase} role="status">
      <svg viewBox="0 0 12 12" aria-hidden="true">
        {phase === 'connected' ? (
          <circle cx="6" cy="6" r="5" fill="currentColor" />
        ) : (
          <circle
            cx="6"
            cy="6"
            r="4.25"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.5"
            strokeDasharray={phase === 'connecting' ? '2.2 1.6' : undefined}
          />
        )}
        {(phase === 'failed' || phase === 'held') && (
          <path d="m3 9 6-6" fill="none" stroke="currentColor" strokeWidth="1.5" />
        )}
      </svg>
      <span className="service-words">{words[phase]}</span>
    </span>
  );
}
