import { MantineThemeProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';

/** What was done is told in a corner; who listens is told what its button does, too. */
export function Notices() {
  const { t } = useTranslation();
  const closeButtonProps = { 'aria-label': t('app.close') };
  return (
    <MantineThemeProvider
      inherit
      theme={{ components: { Notification: { defaultProps: { closeButtonProps } } } }}
    >
      <Notifications position="bottom-right" />
    </MantineThemeProvider>
  );
}
