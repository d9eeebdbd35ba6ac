import type { StoredPasswordPolicy } from '@keywarden/api';
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Settings } from '../../client/settings.ts';
import { NumberField, SwitchField } from '../editing/fields.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { Fault } from '../fault.tsx';
import { Loaded } from '../loaded.tsx';
import { isOvertaken, Meanwhile, useEdited } from '../meanwhile.tsx';
import { useSigned } from '../surroundings.tsx';

interface Props {
  readonly settings: Settings;
  readonly readOnly: boolean;
}

export function PasswordRules({ settings, readOnly }: Props) {
  const { t } = useTexts();
  const { tenant } = useSigned();
  const queryKey = ['password-policy', tenant];
  const policy = useQuery({ queryKey, queryFn: ({ signal }) => settings.passwordPolicy(signal) });
  const queries = useQueryClient();
  const [saved, setSaved] = useState(0);
  return (
    <section className="section">
      <h2 className="section-title">{t('settings.password.title')}</h2>
      <p className="section-lead">{t('settings.password.lead')}</p>
      <Loaded query={policy} height={120}>
        {(stored) => (
          <RulesForm
            // Begins again from what was saved here, and not from what somebody else saves while one types.
            key={saved}
            stored={stored}
            readOnly={readOnly}
            settings={settings}
            onSaved={(policy) => {
              queries.setQueryData(queryKey, policy);
              setSaved(policy.version);
            }}
          />
        )}
      </Loaded>
    </section>
  );
}

interface FormProps {
  readonly stored: StoredPasswordPolicy;
  readonly readOnly: boolean;
  readonly settings: Settings;
  readonly onSaved: (policy: StoredPasswordPolicy) => void;
}

function RulesForm({ stored: first, readOnly, settings, onSaved }: FormProps) {
  const { t } = useTexts();
  const edited = useEdited(first, settings.passwordPolicy);
  const { stored } = edited;
  const [minimumLength, setMinimumLength] = useState<number | null>(first.minimumLength);
  const [refuseBreached, setRefuseBreached] = useState(first.refuseBreached);
  const length = minimumLength ?? Number.NaN;
  const wrong = !Number.isInteger(length) || length < 8 || length > 64;
  const dirty = length !== stored.minimumLength || refuseBreached !== stored.refuseBreached;
  const save = useMutation({
    mutationFn: () => settings.storePasswordPolicy({ minimumLength: length, refuseBreached }, stored.version),
    onSuccess: (saved) => {
      onSaved(saved);
      notifications.show({ message: t('settings.password.saved') });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!wrong && dirty && !save.isPending) save.mutate();
  };
  return (
    <form className="setting" onSubmit={submit} noValidate>
      <NumberField
        label={t('settings.password.minimum')}
        hint={t('settings.password.minimumHint')}
        fault={wrong ? { tone: 'bad', text: t('settings.password.range') } : undefined}
        disabled={readOnly}
        value={minimumLength}
        onChange={setMinimumLength}
      />
      <SwitchField
        label={t('settings.password.breached')}
        hint={t('settings.password.breachedHint')}
        disabled={readOnly}
        value={refuseBreached}
        onChange={setRefuseBreached}
      />
      <Fault error={isOvertaken(save.error) ? null : save.error} />
      <Meanwhile
        edited={edited}
        error={save.error}
        facts={(newest) => [
          [t('settings.password.minimum'), String(newest.minimumLength)],
          [t('settings.password.breached'), t(newest.refuseBreached ? 'meanwhile.yes' : 'meanwhile.no')],
        ]}
        onTake={(newest) => {
          setMinimumLength(newest.minimumLength);
          setRefuseBreached(newest.refuseBreached);
        }}
        onLooked={save.reset}
      />
      {!readOnly && (
        <Button type="submit" disabled={wrong || !dirty} loading={save.isPending}>
          {t('settings.password.save')}
        </Button>
      )}
    </form>
  );
}
