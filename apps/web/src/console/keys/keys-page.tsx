import { useTranslation } from 'react-i18next';
import { useTitle } from '../title.ts';
import { ConnectedKeys } from './connected-keys.tsx';
import { Inventory } from './inventory.tsx';

export function KeysPage() {
  const { t } = useTranslation();
  useTitle(t('keys.title'));
  return (
    <>
      <h1 className="page-title">{t('keys.title')}</h1>
      <ConnectedKeys />
      <Inventory />
    </>
  );
}
