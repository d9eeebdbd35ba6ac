import '../editing/editing.css';
import './settings.css';
import { useMemo } from 'react';
import { createSettings } from '../../client/settings.ts';
import { useTexts } from '../editing/use-texts.ts';
import { useSigned, useSurroundings } from '../surroundings.tsx';
import { useTitle } from '../title.ts';
import { DefaultProvider } from './default-provider.tsx';
import { PasswordRules } from './password-rules.tsx';
import { SigningKeys } from './signing-keys.tsx';

/** What holds for the whole tenant. */
export function SettingsPage() {
  const { t } = useTexts();
  useTitle(t('settings.title'));
  const { http } = useSurroundings();
  const { tenant, session } = useSigned();
  const settings = useMemo(() => createSettings(http, tenant), [http, tenant]);
  const readOnly = !['owner', 'administrator'].includes(session.operator.role);
  return (
    <>
      <h1 className="page-title">{t('settings.title')}</h1>
      <p className="page-lead">{readOnly ? t('settings.readOnly') : t('settings.lead')}</p>
      <PasswordRules settings={settings} readOnly={readOnly} />
      <DefaultProvider settings={settings} readOnly={readOnly} />
      {!readOnly && <SigningKeys settings={settings} />}
    </>
  );
}
