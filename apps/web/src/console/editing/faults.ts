import type { ProblemFault } from '@keywarden/api';
import { useCallback } from 'react';
import { editor } from '../../i18n/en/editor.ts';
import { useTexts } from './use-texts.ts';

/** What is to be said of a field: in the way of saving, or worth a thought. */
export interface Said {
  readonly tone: 'bad' | 'warn';
  readonly text: string;
}

/** Faults and warnings of a document by their place, in the reader's language. */
export interface Faults {
  /** What is to be said of this place itself; undefined: nothing. */
  readonly at: (pointer: string) => Said | undefined;
  /** Of this place or below it: for a list that is shown as one field. */
  readonly below: (pointer: string) => Said | undefined;
}

type Rule = keyof typeof editor.rules;
function isRule(rule: string): rule is Rule {
  return Object.hasOwn(editor.rules, rule);
}

/** What is wrong, in a sentence of the reader's language; the server's own where this page knows none. */
export function useFaultWords(): (fault: ProblemFault) => string {
  const { t } = useTexts();
  return useCallback(
    ({ rule, values, what }) => (isRule(rule) ? t(`rules.${rule}`, { ...values }) : what),
    [t],
  );
}

export function useFaults(faults: readonly ProblemFault[], warnings: readonly ProblemFault[]): Faults {
  const words = useFaultWords();
  const find = (matches: (at: string) => boolean): Said | undefined => {
    const fault = faults.find(({ at }) => matches(at));
    if (fault !== undefined) return { tone: 'bad', text: words(fault) };
    const warning = warnings.find(({ at }) => matches(at));
    return warning && { tone: 'warn', text: words(warning) };
  };
  return {
    at: (pointer) => find((at) => at === pointer),
    below: (pointer) => find((at) => at === pointer || at.startsWith(`${pointer}/`)),
  };
}
