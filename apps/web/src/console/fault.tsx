import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Notice } from '../ui/notice.tsx';
import { type Circumstances, useExplain } from './explain.ts';

interface Props {
  /** null: nothing is wrong, and nothing is said. */
  readonly error: Error | null;
  readonly circumstances?: Circumstances | undefined;
  /** Where the server's own words say more than its code does. */
  readonly title?: string | undefined;
  readonly focus?: boolean;
  readonly level?: 1 | 2;
  readonly onRetry?: () => void;
  readonly children?: ReactNode;
}

/** Why something was refused or failed: what happened, what is true now, what to do. */
export function Fault({ error, circumstances, title, focus = false, level = 2, onRetry, children }: Props) {
  const { t } = useTranslation();
  const explain = useExplain();
  if (error === null) return null;
  const said = explain(error, circumstances);
  return (
    <Notice
      tone="error"
      title={title ?? said.title}
      now={said.now}
      do={said.do}
      reference={said.reference}
      focus={focus}
      level={level}
    >
      {children}
      {onRetry !== undefined && (
        <Button variant="default" onClick={onRetry}>
          {t('app.tryAgain')}
        </Button>
      )}
    </Notice>
  );
}
