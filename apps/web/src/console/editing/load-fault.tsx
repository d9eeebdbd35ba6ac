import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Notice } from '../../ui/notice.tsx';
import { useExplain } from '../explain.ts';

export function LoadFault({ error, onRetry }: { readonly error: Error; readonly onRetry: () => void }) {
  const { t } = useTranslation();
  const explain = useExplain();
  const { title, now, do: next, reference } = explain(error);
  return (
    <Notice tone="error" title={title} now={now} do={next} reference={reference}>
      <Button variant="default" onClick={onRetry}>
        {t('app.tryAgain')}
      </Button>
    </Notice>
  );
}
