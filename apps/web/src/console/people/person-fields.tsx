import { TextInput } from '@mantine/core';
import { useTexts } from '../editing/use-texts.ts';
import { isMailAddress } from './mail-address.ts';

interface Props {
  readonly value: string;
  /** Nothing is called missing before somebody went on without it. */
  readonly tried: boolean;
  readonly onChange: (value: string) => void;
}

export function NameField({ value, tried, onChange }: Props) {
  const { t } = useTexts();
  return (
    <TextInput
      label={t('person.edit.displayName')}
      data-autofocus
      maxLength={256}
      error={tried && value.trim() === '' ? t('person.edit.nameMissing') : undefined}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

export function MailField({ value, tried, onChange }: Props) {
  const { t } = useTexts();
  return (
    <TextInput
      label={t('person.edit.email')}
      description={t('person.edit.emailHint')}
      type="email"
      autoComplete="off"
      maxLength={320}
      error={tried && !mailIsUsable(value) ? t('person.edit.emailMalformed') : undefined}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** Nobody has to have an address. */
export function mailIsUsable(value: string): boolean {
  const address = value.trim();
  return address === '' || isMailAddress(address);
}
