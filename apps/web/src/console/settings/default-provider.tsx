import type { IdentityProviderList } from '@keywarden/api';
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Static } from 'typebox';
import type { Settings } from '../../client/settings.ts';
import { ChoiceField } from '../editing/fields.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { Fault } from '../fault.tsx';
import { Loaded } from '../loaded.tsx';
import { useSigned } from '../surroundings.tsx';

type Provider = Static<typeof IdentityProviderList>['items'][number];

interface Props {
  readonly settings: Settings;
  readonly readOnly: boolean;
}

export function DefaultProvider({ settings, readOnly }: Props) {
  const { t } = useTexts();
  const { tenant } = useSigned();
  const queries = useQueryClient();
  const queryKey = ['identity-providers', tenant];
  const providers = useQuery({ queryKey, queryFn: ({ signal }) => settings.identityProviders(signal) });
  const chosen = providers.data?.items.find((provider) => provider.default)?.identityProviderId ?? '';
  return (
    <section className="section">
      <h2 className="section-title">{t('settings.provider.title')}</h2>
      <p className="section-lead">{t('settings.provider.lead')}</p>
      <Loaded query={providers} height={80}>
        {(list) => (
          <ProviderForm
            key={chosen}
            chosen={chosen}
            providers={list.items}
            readOnly={readOnly}
            save={settings.chooseIdentityProvider}
            onSaved={(saved) => queries.setQueryData(queryKey, saved)}
          />
        )}
      </Loaded>
    </section>
  );
}

interface FormProps {
  /** Empty: none. */
  readonly chosen: string;
  readonly providers: readonly Provider[];
  readonly readOnly: boolean;
  readonly save: Settings['chooseIdentityProvider'];
  readonly onSaved: (list: Static<typeof IdentityProviderList>) => void;
}

function ProviderForm({ chosen, providers, readOnly, save: send, onSaved }: FormProps) {
  const { t } = useTexts();
  const [choice, setChoice] = useState(chosen);
  const save = useMutation({
    mutationFn: () => send(choice === '' ? null : choice),
    onSuccess: (list) => {
      onSaved(list);
      notifications.show({ message: t('settings.provider.saved') });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (choice !== chosen && !save.isPending) save.mutate();
  };
  const nameOf = ({ name, status }: Provider) =>
    status === 'active' ? name : t('settings.provider.inactive', { name });
  return (
    <form className="setting" onSubmit={submit}>
      <ChoiceField
        label={t('settings.provider.field')}
        disabled={readOnly}
        value={choice}
        options={[
          ...providers.map((provider) => [provider.identityProviderId, nameOf(provider)] as const),
          ['', t('settings.provider.none')] as const,
        ]}
        onChange={setChoice}
      />
      <Fault error={save.error} />
      {!readOnly && (
        <Button type="submit" variant="default" disabled={choice === chosen} loading={save.isPending}>
          {t('settings.provider.save')}
        </Button>
      )}
    </form>
  );
}
