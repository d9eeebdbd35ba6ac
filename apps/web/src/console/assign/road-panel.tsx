import type { Assignment } from '@keywarden/api';
import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { cancellable, ended } from '../../road/advance.ts';
import type { Road } from '../../road/road.ts';
import type { StepName } from '../../road/steps.ts';
import { shortName } from '../../ui/initials.tsx';
import { KeyDrawing, shapeOf } from '../../ui/key-drawing.tsx';
import { clockTime } from '../../ui/time.tsx';
import { useSigned } from '../surroundings.tsx';
import { RoadFailure } from './road-failure.tsx';
import { StepList, useStepLabel } from './step-list.tsx';
import type { Journey } from './use-road.ts';

interface Props {
  readonly journey: Journey;
  readonly road: Road;
  readonly assignment: Assignment | null;
  readonly model: string;
  readonly onClose: () => void;
  readonly onResume: (choice: 'continue' | 'roll-back') => void;
}

/** The open row: steps that tick, what the key waits for, elapsed time, and how it ended. */
export function RoadPanel({ journey, road, assignment, model, onClose, onResume }: Props) {
  const { t } = useTranslation();
  const { driver, listed } = journey;
  const panel = useRef<HTMLElement>(null);
  // The button that was pressed can't be pressed again now: the eye and the focus go on here.
  useEffect(() => panel.current?.focus(), []);
  const over = ended(road);
  const finished = road.phase.name === 'finished';
  const elapsed = useElapsed(journey.startedAt, over);
  useEscape(() => {
    if (cancellable(road)) driver.cancel();
    else if (road.phase.name === 'failed') onClose();
  });
  const touching = road.prompt?.name === 'touch';
  const label = useStepLabel(road, {
    directory: assignment?.identityProvider.name ?? '',
    setsPin: journey.plan.configures && journey.plan.pinSet !== true,
  });
  const keyWords = useKeyWords(road);
  const footerWords = useFooterWords(road);
  const failed =
    road.phase.name === 'failed' || road.phase.name === 'interrupted' || road.phase.name === 'stalled';

  return (
    <section
      ref={panel}
      className="road"
      aria-label={t('steps.label')}
      data-phase={road.phase.name}
      tabIndex={-1}
    >
      <div className="road-main">
        <StepList
          road={road}
          label={label}
          onPin={(operation, number, pin) => driver.providePin({ operation, number }, pin)}
        />
        <div className="road-key" data-touch={touching || undefined}>
          <KeyDrawing
            shape={shapeOf(listed.key.model, listed.key.transport)}
            label={t('key.drawing', { model })}
            virtual={listed.key.virtual}
            touch={touching ? 'now' : 'idle'}
            size="large"
          />
          <p className="road-key-words">{keyWords}</p>
        </div>
      </div>
      {finished && <Success assignment={assignment} road={road} />}
      {failed && (
        <RoadFailure road={road} onTryAgain={driver.tryAgain} onResume={onResume} onClose={onClose} />
      )}
      {!finished && !failed && (
        <div className="road-footer">
          <span className="road-footer-words">{footerWords}</span>
          <Button variant="default" size="compact-sm" disabled={!cancellable(road)} onClick={driver.cancel}>
            {t('app.cancel')}
          </Button>
          <span
            className="road-time"
            role="timer"
            aria-live="off"
            title={t('steps.elapsed', { time: elapsed })}
          >
            {elapsed}
          </span>
        </div>
      )}
      <Announcer road={road} label={label} />
    </section>
  );
}

function Success({ assignment, road }: { readonly assignment: Assignment | null; readonly road: Road }) {
  const { t } = useTranslation();
  const { tenant } = useSigned();
  const navigate = useNavigate();
  const back = useRef<HTMLButtonElement>(null);
  useEffect(() => back.current?.focus(), []);
  const user = assignment?.user ?? road.enrollment?.user;
  const name = shortName(user?.displayName || user?.username || '');
  return (
    <div className="success">
      <div>
        <h2>{t('success.title')}</h2>
        <p>{t('success.now', { name })}</p>
      </div>
      <Button ref={back} onClick={() => void navigate({ to: '/$tenant/console/keys', params: { tenant } })}>
        {t('success.back')}
      </Button>
    </div>
  );
}

function useKeyWords(road: Road): string {
  const { t } = useTranslation();
  if (road.prompt?.name === 'touch') {
    const tagging = road.steps.some((step) => step.name === 'policy' && step.state === 'active');
    return tagging ? t('steps.touchAgain') : t('steps.touchNow');
  }
  if (road.prompt?.name === 'reinsert') return t('steps.reinsert');
  return ended(road) || road.prompt !== null ? '' : t('steps.keepKey');
}

function useFooterWords(road: Road): string {
  const { t } = useTranslation();
  const { phase } = road;
  if (phase.name === 'waiting') {
    return t('steps.waiting', { seconds: Math.ceil(phase.milliseconds / 1000) });
  }
  const cleaning = road.failure !== null || (phase.name === 'running' && phase.answerAt === 'cleaned');
  if (cleaning) return t('steps.cleaning');
  if (road.cancelRequested) return t('steps.cancelling');
  if (phase.name !== 'asking') return '';
  if (phase.request.name === 'answer' && phase.request.at === 'complete') return t('steps.tooLate');
  return phase.request.name === 'answer' ? '' : t('steps.starting');
}

function useElapsed(startedAt: number, over: boolean): string {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (over) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [over]);
  return clockTime(Math.max(0, now - startedAt));
}

function useEscape(act: () => void): void {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  useEffect(() => {
    const press = (event: globalThis.KeyboardEvent) => {
      const elsewhere = document.querySelector('[role="dialog"], [role="menu"]') !== null;
      if (event.key === 'Escape' && !elsewhere) latest.current();
    };
    // Before anybody else: the menu that Escape closes is still open then.
    document.addEventListener('keydown', press, true);
    return () => document.removeEventListener('keydown', press, true);
  }, []);
}

/** Says aloud what the eye sees tick, and at once that the key wants to be touched. */
function Announcer({ road, label }: { readonly road: Road; readonly label: (name: StepName) => string }) {
  const { t } = useTranslation();
  const active = road.steps.find((step) => step.state === 'active');
  const polite =
    road.phase.name === 'finished'
      ? t('success.title')
      : active === undefined
        ? ''
        : `${label(active.name)}, ${t('steps.state.active')}`;
  const urgent = { touch: t('steps.touchNow'), reinsert: t('steps.reinsert'), pin: '' };
  return (
    <div className="visually-hidden">
      <div role="status">{polite}</div>
      <div role="alert">{road.prompt === null ? '' : urgent[road.prompt.name]}</div>
    </div>
  );
}
