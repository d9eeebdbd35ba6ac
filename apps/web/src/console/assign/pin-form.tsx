import type { WorkstationEvent } from '@keywarden/api';
import { Button, PasswordInput } from '@mantine/core';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ChannelError, WorkstationRefusal } from '../../workstation/error.ts';
import { newPinFault, normalPin, type PinFault } from './pin-rules.ts';

type PinRequired = Extract<WorkstationEvent, { event: 'pin.required' }>;

interface Props {
  readonly required: PinRequired;
  readonly onPin: (pin: string) => Promise<void>;
}

/** The PIN lives in these fields and nowhere else: they are gone once the key has been asked. */
export function PinForm({ required, onPin }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const first = useRef<HTMLInputElement>(null);
  const [pin, setPin] = useState('');
  const [again, setAgain] = useState('');
  const [fault, setFault] = useState<PinFault | 'rejected' | null>(null);
  const [sending, setSending] = useState(false);
  const chooses = required.reason !== 'verify';
  useEffect(() => first.current?.focus(), []);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (sending) return;
    const found = chooses ? newPinFault(pin, again, required) : pin === '' ? 'missing' : null;
    setFault(found);
    if (found !== null) {
      first.current?.focus();
      return;
    }
    setSending(true);
    try {
      await onPin(normalPin(pin));
    } catch (error) {
      setSending(false);
      if (error instanceof WorkstationRefusal && error.error.code === 'PIN_REJECTED') {
        setFault('rejected');
        setPin('');
        setAgain('');
        first.current?.focus();
      } else if (!(error instanceof WorkstationRefusal || error instanceof ChannelError)) throw error;
      // Anything else ends the order itself: the road tells.
    }
  };

  const message = useMessage(required, fault);
  const field = {
    autoComplete: 'off',
    inputMode: required.characters === 'digits' ? ('numeric' as const) : ('text' as const),
    'aria-describedby': `${id}-rules ${id}-message`,
    'data-1p-ignore': true,
    'data-lpignore': 'true',
    disabled: sending,
    error: message !== null,
    visibilityToggleButtonProps: { 'aria-label': t('pin.show'), tabIndex: 0 },
  };
  return (
    <form className="pin" onSubmit={(event) => void submit(event)} noValidate>
      <PasswordInput
        {...field}
        ref={first}
        aria-label={chooses ? t('pin.new') : t('pin.current')}
        placeholder={chooses ? t('pin.new') : t('pin.current')}
        value={pin}
        onChange={(event) => setPin(event.currentTarget.value)}
      />
      {chooses && (
        <PasswordInput
          {...field}
          aria-label={t('pin.again')}
          placeholder={t('pin.again')}
          value={again}
          onChange={(event) => setAgain(event.currentTarget.value)}
        />
      )}
      <Button type="submit" loading={sending}>
        {chooses ? t('pin.set') : t('pin.verify')}
      </Button>
      <p className="pin-rules" id={`${id}-rules`}>
        {useRules(required).join(' · ')}
      </p>
      <p className="pin-message" id={`${id}-message`} role="alert">
        {message}
      </p>
      {required.hint !== null && <p className="pin-hint">{t('pin.hint', { hint: required.hint })}</p>}
    </form>
  );
}

function useMessage(required: PinRequired, fault: PinFault | 'rejected' | null): string | null {
  const { t } = useTranslation();
  if (fault === null) return required.wrong ? t('pin.wrong') : null;
  if (fault === 'tooShort') return t('pin.tooShort', { count: required.minimumLength });
  if (fault === 'tooLong') return t('pin.tooLong', { count: required.maximumLength });
  return t(`pin.${fault}`);
}

function useRules(required: PinRequired): readonly string[] {
  const { t } = useTranslation();
  const rules: string[] = [];
  if (required.reason !== 'verify') {
    const count = required.minimumLength;
    rules.push(
      required.characters === 'digits' ? t('pin.atLeastDigits', { count }) : t('pin.atLeast', { count }),
    );
    if (required.characters === 'letters-and-digits') rules.push(t('pin.lettersAndDigits'));
  }
  if (required.retriesLeft !== null) rules.push(t('pin.triesLeft', { count: required.retriesLeft }));
  return rules;
}
