import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../client/error.ts';
import { Notice } from '../ui/notice.tsx';
import { useTexts } from './editing/use-texts.ts';
import { Fault } from './fault.tsx';

/** Refused, because somebody else changed the same thing since it was read. */
export function isOvertaken(error: Error | null): boolean {
  return error instanceof ApiError && error.reason === 'precondition-failed';
}

/** What a form began with, and what was found in its place when somebody looked again. */
export interface Edited<Thing> {
  /** Whose version the next try names. */
  readonly stored: Thing;
  /** Whether it is another one than the form began with. */
  readonly newer: boolean;
  readonly looking: boolean;
  readonly fault: Error | null;
  readonly look: (done?: () => void) => void;
}

export function useEdited<Thing>(first: Thing, read: () => Promise<Thing>): Edited<Thing> {
  const [stored, setStored] = useState(first);
  const look = useMutation({ mutationFn: read, onSuccess: setStored });
  return {
    stored,
    newer: stored !== first,
    looking: look.isPending,
    fault: look.error,
    look: (done) => look.mutate(undefined, { onSuccess: () => done?.() }),
  };
}

interface Props<Thing> {
  readonly edited: Edited<Thing>;
  /** Of the last try. */
  readonly error: Error | null;
  /** What a person compares with what she typed. */
  readonly facts: (stored: Thing) => readonly (readonly [name: string, value: string])[];
  /** Hers is dropped. */
  readonly onTake: (stored: Thing) => void;
  /** The last try is forgotten. */
  readonly onLooked: () => void;
}

/** Two people changed the same thing: nothing of either is lost until one of them has looked, and chosen. */
export function Meanwhile<Thing>({ edited, error, facts, onTake, onLooked }: Props<Thing>) {
  const { t } = useTexts();
  const { stored, newer, looking, fault, look } = edited;
  if (isOvertaken(error)) {
    return (
      <Fault error={error} focus>
        <p>{t('meanwhile.kept')}</p>
        <div className="notice-buttons">
          <Button variant="default" loading={looking} onClick={() => look(onLooked)}>
            {t('meanwhile.look')}
          </Button>
        </div>
        <Fault error={fault} />
      </Fault>
    );
  }
  if (!newer) return null;
  return (
    <Notice tone="info" title={t('meanwhile.now')} do={t('meanwhile.choose')} focus>
      <dl className="facts">
        {facts(stored).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className="notice-buttons">
        <Button variant="default" onClick={() => onTake(stored)}>
          {t('meanwhile.take')}
        </Button>
      </div>
    </Notice>
  );
}
