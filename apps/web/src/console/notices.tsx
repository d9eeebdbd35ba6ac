import { MantineThemeProvider } from '@mantine/core';
import { Notifications, notifications, notificationsStore } from '@mantine/notifications';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import './notices.css';
import { useHeightTold } from './use-height-told.ts';

/**
 * What was done is told at the window's lower edge, in a place of its own: the page ends above it, what stays in sight there
 * moves up, and dialogs and menus lie over it. Escape puts the newest away; who listens is told what its button does, too.
 */
export function Notices() {
  const { t } = useTranslation();
  const place = useHeightTold<HTMLDivElement>('--notices');
  useEffect(() => {
    // Before anybody else: what Escape closes is still open then.
    document.addEventListener('keydown', putAway, true);
    return () => document.removeEventListener('keydown', putAway, true);
  }, []);
  const closeButtonProps = { 'aria-label': t('app.close') };
  return (
    <MantineThemeProvider
      inherit
      theme={{ components: { Notification: { defaultProps: { closeButtonProps, role: 'status' } } } }}
    >
      <div className="notices" ref={place}>
        <Notifications position="bottom-center" withinPortal={false} transitionDuration={120} />
      </div>
    </MantineThemeProvider>
  );
}

/** Where Escape ends something else, it ends that alone. */
const busyWithEscape = '[role="dialog"], [role="menu"], .key-row-open';

function putAway(event: KeyboardEvent): void {
  if (event.key !== 'Escape' || document.querySelector(busyWithEscape) !== null) return;
  const newest = notificationsStore.getState().notifications.at(-1);
  if (newest?.id !== undefined) notifications.hide(newest.id);
}
