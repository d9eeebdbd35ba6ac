import { Link, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useSigned } from './surroundings.tsx';

const administrative = ['owner', 'administrator', 'auditor'];

/** The console's pages, as far as the operator's role opens them; one line, which is drawn aside where it is too long. */
export function Navigation() {
  const { t } = useTranslation();
  const { tenant, session } = useSigned();
  const { pathname } = useLocation();
  const bar = useRef<HTMLElement>(null);
  const oversees = administrative.includes(session.operator.role);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page is another link to be seen
  useEffect(() => {
    const show = () =>
      bar.current
        ?.querySelector('[aria-current="page"]')
        ?.scrollIntoView({ block: 'nearest', inline: 'center' });
    show();
    // A phone that is turned has another line.
    window.addEventListener('resize', show);
    return () => window.removeEventListener('resize', show);
  }, [pathname]);
  return (
    <nav className="shell-nav" aria-label={t('nav.label')} ref={bar}>
      <Link to="/$tenant/console/keys" params={{ tenant }}>
        {t('nav.keys')}
      </Link>
      <Link to="/$tenant/console/policies" params={{ tenant }}>
        {t('nav.policies')}
      </Link>
      <Link to="/$tenant/console/users" params={{ tenant }}>
        {t('nav.users')}
      </Link>
      <Link to="/$tenant/console/groups" params={{ tenant }}>
        {t('nav.groups')}
      </Link>
      <Link to="/$tenant/console/workflow" params={{ tenant }}>
        {t('nav.workflow')}
      </Link>
      <Link to="/$tenant/console/themes" params={{ tenant }}>
        {t('nav.themes')}
      </Link>
      {oversees && (
        <>
          <Link to="/$tenant/console/clients" params={{ tenant }}>
            {t('nav.clients')}
          </Link>
          <Link to="/$tenant/console/provisioning" params={{ tenant }}>
            {t('nav.provisioning')}
          </Link>
        </>
      )}
      <Link to="/$tenant/console/workstations" params={{ tenant }}>
        {t('nav.workstations')}
      </Link>
      <Link to="/$tenant/console/settings" params={{ tenant }}>
        {t('nav.settings')}
      </Link>
      {oversees && (
        <Link to="/$tenant/console/operators" params={{ tenant }}>
          {t('nav.operators')}
        </Link>
      )}
      <Link to="/$tenant/console/events" params={{ tenant }}>
        {t('nav.events')}
      </Link>
    </nav>
  );
}
