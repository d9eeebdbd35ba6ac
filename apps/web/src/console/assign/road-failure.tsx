import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Road } from '../../road/road.ts';
import { isCancelled, type Truth, truthOf } from '../../road/truth.ts';
import { Notice } from '../../ui/notice.tsx';
import { explainCode } from '../explain.ts';
import { useLinkState } from '../use-link.ts';

interface Props {
  readonly road: Road;
  readonly onTryAgain: () => void;
  readonly onResume: (choice: 'continue' | 'roll-back') => void;
  readonly onClose: () => void;
}

/** What happened, what is true of the key now, what to do. */
export function RoadFailure({ road, onTryAgain, ...props }: Props) {
  const { phase } = road;
  if (phase.name === 'stalled') return <Stalled road={road} reason={phase.reason} onTryAgain={onTryAgain} />;
  return <Ended road={road} {...props} />;
}

function Ended({ road, onResume, onClose }: Omit<Props, 'onTryAgain'>) {
  const { t } = useTranslation();
  const { phase } = road;
  const { failure } = road;
  const connected = useLinkState().phase === 'connected';
  const now = useTruth(truthOf(road), road);
  const code = failure?.code ?? 'operator-cancelled';
  const step = failure?.step ?? null;
  const {
    title,
    do: next,
    reference,
  } = explainCode(
    t,
    {
      code,
      title: failure?.said?.title ?? null,
      detail: failure?.said?.detail ?? null,
      reference: failure?.reference ?? null,
    },
    {
      button: assigns(road) ? t('assign.assign') : t('assign.configureAndAssign'),
      during: t(`failure.during.${step ?? 'none'}`),
      field: failure?.field ?? null,
      retries: failure?.retriesLeft ?? null,
      username: road.enrollment?.user.username ?? '',
    },
  );
  const interrupted = phase.name === 'interrupted';
  return (
    <Notice
      tone={isCancelled(code) ? 'info' : 'error'}
      title={title}
      now={now}
      do={next}
      reference={reference ?? (failure?.ctap == null ? null : `CTAP 0x${failure.ctap.toString(16)}`)}
      focus
      onClose={interrupted ? undefined : onClose}
    >
      {truthOf(road) === 'leftover' && (
        <div className="notice-buttons">
          <Button variant="default" disabled={!connected} onClick={() => onResume('roll-back')}>
            {t('assign.rollBack')}
          </Button>
        </div>
      )}
      {interrupted && road.enrollmentId !== null && (
        <div className="notice-buttons">
          <Button disabled={!connected} onClick={() => onResume('continue')}>
            {t('assign.goOn')}
          </Button>
          <Button variant="default" disabled={!connected} onClick={() => onResume('roll-back')}>
            {t('assign.rollBack')}
          </Button>
        </div>
      )}
    </Notice>
  );
}

function Stalled({
  road,
  reason,
  onTryAgain,
}: {
  readonly road: Road;
  readonly reason: string;
  readonly onTryAgain: () => void;
}) {
  const { t } = useTranslation();
  const signedOut = reason === 'signed-out';
  const explanation = explainCode(t, { code: reason, title: null, detail: null, reference: null }, {});
  const truth = useTruth(truthOf(road), road);
  return (
    <Notice
      tone="warn"
      title={signedOut ? t('failure.signedOut.happened') : explanation.title}
      now={signedOut ? t('failure.signedOut.now') : truth}
      do={signedOut ? t('failure.signedOut.do') : explanation.do}
      focus
    >
      <div className="notice-buttons">
        <Button onClick={onTryAgain}>{t('app.tryAgain')}</Button>
        {signedOut && (
          <Button component="a" href="/sign-in" target="_blank" rel="noreferrer" variant="default">
            {t('failure.signedOut.signIn')}
          </Button>
        )}
      </div>
    </Notice>
  );
}

function useTruth(truth: Truth, road: Road): string {
  const { t } = useTranslation();
  const owner = road.enrollment?.device.owner?.displayName ?? '';
  return t(`failure.now.${truth}`, { name: owner });
}

function assigns(road: Road): boolean {
  const status = road.enrollment?.device.status;
  return status === 'CONFIGURED' || status === 'REVOKED';
}
