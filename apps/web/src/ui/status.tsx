import type { Device, User } from '@keywarden/api';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

/** A word, a colour and a shape: each tells it alone. */
export function DeviceStatusMark({ status }: { readonly status: Device['status'] }) {
  const { t } = useTranslation();
  return (
    <Mark tone={tones[status]} shape={shapes[status]}>
      {t(`status.${status}`)}
    </Mark>
  );
}

export function PersonStatusMark({ status }: Pick<User, 'status'>) {
  const { t } = useTranslation();
  return status === 'active' ? (
    <Mark tone="good" shape="disc">
      {t('users.active')}
    </Mark>
  ) : (
    <Mark tone="bad" shape="barred">
      {t('users.disabled')}
    </Mark>
  );
}

export type Tone = 'neutral' | 'accent' | 'good' | 'warn' | 'bad';
type Shape = 'ring' | 'half' | 'diamond' | 'disc' | 'barred' | 'square';

interface MarkProps {
  readonly tone: Tone;
  readonly shape: Shape;
  readonly children: ReactNode;
}

export function Mark({ tone, shape, children }: MarkProps) {
  return (
    <span className="mark" data-tone={tone}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        {drawings[shape]}
      </svg>
      {children}
    </span>
  );
}

const tones: Readonly<Record<Device['status'], Tone>> = {
  NOT_CONFIGURED: 'neutral',
  READY: 'accent',
  CONFIGURED: 'accent',
  ENROLLED: 'good',
  REVOKED: 'bad',
  RETIRED: 'neutral',
};

const shapes: Readonly<Record<Device['status'], Shape>> = {
  NOT_CONFIGURED: 'ring',
  READY: 'half',
  CONFIGURED: 'diamond',
  ENROLLED: 'disc',
  REVOKED: 'barred',
  RETIRED: 'square',
};

const stroke = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.5 };
const fill = { fill: 'currentColor' };

const drawings: Readonly<Record<Shape, ReactNode>> = {
  ring: <circle cx="6" cy="6" r="4.25" strokeDasharray="2.2 1.6" {...stroke} />,
  half: (
    <>
      <circle cx="6" cy="6" r="4.25" {...stroke} />
      <path d="M6 1.75a4.25 4.25 0 0 1 0 8.5z" {...fill} />
    </>
  ),
  diamond: <path d="M6 .9 11.1 6 6 11.1.9 6z" {...fill} />,
  disc: (
    <>
      <circle cx="6" cy="6" r="5" {...fill} />
      <path d="m3.8 6.2 1.6 1.6 2.9-3.3" fill="none" stroke="var(--surface)" strokeWidth="1.4" />
    </>
  ),
  barred: (
    <>
      <circle cx="6" cy="6" r="4.25" {...stroke} />
      <path d="m3 9 6-6" {...stroke} />
    </>
  ),
  square: <rect x="2" y="2" width="8" height="8" {...stroke} />,
};
