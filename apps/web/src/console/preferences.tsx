import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core';
import { IconCheck, IconContrastFilled } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { languages, rememberLanguage, setLanguage } from '../i18n/index.ts';

const schemes = ['auto', 'light', 'dark'] as const;

/** Colours and language, also for somebody who is not signed in. */
export function Preferences() {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const label = `${t('header.scheme')}, ${t('header.language')}`;
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={36} aria-label={label} title={label}>
          <IconContrastFilled size={20} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('header.scheme')}</Menu.Label>
        {schemes.map((scheme) => (
          <Menu.Item
            key={scheme}
            role="menuitemradio"
            aria-checked={scheme === colorScheme}
            rightSection={scheme === colorScheme ? <IconCheck size={16} aria-hidden="true" /> : null}
            onClick={() => setColorScheme(scheme)}
          >
            {t(`header.schemes.${scheme}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t('header.language')}</Menu.Label>
        {languages.map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            role="menuitemradio"
            aria-checked={language === i18n.language}
            rightSection={language === i18n.language ? <IconCheck size={16} aria-hidden="true" /> : null}
            onClick={() => {
              rememberLanguage(language);
              void setLanguage(i18n, language);
            }}
          >
            {t(`header.languages.${language}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
