import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../client/error.ts';
import { createManagement, readSession } from '../client/management.ts';
import { Delayed } from '../ui/delayed.tsx';
import { Brand } from './brand.tsx';
import { Fault } from './fault.tsx';
import { Plain } from './lost-pages.tsx';
import { Navigation } from './navigation.tsx';
import { OperatorMenu } from './operator-menu.tsx';
import { Preferences } from './preferences.tsx';
import { ServiceStatus } from './service-status.tsx';
import { Shortcuts } from './shortcuts.tsx';
import { SignedProvider, useSigned, useSurroundings } from './surroundings.tsx';

interface Props {
  /** null: the tenant of the session. */
  readonly tenant: string | null;
  readonly navigation: boolean;
  readonly children: ReactNode;
}

/** Everything around a page of somebody who is signed in. */
export function Shell({ tenant, navigation, children }: Props) {
  const { http, linkFor } = useSurroundings();
  const session = useQuery({
    queryKey: ['session', tenant],
    queryFn: ({ signal }) => readSession(http, tenant, signal),
    staleTime: 60_000,
  });
  const signed = useMemo(() => {
    if (session.data === undefined) return null;
    const { tenantId } = session.data.tenant;
    const management = createManagement(http, tenantId);
    const link = linkFor(session.data, management);
    return { session: session.data, tenant: tenantId, management, link };
  }, [session.data, http, linkFor]);

  if (session.error !== null && signed === null) {
    return <NoSession error={session.error} onRetry={() => void session.refetch()} />;
  }
  if (signed === null) return <ShellSkeleton />;
  return (
    <SignedProvider value={signed}>
      <Frame navigation={navigation}>{children}</Frame>
    </SignedProvider>
  );
}

function Frame({ navigation, children }: Pick<Props, 'navigation' | 'children'>) {
  const { t } = useTranslation();
  const { tenant, session } = useSigned();
  return (
    <>
      <a className="skip-link" href="#content">
        {t('app.skip')}
      </a>
      <header className="shell-header">
        <Brand tenant={tenant} />
        <span className="shell-tenant" title={t('header.tenant', { tenant: session.tenant.name })}>
          {session.tenant.name}
        </span>
        <span className="shell-space" />
        <ServiceStatus />
        <Preferences />
        <OperatorMenu />
      </header>
      {navigation && <Navigation />}
      <main id="content" className="page" tabIndex={-1}>
        {children}
      </main>
      <Shortcuts />
    </>
  );
}

function NoSession({ error, onRetry }: { readonly error: Error; readonly onRetry: () => void }) {
  const { t } = useTranslation();
  const signedOut = error instanceof ApiError && error.signedOut;
  useEffect(() => {
    if (!signedOut) return;
    const here = window.location.pathname + window.location.search;
    window.location.replace(`/sign-in?return_to=${encodeURIComponent(here)}`);
  }, [signedOut]);
  if (signedOut) return <ShellSkeleton />;
  return (
    <Plain>
      <Fault error={error} level={1} focus>
        <Button onClick={onRetry}>{t('app.tryAgain')}</Button>
      </Fault>
    </Plain>
  );
}

function ShellSkeleton() {
  const { t } = useTranslation();
  return (
    <>
      <header className="shell-header">
        <Brand tenant={null} />
      </header>
      <main id="content" className="page" aria-busy="true" aria-label={t('app.loading')}>
        <Delayed>
          <Skeleton height={28} width={240} mb="md" animate={false} />
          <Skeleton height={180} animate={false} />
        </Delayed>
      </main>
    </>
  );
}
