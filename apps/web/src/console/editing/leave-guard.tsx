import { Button } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { Dialog } from '../dialog.tsx';
import { useTexts } from './use-texts.ts';

/** Nobody loses what she wrote by a click beside it: leaving asks first, and so does closing the window. */
export function LeaveGuard({ dirty }: { readonly dirty: boolean }) {
  const { t } = useTexts();
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => dirty && current.pathname !== next.pathname,
    enableBeforeUnload: () => dirty,
    withResolver: true,
  });
  return (
    <Dialog
      opened={blocker.status === 'blocked'}
      onClose={() => blocker.reset?.()}
      title={t('common.leave.title')}
    >
      <div className="dialog">
        <p>{t('common.leave.now')}</p>
        <div className="dialog-buttons">
          <Button variant="outline" className="danger-button" onClick={() => blocker.proceed?.()}>
            {t('common.leave.go')}
          </Button>
          <Button data-autofocus onClick={() => blocker.reset?.()}>
            {t('common.leave.stay')}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
