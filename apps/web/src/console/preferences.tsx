import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core';
import { IconContrastFilled } from '@tabler/icons-react';
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
        <Menu.RadioGroup
          value={colorScheme}
          onChange={(value) => {
            const chosen = schemes.find((scheme) => scheme === value);
            if (chosen !== undefined) setColorScheme(chosen);
          }}
        >
          {schemes.map((scheme) => (
            <Menu.RadioItem key={scheme} value={scheme}>
              {t(`header.schemes.${scheme}`)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Label>{t('header.language')}</Menu.Label>
        <Menu.RadioGroup
          value={i18n.language}
          onChange={(value) => {
            const chosen = languages.find((language) => language === value);
            if (chosen === undefined) return;
            rememberLanguage(chosen);
            void setLanguage(i18n, chosen);
          }}
        >
          {languages.map((language) => (
            <Menu.RadioItem key={language} value={language} lang={language}>
              {t(`header.languages.${language}`)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}
