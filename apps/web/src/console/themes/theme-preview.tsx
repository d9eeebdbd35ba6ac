import type { Theme } from '@keywarden/api';
import { useEffect, useRef, useState } from 'react';
import { ChoiceField } from '../editing/fields.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { useSigned } from '../surroundings.tsx';
import { previewReady, previewScreens, type ShowTheme } from './preview/messages.ts';

interface Props {
  /** null: the draft has faults, or is on its way. */
  readonly theme: Theme | null;
}

/** The portal's own pages in a frame, in the theme as it is being edited. */
export function ThemePreview({ theme }: Props) {
  const { t } = useTexts();
  const { tenant } = useSigned();
  const frame = useRef<HTMLIFrameElement>(null);
  const [ready, setReady] = useState(false);
  const [screen, setScreen] = useState<ShowTheme['screen']>('sign-in');
  const [scheme, setScheme] = useState<ShowTheme['scheme']>('light');
  const [width, setWidth] = useState<'phone' | 'wide'>('phone');

  useEffect(() => {
    const listen = ({ origin, source, data }: MessageEvent) => {
      const ours = origin === window.location.origin && source === frame.current?.contentWindow;
      if (ours && data === previewReady) setReady(true);
    };
    window.addEventListener('message', listen);
    return () => window.removeEventListener('message', listen);
  }, []);

  useEffect(() => {
    if (!ready || theme === null) return;
    const message: ShowTheme = { type: 'keywarden:show-theme', theme, screen, scheme };
    frame.current?.contentWindow?.postMessage(message, window.location.origin);
  }, [ready, theme, screen, scheme]);

  return (
    <section className="theme-preview" aria-label={t('themes.preview')}>
      <div className="theme-preview-choices">
        <ChoiceField
          label={t('themes.screen')}
          value={screen}
          options={previewScreens.map((one) => [one, t(`themes.screens.${one}`)] as const)}
          onChange={setScreen}
        />
        <ChoiceField
          label={t('themes.scheme')}
          value={scheme}
          options={(['light', 'dark'] as const).map((one) => [one, t(`themes.schemes.${one}`)] as const)}
          onChange={setScheme}
        />
        <ChoiceField
          label={t('themes.width')}
          value={width}
          options={(['phone', 'wide'] as const).map((one) => [one, t(`themes.widths.${one}`)] as const)}
          onChange={setWidth}
        />
      </div>
      <div className="theme-preview-frame" data-width={width}>
        <iframe
          ref={frame}
          title={t('themes.previewTitle')}
          src={`/${encodeURIComponent(tenant)}/console/theme-preview`}
          tabIndex={-1}
        />
      </div>
    </section>
  );
}
