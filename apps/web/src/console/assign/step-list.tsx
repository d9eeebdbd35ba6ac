import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { ended } from '../../road/advance.ts';
import type { Road } from '../../road/road.ts';
import type { StepName, StepState } from '../../road/steps.ts';
import { PinForm } from './pin-form.tsx';

interface Props {
  readonly road: Road;
  readonly label: (name: StepName) => string;
  readonly onPin: (operation: string, question: number, pin: string) => Promise<void>;
}

export function StepList({ road, label, onPin }: Props) {
  const { t } = useTranslation();
  const { prompt } = road;
  return (
    <ol className="steps">
      {road.steps.map((step) => (
        <li key={step.name} className="step" data-state={step.state} aria-current={currentOf(step.state)}>
          <StepMark state={step.state} />
          <span className="step-label">
            {label(step.name)}
            <span className="visually-hidden">, {t(`steps.state.${step.state}`)}</span>
          </span>
          {prompt?.name === 'pin' && prompt.step === step.name && !ended(road) && (
            <PinForm
              key={prompt.question}
              required={prompt.required}
              onPin={(pin) => onPin(prompt.required.operation, prompt.question, pin)}
            />
          )}
        </li>
      ))}
    </ol>
  );
}

export function useStepLabel(
  road: Road,
  { directory, setsPin }: { readonly directory: string; readonly setsPin: boolean },
): (name: StepName) => string {
  const { t } = useTranslation();
  const reason = road.prompt?.name === 'pin' ? road.prompt.required.reason : null;
  return useCallback(
    (name) => {
      if (name === 'register') return t('steps.register', { directory });
      if (name !== 'pin') return t(`steps.${name}`);
      if (reason === 'change') return t('steps.pinChange');
      return (reason === null ? setsPin : reason === 'set') ? t('steps.pinSet') : t('steps.pinVerify');
    },
    [t, directory, reason, setsPin],
  );
}

const currentOf = (state: StepState) => (state === 'active' ? 'step' : undefined);

function StepMark({ state }: { readonly state: StepState }) {
  return (
    <svg className="step-mark" viewBox="0 0 20 20" aria-hidden="true">
      {state === 'done' && (
        <>
          <circle cx="10" cy="10" r="9" fill="currentColor" />
          <path d="m6 10.4 2.7 2.7 5.3-6" fill="none" stroke="var(--surface)" strokeWidth="2" />
        </>
      )}
      {state === 'skipped' && (
        <>
          <circle cx="10" cy="10" r="8.25" fill="none" stroke="currentColor" strokeWidth="1.5" />
          <path d="M6.5 10h7" stroke="currentColor" strokeWidth="1.75" />
        </>
      )}
      {state === 'active' && (
        <>
          <circle cx="10" cy="10" r="8.25" fill="none" stroke="currentColor" strokeWidth="1.5" />
          <circle cx="10" cy="10" r="4.5" fill="currentColor" />
        </>
      )}
      {state === 'waiting' && (
        <circle cx="10" cy="10" r="8.25" fill="none" stroke="currentColor" strokeWidth="1.5" />
      )}
      {state === 'failed' && (
        <>
          <circle cx="10" cy="10" r="9" fill="currentColor" />
          <path d="m6.8 6.8 6.4 6.4m0-6.4-6.4 6.4" stroke="var(--surface)" strokeWidth="2" />
        </>
      )}
    </svg>
  );
}
