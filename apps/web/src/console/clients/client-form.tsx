import type { ChangeClient, Client } from '@keywarden/api';
import { TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../../client/error.ts';
import { DialogForm } from '../dialog.tsx';
import { LinesField, SwitchField } from '../editing/fields.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { isOvertaken, Meanwhile, useEdited } from '../meanwhile.tsx';

interface Props<Saved> {
  /** What is changed; null: a new one. */
  readonly client: Client | null;
  /** Of what is changed, and as whose change of which version. */
  readonly save: (client: ChangeClient, stored: Client | null) => Promise<Saved>;
  /** What is stored now, where somebody else changed it meanwhile. */
  readonly read: (clientId: string) => Promise<Client>;
  readonly onSaved: (saved: Saved) => void;
  readonly onCancel: () => void;
}

const linesOf = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

function redirectsRefused(error: Error | null): boolean {
  if (!(error instanceof ApiError) || error.reason !== 'input-invalid') return false;
  return error.problem?.particulars?.['field'] === 'redirectUris';
}

export function ClientForm<Saved>({ client, save: send, read, onSaved, onCancel }: Props<Saved>) {
  const { t } = useTexts();
  const edited = useEdited(client, async () => (client === null ? null : read(client.clientId)));
  const [name, setName] = useState(client?.name ?? '');
  const [redirectUris, setRedirectUris] = useState<string[]>(client?.redirectUris ?? []);
  const [consentRequired, setConsentRequired] = useState(client?.consentRequired ?? false);
  const [refreshTokens, setRefreshTokens] = useState(client?.grantTypes.includes('refresh_token') ?? true);
  const [clientCredentials, setClientCredentials] = useState(
    client?.grantTypes.includes('client_credentials') ?? false,
  );
  const [mayProvision, setMayProvision] = useState(client?.mayProvision ?? false);
  const [tried, setTried] = useState(false);
  const yes = (value: boolean) => t(value ? 'meanwhile.yes' : 'meanwhile.no');
  const save = useMutation({
    mutationFn: () =>
      send(
        {
          name: name.trim(),
          redirectUris,
          consentRequired,
          refreshTokens,
          // Who provisions does so in its own name.
          clientCredentials: clientCredentials || mayProvision,
          mayProvision,
        },
        edited.stored,
      ),
    onSuccess: onSaved,
    gcTime: 0,
  });
  return (
    <DialogForm
      button={t(client === null ? 'clients.register' : 'clients.save')}
      busy={save.isPending}
      error={isOvertaken(save.error) ? null : save.error}
      circumstances={{ field: t('clients.redirectUris') }}
      faultTitle={redirectsRefused(save.error) ? t('clients.redirectUrisRefused') : undefined}
      onSubmit={() => {
        setTried(true);
        if (name.trim() !== '' && redirectUris.length > 0) save.mutate();
      }}
      onCancel={onCancel}
    >
      <TextInput
        label={t('clients.name')}
        data-autofocus
        maxLength={100}
        error={tried && name.trim() === '' ? t('clients.nameMissing') : undefined}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <LinesField
        label={t('clients.redirectUris')}
        hint={t('clients.redirectUrisHint')}
        fault={
          tried && redirectUris.length === 0
            ? { tone: 'bad', text: t('clients.redirectUrisMissing') }
            : undefined
        }
        value={redirectUris}
        read={linesOf}
        rows={3}
        onChange={setRedirectUris}
      />
      <SwitchField
        label={t('clients.consentRequired')}
        value={consentRequired}
        onChange={setConsentRequired}
      />
      {client !== null && (
        <SwitchField label={t('clients.refreshTokens')} value={refreshTokens} onChange={setRefreshTokens} />
      )}
      <SwitchField
        label={t('clients.clientCredentials')}
        value={clientCredentials || mayProvision}
        disabled={mayProvision}
        onChange={setClientCredentials}
      />
      <SwitchField label={t('clients.mayProvision')} value={mayProvision} onChange={setMayProvision} />
      <Meanwhile
        edited={edited}
        error={save.error}
        facts={(newest) =>
          newest === null
            ? []
            : [
                [t('clients.name'), newest.name],
                [t('clients.redirectUris'), newest.redirectUris.join(' ')],
                [t('clients.consentRequired'), yes(newest.consentRequired)],
                [t('clients.refreshTokens'), yes(newest.grantTypes.includes('refresh_token'))],
                [t('clients.clientCredentials'), yes(newest.grantTypes.includes('client_credentials'))],
                [t('clients.mayProvision'), yes(newest.mayProvision)],
              ]
        }
        onTake={(newest) => {
          if (newest === null) return;
          setName(newest.name);
          setRedirectUris(newest.redirectUris);
          setConsentRequired(newest.consentRequired);
          setRefreshTokens(newest.grantTypes.includes('refresh_token'));
          setClientCredentials(newest.grantTypes.includes('client_credentials'));
          setMayProvision(newest.mayProvision);
        }}
        onLooked={save.reset}
      />
    </DialogForm>
  );
}
