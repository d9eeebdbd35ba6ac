import type { PasswordPolicy } from '@keywarden/api';
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Settings } from '../../client/settings.ts';
import { NumberField, SwitchField } from '../editing/fields.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { Fault } from '../fault.tsx';
import { Loaded } from '../loaded.tsx';
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
  return (
    <section className="section">
      <h2 className="section-title">{t('settings.password.title')}</h2>
      <p className="section-lead">{t('settings.password.lead')}</p>
      <Loaded query={policy} height={120}>
        {(stored) => (
          <RulesForm
            // Begins again from what is stored, whoever stored it.
            key={`${stored.minimumLength} ${stored.refuseBreached}`}
            stored={stored}
            readOnly={readOnly}
            save={settings.storePasswordPolicy}
            onSaved={(saved) => queries.setQueryData(queryKey, saved)}
          />
        )}
      </Loaded>
    </section>
  );
}

interface FormProps {
  readonly stored: PasswordPolicy;
  readonly readOnly: boolean;
  readonly save: (policy: PasswordPolicy) => Promise<PasswordPolicy>;
  readonly onSaved: (policy: PasswordPolicy) => void;
}

function RulesForm({ stored, readOnly, save: send, onSaved }: FormProps) {
  const { t } = useTexts();
  const [minimumLength, setMinimumLength] = useState<number | null>(stored.minimumLength);
  const [refuseBreached, setRefuseBreached] = useState(stored.refuseBreached);
  const length = minimumLength ?? Number.NaN;
  const wrong = !Number.isInteger(length) || length < 8 || length > 64;
  const dirty = length !== stored.minimumLength || refuseBreached !== stored.refuseBreached;
  const save = useMutation({
    mutationFn: () => send({ minimumLength: length, refuseBreached }),
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
      <Fault error={save.error} />
      {!readOnly && (
        <Button type="submit" disabled={wrong || !dirty} loading={save.isPending}>
          {t('settings.password.save')}
        </Button>
      )}
    </form>
  );
}
