import { Button, Modal } from '@mantine/core';
import type { FormEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Circumstances } from './explain.ts';
import { Fault } from './fault.tsx';

interface DialogProps {
  readonly opened: boolean;
  readonly title: string;
  /** What it shows is shown only once: a click beside it must not lose it. */
  readonly once?: boolean;
  readonly onClose: () => void;
  /** Made anew each time the dialog opens: what was typed or told before is gone. */
  readonly children: ReactNode;
}

export function Dialog({ opened, title, once = false, onClose, children }: DialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      closeOnClickOutside={!once}
      title={title}
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      {children}
    </Modal>
  );
}

interface FormProps {
  /** What the one button does. */
  readonly button: string;
  /** It is on its way: nothing is sent twice. */
  readonly busy: boolean;
  readonly error: Error | null;
  readonly circumstances?: Circumstances;
  /** The server's own words, where they say more than its code does. */
  readonly faultTitle?: string | undefined;
  /** Something is still missing that the fields say by themselves. */
  readonly disabled?: boolean;
  /** What it does can't be taken back: its button is not the primary one. */
  readonly dangerous?: boolean;
  readonly onSubmit: () => void;
  readonly onCancel: () => void;
  /** Its fields; the first one to be filled in carries `data-autofocus`. */
  readonly children: ReactNode;
}

/** Fields, what was refused, and two buttons. */
export function DialogForm(props: FormProps) {
  const { t } = useTranslation();
  const { busy, disabled = false, dangerous = false } = props;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!busy && !disabled) props.onSubmit();
  };
  return (
    <form className="dialog" onSubmit={submit} noValidate>
      {props.children}
      <Fault error={props.error} circumstances={props.circumstances} title={props.faultTitle} />
      <div className="dialog-buttons">
        <Button variant="default" onClick={props.onCancel}>
          {t('app.cancel')}
        </Button>
        <Button
          type="submit"
          variant={dangerous ? 'outline' : 'filled'}
          className={dangerous ? 'danger-button' : undefined}
          disabled={disabled}
          loading={busy}
        >
          {props.button}
        </Button>
      </div>
    </form>
  );
}
