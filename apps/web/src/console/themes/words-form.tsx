import { type ProblemFault, type ThemeDocument, type ThemeWords, themeLanguages } from '@keywarden/api';
import { Button, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Editing } from '../../client/editing.ts';
import { useFaults } from '../editing/faults.ts';
import { ChoiceField } from '../editing/fields.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { useSigned } from '../surroundings.tsx';

export type Language = (typeof themeLanguages)[number];

interface Props {
  readonly document: ThemeDocument;
  readonly faults: readonly ProblemFault[];
  readonly warnings: readonly ProblemFault[];
  readonly disabled: boolean;
  readonly editing: Editing;
  readonly themeId: string;
  readonly language: Language;
  readonly onLanguage: (language: Language) => void;
  readonly onChange: (document: ThemeDocument) => void;
}

const none: ThemeWords = { labels: {}, scopes: {} };
const usualScopes = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'];

export function WordsForm(props: Props) {
  const { document, disabled, editing, themeId, language, onLanguage, onChange } = props;
  const { t } = useTexts();
  const { tenant } = useSigned();
  const faults = useFaults(props.faults, props.warnings);
  const words = document.words[language] ?? none;
  const at = `/words/${language}`;
  const put = (changed: ThemeWords) => {
    const empty = Object.keys(changed.labels).length + Object.keys(changed.scopes).length === 0;
    const { [language]: _, ...rest } = document.words;
    onChange({ ...document, words: empty ? rest : { ...rest, [language]: changed } });
  };
  const workflow = useQuery({
    queryKey: ['workflow', tenant],
    queryFn: ({ signal }) => editing.workflow(signal),
  });
  // What is said where the field is left empty.
  const usual = useQuery({
    queryKey: ['theme', tenant, 'usual', language],
    queryFn: ({ signal }) =>
      editing.previewTheme(themeId, { document: { colors: document.colors }, lang: language }, signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const parts = [
    ...(workflow.data?.document.firstFactors ?? []).map(({ factorId }) => factorId),
    ...(workflow.data?.document.secondFactors ?? []).map(({ factorId }) => factorId),
    ...(workflow.data?.document.enrollActions ?? []).map(({ enrollId }) => enrollId),
  ];
  const names: readonly (readonly [name: string, label: string])[] = [
    ['portal.title', t('themes.label.title')],
    ['portal.intro', t('themes.label.intro')],
    ['portal.help', t('themes.label.help')],
    ...parts.flatMap((name) => [
      [name, t('themes.label.of', { name })] as const,
      [`${name}.description`, t('themes.label.descriptionOf', { name })] as const,
    ]),
  ];
  // Words of what the workflow had once stay in sight, to be taken away.
  const strangers = Object.keys(words.labels)
    .filter((name) => !names.some(([known]) => known === name))
    .map((name) => [name, name] as const);
  const setLabel = (name: string, text: string) => {
    const { [name]: _, ...rest } = words.labels;
    put({ ...words, labels: text === '' ? rest : { ...rest, [name]: text } });
  };
  const pointer = (...parts: string[]) =>
    [at, ...parts.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))].join('/');
  return (
    <div className="theme-fields">
      <div className="part-fields">
        <ChoiceField
          label={t('themes.language')}
          value={language}
          options={themeLanguages.map((one) => [one, t(`themes.languages.${one}`)] as const)}
          onChange={onLanguage}
        />
        <ChoiceField
          label={t('themes.defaultLanguage')}
          disabled={disabled}
          value={document.defaultLanguage}
          options={themeLanguages.map((one) => [one, t(`themes.languages.${one}`)] as const)}
          onChange={(defaultLanguage) => onChange({ ...document, defaultLanguage })}
        />
      </div>
      <p className="quiet">{t('themes.wordsHint')}</p>
      <fieldset lang={language}>
        <legend>{t('themes.labels')}</legend>
        {[...names, ...strangers].map(([name, label]) => (
          <Textarea
            key={name}
            label={label}
            error={faults.at(pointer('labels', name))?.text}
            disabled={disabled}
            autosize={false}
            rows={name.endsWith('.description') || name === 'portal.help' ? 2 : 1}
            maxLength={1000}
            placeholder={usual.data?.labels[name] ?? ''}
            value={words.labels[name] ?? ''}
            onChange={(event) => setLabel(name, event.currentTarget.value)}
          />
        ))}
      </fieldset>
      <Scopes
        words={words}
        usual={usual.data?.scopes ?? {}}
        disabled={disabled}
        language={language}
        faultAt={(scope, member) => faults.at(pointer('scopes', scope, member))?.text}
        onChange={(scopes) => put({ ...words, scopes })}
      />
    </div>
  );
}

function Scopes({
  words,
  usual,
  disabled,
  language,
  faultAt,
  onChange,
}: {
  readonly words: ThemeWords;
  readonly usual: ThemeWords['scopes'];
  readonly disabled: boolean;
  readonly language: Language;
  readonly faultAt: (scope: string, member: 'label' | 'description') => string | undefined;
  readonly onChange: (scopes: ThemeWords['scopes']) => void;
}) {
  const { t } = useTexts();
  const [added, setAdded] = useState<readonly string[]>([]);
  const [name, setName] = useState('');
  const scopes = [...new Set([...usualScopes, ...Object.keys(words.scopes), ...added])];
  const set = (scope: string, change: { label?: string; description?: string }) => {
    const { [scope]: before, ...rest } = words.scopes;
    const changed = { label: '', description: '', ...before, ...change };
    const gone = changed.label === '' && changed.description === '';
    onChange(gone ? rest : { ...rest, [scope]: changed });
  };
  const add = (event: FormEvent) => {
    event.preventDefault();
    const scope = name.trim();
    if (scope === '') return;
    setAdded([...added, scope]);
    setName('');
  };
  return (
    <fieldset>
      <legend>{t('themes.scopes')}</legend>
      <p className="quiet">{t('themes.scopesHint')}</p>
      {scopes.map((scope) => {
        const own = words.scopes[scope];
        const half = own !== undefined && (own.label === '' || own.description === '');
        return (
          <div className="part-fields" key={scope} lang={language}>
            <TextInput
              label={t('themes.scopeLabel', { scope })}
              error={half ? t('themes.scopeBoth') : faultAt(scope, 'label')}
              disabled={disabled}
              maxLength={200}
              placeholder={usual[scope]?.label ?? ''}
              value={own?.label ?? ''}
              onChange={(event) => set(scope, { label: event.currentTarget.value })}
            />
            <TextInput
              label={t('themes.scopeDescription', { scope })}
              error={faultAt(scope, 'description')}
              disabled={disabled}
              maxLength={1000}
              placeholder={usual[scope]?.description ?? ''}
              value={own?.description ?? ''}
              onChange={(event) => set(scope, { description: event.currentTarget.value })}
            />
          </div>
        );
      })}
      {!disabled && (
        <form className="preview-form" onSubmit={add}>
          <TextInput
            label={t('themes.scopeName')}
            maxLength={256}
            autoCapitalize="none"
            spellCheck={false}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" variant="default">
            {t('themes.addScope')}
          </Button>
        </form>
      )}
    </fieldset>
  );
}
