import type { ProblemFault } from '@keywarden/api';
import { useCallback } from 'react';
import { editor } from '../../i18n/en/editor.ts';
import { useTexts } from './use-texts.ts';

/** Faults of a document by their place, in the reader's language. */
export interface Faults {
  /** What is wrong at this place itself; undefined: nothing. */
  readonly at: (pointer: string) => string | undefined;
  /** What is wrong at this place or below it: for a list that is shown as one field. */
  readonly below: (pointer: string) => string | undefined;
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

export function useFaults(faults: readonly ProblemFault[]): Faults {
  const words = useFaultWords();
  return {
    at: (pointer) => {
      const found = faults.find((fault) => fault.at === pointer);
      return found && words(found);
    },
    below: (pointer) => {
      const found = faults.find((fault) => fault.at === pointer || fault.at.startsWith(`${pointer}/`));
      return found && words(found);
    },
  };
}
