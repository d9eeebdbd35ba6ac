import { Button } from '@mantine/core';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { useTexts } from './editing/use-texts.ts';

interface Props {
  readonly lead: string;
  /** What goes with it, above it: an address, a name. */
  readonly beside?: readonly (readonly [label: string, value: string])[];
  readonly label: string;
  readonly secret: string;
  readonly copy: string;
  readonly onDone: () => void;
  readonly children?: ReactNode;
}

/** A secret in the moment it is made. The dialog around it must not close by a click beside it. */
export function ShownOnce({ lead, beside = [], label, secret, copy, onDone, children }: Props) {
  const { t } = useTexts();
  return (
    <Told>
      <p>{lead}</p>
      <dl className="secret">
        {[...beside, [label, secret] as const].map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <code>{value}</code>
            </dd>
          </div>
        ))}
      </dl>
      {children}
      <div className="dialog-buttons">
        <CopyButton text={secret} label={copy} />
        <Button onClick={onDone}>{t('once.done')}</Button>
      </div>
    </Told>
  );
}

/**
 * What a form gives way to takes the focus itself: on its button, a key that is held a moment too long would close what is
 * shown only once.
 */
export function Told({ children }: { readonly children: ReactNode }) {
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => root.current?.focus(), []);
  return (
    <div className="dialog told" role="status" tabIndex={-1} data-autofocus ref={root}>
      {children}
    </div>
  );
}

/** Where the browser does not let the page copy, the text is there to be marked. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const { t } = useTexts();
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');
  const hint = useId();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState('copied');
    } catch {
      setState('refused');
    }
  };
  return (
    <>
      <Button variant="default" aria-describedby={hint} onClick={() => void copy()}>
        {state === 'copied' ? t('once.copied') : label}
      </Button>
      <span id={hint} className={state === 'refused' ? 'quiet' : 'visually-hidden'} role="status">
        {state === 'refused' ? t('once.refused') : ''}
      </span>
    </>
  );
}
