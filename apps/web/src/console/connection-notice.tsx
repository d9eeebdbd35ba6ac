import type { PairingCode } from '@keywarden/api';
import { Button, CopyButton } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Notice } from '../ui/notice.tsx';
import type { LinkState } from '../workstation/link.ts';
import { explainError } from './explain.ts';
import { useSigned } from './surroundings.tsx';

type Unconnected = Extract<LinkState, { phase: 'failed' | 'held' }>;

/** Why there is no connection, what to do, and the button that tries again. */
export function ConnectionNotice({ state }: { readonly state: Unconnected }) {
  const { t } = useTranslation();
  const { link, session } = useSigned();
  if (state.phase === 'held') {
    return (
      <Notice tone="warn" title={t('service.holder.title')} now={t('service.holder.now')}>
        <div className="notice-buttons">
          <Button onClick={() => void link.connect({ takeOver: true })}>{t('service.takeOver')}</Button>
          <Button variant="default" onClick={() => void link.connect({ takeOver: false })}>
            {t('service.connect')}
          </Button>
        </div>
      </Notice>
    );
  }
  const { fault, cause } = state;
  const connect = (
    // Taken over by another page: pressing the button here is taking it back.
    <Button onClick={() => void link.connect({ takeOver: fault === 'taken-over' })}>
      {t('service.connect')}
    </Button>
  );
  if (fault === 'session-refused' || fault === 'server') {
    const { title, now, do: next, reference } = explainError(t, cause, { button: t('service.connect') });
    return (
      <Notice tone="error" title={title} now={now} do={next} reference={reference}>
        <div className="notice-buttons">{connect}</div>
      </Notice>
    );
  }
  const values = {
    address: session.workstationUrl.replace(/^wss?:\/\//, '').replace(/\/$/, ''),
    origin: window.location.origin,
  };
  const steps = t(`service.fault.${fault}.do`, { ...values, returnObjects: true });
  return (
    <Notice
      tone="warn"
      title={t(`service.fault.${fault}.title`)}
      now={t(`service.fault.${fault}.now`, values)}
      do={steps}
    >
      <div className="notice-buttons">{connect}</div>
      {(fault === 'not-paired' || fault === 'refused') && <Pairing />}
    </Notice>
  );
}

/** A single-use code and the command that asks for it: the code itself never stands in a command line. */
function Pairing() {
  const { t } = useTranslation();
  const { management } = useSigned();
  const code = useMutation({ mutationFn: () => management.pairingCode() });
  if (code.data !== undefined) return <PairingCodeCard code={code.data} />;
  const fault = code.error === null ? null : explainError(t, code.error);
  return (
    <div className="pairing">
      <Button variant="default" loading={code.isPending} onClick={() => code.mutate()}>
        {t('service.pairing.make')}
      </Button>
      {fault !== null && (
        <p role="alert">
          {fault.title} {fault.do}
        </p>
      )}
    </div>
  );
}

function PairingCodeCard({ code }: { readonly code: PairingCode }) {
  const { t, i18n } = useTranslation();
  const { tenant } = useSigned();
  const time = new Intl.DateTimeFormat(i18n.language, { timeStyle: 'short' }).format(
    new Date(code.expiresAt),
  );
  const command = `node apps/workstation/dist/main.js pair --server ${window.location.origin} --tenant ${tenant} --name "${t('service.pairing.name')}"`;
  return (
    <div className="pairing" role="status">
      <p>
        {t('service.pairing.code')}: <code className="pairing-code">{code.code}</code>{' '}
        <CopyButton value={code.code}>
          {({ copied, copy }) => (
            <Button size="compact-sm" variant="default" onClick={copy}>
              {copied ? t('service.pairing.copied') : t('service.pairing.copy')}
            </Button>
          )}
        </CopyButton>
      </p>
      <p>{t('service.pairing.once', { time })}</p>
      <pre className="pairing-command">{command}</pre>
    </div>
  );
}
