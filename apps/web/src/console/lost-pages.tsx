import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Notice } from '../ui/notice.tsx';
import { Brand } from './brand.tsx';
import { Preferences } from './preferences.tsx';
import { useTitle } from './title.ts';

export function NotFoundPage() {
  const { t } = useTranslation();
  useTitle(t('app.notFound.title'));
  return (
    <Plain>
      <Notice
        tone="warn"
        level={1}
        title={t('app.notFound.title')}
        now={t('app.notFound.now')}
        do={t('app.notFound.do')}
      >
        {/* The server knows which tenant's console that is. */}
        <Button component="a" href="/" variant="default">
          {t('app.notFound.link')}
        </Button>
      </Notice>
    </Plain>
  );
}

export function CrashPage({ error }: { readonly error: unknown }) {
  const { t } = useTranslation();
  useTitle(t('app.crash.title'));
  return (
    <Plain>
      <Notice
        tone="error"
        level={1}
        title={t('app.crash.title')}
        now={t('app.crash.now')}
        do={t('app.crash.do')}
        reference={error instanceof Error ? error.message : null}
      >
        <Button onClick={() => window.location.reload()}>{t('app.reload')}</Button>
      </Notice>
    </Plain>
  );
}

/** A page for somebody of whom nothing is known yet. */
export function Plain({ children }: { readonly children: React.ReactNode }) {
  return (
    <>
      <header className="shell-header">
        <Brand tenant={null} />
        <span className="shell-space" />
        <Preferences />
      </header>
      <main id="content" className="page page-narrow">
        {children}
      </main>
    </>
  );
}
