import { Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Delayed } from '../ui/delayed.tsx';

/** Told at once to who listens, shown a moment later to who looks. */
export function Loading({ height }: { readonly height: number }) {
  const { t } = useTranslation();
  return (
    <div aria-busy="true" role="status" aria-label={t('app.loading')}>
      <Delayed>
        <Skeleton height={height} animate={false} />
      </Delayed>
    </div>
  );
}
