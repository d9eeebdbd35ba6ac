import type { UserDetails } from '@keywarden/api';
import { TextInput } from '@mantine/core';
import { Notice } from '../../ui/notice.tsx';
import { ChoiceField } from '../editing/fields.tsx';
import { useTexts } from '../editing/use-texts.ts';

interface UsernameProps {
  readonly value: string;
  readonly stored: UserDetails;
  readonly tried: boolean;
  readonly onChange: (value: string) => void;
}

/** What another name breaks is told before it is saved, and only to whoever gives another one. */
export function UsernameField({ value, stored, tried, onChange }: UsernameProps) {
  const { t } = useTexts();
  const renames = value.trim() !== '' && value.trim() !== stored.username;
  return (
    <>
      <TextInput
        label={t('identity.username')}
        description={t('identity.usernameHint')}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        maxLength={256}
        error={tried && value.trim() === '' ? t('identity.usernameMissing') : undefined}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {renames && (
        <Notice tone="warn" title={t('identity.renames')}>
          <p>{t('identity.renamesSignIn')}</p>
          <p>{t('identity.renamesStays')}</p>
          {stored.externalId !== null && <p>{t('identity.renamesDirectory')}</p>}
        </Notice>
      )}
    </>
  );
}

/** Those in which mail is written. */
const languages = ['en', 'de', 'fr', 'es'] as const;
/** Not a tag, so that it is none that is stored. */
const none = '';

interface LanguageProps {
  readonly value: string | null;
  readonly stored: string | null;
  readonly onChange: (value: string | null) => void;
}

export function LanguageField({ value, stored, onChange }: LanguageProps) {
  const { t } = useTexts();
  const nameOf = useLanguageName();
  // What a directory wrote may be another one, or several.
  const others = [stored, value].filter(
    (tag): tag is string => tag !== null && !languages.some((known) => known === tag),
  );
  return (
    <ChoiceField
      label={t('identity.language')}
      hint={t('identity.languageHint')}
      value={value ?? none}
      options={[none, ...languages, ...new Set(others)].map((tag) => [tag, nameOf(tag || null)] as const)}
      onChange={(tag) => onChange(tag === none ? null : tag)}
    />
  );
}

/** A language as the reader calls it; a tag that is none of ours as it stands. */
export function useLanguageName(): (tag: string | null) => string {
  const { t } = useTexts();
  return (tag) => {
    const known = languages.find((one) => one === tag);
    if (known !== undefined) return t(`identity.languages.${known}`);
    return tag ?? t('identity.noLanguage');
  };
}
