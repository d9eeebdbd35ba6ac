import type { PolicyRules, ProgressStep } from '@keywarden/api';
import type { AnswerAt } from '../client/management.ts';

/** What the person sees tick off, in this order. */
export const stepNames = [
  'capabilities',
  'pin',
  'policy',
  'touch',
  'new-pin-at-first-use',
  'register',
  'verify',
  'clean',
] as const;
export type StepName = (typeof stepNames)[number];
export type StepState = 'waiting' | 'active' | 'done' | 'skipped' | 'failed';

export interface Step {
  readonly name: StepName;
  readonly state: StepState;
}

export interface Plan {
  /** The policy is written first: a key that is Not Configured or Ready. */
  readonly configures: boolean;
  readonly rules: PolicyRules | null;
  readonly pinSet: boolean | null;
}

export function planSteps({ configures, rules, pinSet }: Plan): readonly Step[] {
  const asksPin = pinSet === true || (configures && rules?.pinMode !== 'none');
  const names: StepName[] = [];
  if (configures) names.push('capabilities');
  if (asksPin) names.push('pin');
  if (configures) names.push('policy');
  names.push('touch');
  if (rules?.forcePINChange === true) names.push('new-pin-at-first-use');
  names.push('register', 'verify');
  return names.map((name) => ({ name, state: 'waiting' }));
}

type Told = Readonly<Partial<Record<ProgressStep, StepName>>>;

/** What the workstation's own steps are to a person, by the order they belong to; of some there is nothing to say. */
const stepOfProgress: Readonly<Record<AnswerAt, Told>> = {
  configured: {
    'check-capabilities': 'capabilities',
    'set-pin': 'pin',
    'write-policy': 'policy',
    'write-asset-tag': 'policy',
    'read-back': 'policy',
  },
  complete: {
    'set-pin': 'pin',
    'create-credential': 'touch',
    'force-pin-change': 'new-pin-at-first-use',
  },
  cleaned: { 'remove-credential': 'clean' },
};

/** `policy` takes three of the workstation's steps and is done with its order; a PIN may be asked for before the touch. */
export function progressed(
  steps: readonly Step[],
  progress: { readonly step: ProgressStep; readonly status: 'started' | 'done' | 'skipped' },
  answerAt: AnswerAt,
): readonly Step[] {
  const name = stepOfProgress[answerAt][progress.step];
  if (name === undefined) return steps;
  if (progress.status === 'started') {
    return name === 'touch' && pinMayBeAsked(steps) ? activate(steps, 'pin') : activate(steps, name);
  }
  if (name === 'policy') return steps;
  return progress.status === 'done' ? doneUpTo(steps, name) : mark(steps, name, 'skipped');
}

function pinMayBeAsked(steps: readonly Step[]): boolean {
  return steps.some((step) => step.name === 'pin' && (step.state === 'waiting' || step.state === 'active'));
}

/** Everything before an active step has happened. */
export function activate(steps: readonly Step[], name: StepName): readonly Step[] {
  const present = include(steps, name);
  const at = present.findIndex((step) => step.name === name);
  return present.map((step, index) => {
    if (index === at) return { name, state: 'active' };
    // Cleaning up comes after what was not reached.
    if (name === 'clean') return step;
    if (index < at && (step.state === 'waiting' || step.state === 'active'))
      return { ...step, state: 'done' };
    if (index > at && step.state === 'active') return { ...step, state: 'waiting' };
    return step;
  });
}

export function mark(steps: readonly Step[], name: StepName, state: StepState): readonly Step[] {
  return steps.map((step) => (step.name === name ? { name, state } : step));
}

/** All up to and with `name` have happened. */
export function doneUpTo(steps: readonly Step[], name: StepName): readonly Step[] {
  const at = steps.findIndex((step) => step.name === name);
  return steps.map((step, index) =>
    index <= at && (step.state === 'waiting' || step.state === 'active') ? { ...step, state: 'done' } : step,
  );
}

/** The one that was under way is where it ended. */
export function failActive(steps: readonly Step[]): readonly Step[] {
  return steps.map((step) => (step.state === 'active' ? { ...step, state: 'failed' } : step));
}

export function activeStep(steps: readonly Step[]): StepName | null {
  return steps.find((step) => step.state === 'active')?.name ?? null;
}

/** A resumed enrollment may come to a step that nobody could foresee. */
function include(steps: readonly Step[], name: StepName): readonly Step[] {
  if (steps.some((step) => step.name === name)) return steps;
  const rank = stepNames.indexOf(name);
  const at = steps.findIndex((step) => stepNames.indexOf(step.name) > rank);
  const added: Step = { name, state: 'waiting' };
  return at === -1 ? [...steps, added] : [...steps.slice(0, at), added, ...steps.slice(at)];
}
