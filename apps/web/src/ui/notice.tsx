import { IconAlertTriangle, IconInfoCircle, IconX } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';

interface Props {
  readonly tone: 'error' | 'info' | 'warn';
  readonly title: string;
  readonly now?: string | undefined;
  readonly do?: string | readonly string[] | undefined;
  readonly reference?: string | null | undefined;
  /** Takes the focus when it appears: what it says is what the person waited for. */
  readonly focus?: boolean;
  /** Of its heading; 1 where it is all the page says. */
  readonly level?: 1 | 2;
  readonly onClose?: (() => void) | undefined;
  readonly children?: ReactNode;
}

/** What happened, what is true now, what to do. */
export function Notice({
  tone,
  title,
  now,
  do: steps,
  reference,
  focus,
  level = 2,
  onClose,
  children,
}: Props) {
  const { t } = useTranslation();
  const root = useRef<HTMLElement>(null);
  useEffect(() => {
    if (focus) root.current?.focus();
  }, [focus]);
  const Title = level === 1 ? 'h1' : 'h2';
  const Icon = tone === 'info' ? IconInfoCircle : IconAlertTriangle;
  return (
    <section
      ref={root}
      className="notice"
      data-tone={tone}
      role={tone === 'error' ? 'alert' : undefined}
      tabIndex={-1}
    >
      <Icon className="notice-icon" aria-hidden="true" size={20} stroke={1.75} />
      <div className="notice-body">
        <Title className="notice-title">{title}</Title>
        {now !== undefined && <p className="notice-now">{now}</p>}
        {typeof steps === 'string' ? <p className="notice-do">{steps}</p> : null}
        {steps !== undefined && typeof steps !== 'string' ? (
          <ol className="notice-do">
            {steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        ) : null}
        {children}
        {reference != null && <p className="notice-reference">{t('app.reference', { reference })}</p>}
      </div>
      {onClose !== undefined && (
        <button type="button" className="notice-close" aria-label={t('app.close')} onClick={onClose}>
          <IconX size={18} stroke={1.75} aria-hidden="true" />
        </button>
      )}
    </section>
  );
}
