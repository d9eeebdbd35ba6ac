import type { ReactNode } from 'react';

export type KeyShape = 'usb-a' | 'usb-c' | 'nano' | 'card';

/** The nearest of four silhouettes: a model's name is all that most keys tell. */
export function shapeOf(model: string, transport: 'hid' | 'pcsc' | 'virtual'): KeyShape {
  if (/nano/i.test(model)) return 'nano';
  if (transport === 'pcsc' || /\bcard\b|fusion/i.test(model)) return 'card';
  return /\b\d?ci?\b|usb-?c|type-?c/i.test(model) ? 'usb-c' : 'usb-a';
}

interface Props {
  readonly shape: KeyShape;
  readonly label: string;
  readonly virtual: boolean;
  /** `now`: its contact pulses. */
  readonly touch: 'idle' | 'now';
  readonly size: 'row' | 'large';
}

export function KeyDrawing({ shape, label, virtual, touch, size }: Props) {
  return (
    <svg
      className="key-drawing"
      data-size={size}
      data-virtual={virtual || undefined}
      data-touch={touch}
      viewBox="0 0 96 40"
      role="img"
      aria-label={label}
    >
      {silhouettes[shape]}
    </svg>
  );
}

const contact = (x: number, y: number) => (
  <>
    <circle className="key-drawing-wave" cx={x} cy={y} r="9" />
    <circle className="key-drawing-contact" cx={x} cy={y} r="6.5" />
  </>
);

const silhouettes: Readonly<Record<KeyShape, ReactNode>> = {
  'usb-a': (
    <>
      <path className="key-drawing-body" d="M24 6h58a10 10 0 0 1 10 10v8a10 10 0 0 1-10 10H24z" />
      <path className="key-drawing-plug" d="M4 10h20v20H4z" />
      <path className="key-drawing-detail" d="M9 15h6M9 20h6M9 25h6" />
      <circle className="key-drawing-detail" cx="82" cy="20" r="4" />
      {contact(52, 20)}
    </>
  ),
  'usb-c': (
    <>
      <path className="key-drawing-body" d="M24 6h58a10 10 0 0 1 10 10v8a10 10 0 0 1-10 10H24z" />
      <rect className="key-drawing-plug" x="6" y="14" width="18" height="12" rx="4" />
      <path className="key-drawing-detail" d="M10 20h9" />
      <circle className="key-drawing-detail" cx="82" cy="20" r="4" />
      {contact(52, 20)}
    </>
  ),
  nano: (
    <>
      <path className="key-drawing-body" d="M46 8h18a8 8 0 0 1 8 8v8a8 8 0 0 1-8 8H46z" />
      <path className="key-drawing-plug" d="M22 10h24v20H22z" />
      <path className="key-drawing-detail" d="M28 15h7M28 20h7M28 25h7" />
      {contact(61, 20)}
    </>
  ),
  card: (
    <>
      <rect className="key-drawing-body" x="18" y="3" width="60" height="34" rx="4" />
      <rect className="key-drawing-plug" x="25" y="13" width="12" height="10" rx="2" />
      <path className="key-drawing-detail" d="M29 13v10M33 13v10" />
      {contact(60, 20)}
    </>
  ),
};
