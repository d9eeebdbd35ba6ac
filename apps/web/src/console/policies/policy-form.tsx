import './policy-form.css';
import { Button, Checkbox, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type DraftFault, type DraftFaults, draftFaults, type PolicyDraft } from './policy-rules.ts';

interface Props {
  readonly start: PolicyDraft;
  readonly locked: boolean;
  readonly button: string;
  readonly busy: boolean;
  readonly fault: ReactNode;
  readonly onSubmit: (draft: PolicyDraft) => void;
  readonly onCancel: () => void;
}

export function PolicyForm({ start, locked, button, busy, fault, onSubmit, onCancel }: Props) {
  const { t } = useTranslation();
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState(start);
  const [tried, setTried] = useState(false);
  const faults: DraftFaults = tried ? draftFaults(draft) : {};
  const words = useFaultWords();
  const set = (change: Partial<PolicyDraft>) => setDraft((before) => ({ ...before, ...change }));
  const text = (field: 'name' | 'pinMinimumLength' | 'pinMaximumLength' | 'minPINLength') => ({
    value: draft[field],
    error: words(faults[field]),
    onChange: (event: { currentTarget: HTMLInputElement }) => set({ [field]: event.currentTarget.value }),
  });
  const number = { className: 'field-number', inputMode: 'numeric' as const, maxLength: 2 };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (busy || locked) return;
    if (Object.keys(draftFaults(draft)).length === 0) onSubmit(draft);
    // The first field that is wrong, once React has marked it.
    else setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };

  return (
    <form ref={form} className="policy-form" onSubmit={submit} noValidate>
      <fieldset disabled={locked}>
        <TextInput label={t('policies.form.name')} required maxLength={100} {...text('name')} />
      </fieldset>
      <fieldset disabled={locked}>
        <legend>{t('policies.form.pinGroup')}</legend>
        <Choice
          label={t('policies.form.pinMode')}
          value={draft.pinMode}
          options={{ typed: t('policies.form.pinModes.typed'), none: t('policies.form.pinModes.none') }}
          onChange={(pinMode) => set({ pinMode })}
        />
        {draft.pinMode === 'typed' && (
          <>
            <TextInput
              label={t('policies.form.pinMinimumLength')}
              description={t('policies.form.pinLengthHint')}
              {...number}
              {...text('pinMinimumLength')}
            />
            <TextInput
              label={t('policies.form.pinMaximumLength')}
              description={t('policies.form.pinLengthHint')}
              {...number}
              {...text('pinMaximumLength')}
            />
            <Choice
              label={t('policies.form.pinCharacters')}
              value={draft.pinCharacters}
              options={{
                any: t('policies.form.characters.any'),
                digits: t('policies.form.characters.digits'),
                'letters-and-digits': t('policies.form.characters.letters-and-digits'),
              }}
              onChange={(pinCharacters) => set({ pinCharacters })}
            />
          </>
        )}
      </fieldset>
      <fieldset disabled={locked}>
        <legend>{t('policies.form.keyGroup')}</legend>
        <TextInput
          label={t('policies.form.minPINLength')}
          description={t('policies.form.minPINLengthHint')}
          {...number}
          {...text('minPINLength')}
        />
        <Choice
          label={t('policies.form.alwaysUv')}
          value={draft.alwaysUv}
          options={{
            unchanged: t('policies.form.alwaysUvs.unchanged'),
            on: t('policies.form.alwaysUvs.on'),
            off: t('policies.form.alwaysUvs.off'),
          }}
          onChange={(alwaysUv) => set({ alwaysUv })}
        />
        <Checkbox
          label={t('policies.form.forcePINChange')}
          checked={draft.forcePINChange}
          error={words(faults.forcePINChange)}
          onChange={(event) => set({ forcePINChange: event.currentTarget.checked })}
        />
      </fieldset>
      <fieldset disabled={locked}>
        <legend>{t('policies.form.trustGroup')}</legend>
        <Choice
          label={t('policies.form.attestation')}
          value={draft.attestation}
          options={{
            metadata: t('policies.form.attestations.metadata'),
            direct: t('policies.form.attestations.direct'),
            none: t('policies.form.attestations.none'),
          }}
          onChange={(attestation) => set({ attestation })}
        />
        {draft.attestation === 'metadata' && (
          <Choice
            label={t('policies.form.minimumCertification')}
            value={draft.minimumCertification}
            options={{
              '': t('policies.form.anyCertification'),
              FIDO_CERTIFIED_L1: 'L1',
              FIDO_CERTIFIED_L1plus: 'L1+',
              FIDO_CERTIFIED_L2: 'L2',
              FIDO_CERTIFIED_L2plus: 'L2+',
              FIDO_CERTIFIED_L3: 'L3',
              FIDO_CERTIFIED_L3plus: 'L3+',
            }}
            onChange={(minimumCertification) => set({ minimumCertification })}
          />
        )}
        <Textarea
          label={t('policies.form.allowedAaguids')}
          description={t('policies.form.allowedAaguidsHint')}
          rows={3}
          spellCheck={false}
          className="field-aaguids"
          value={draft.allowedAaguids}
          error={words(faults.allowedAaguids)}
          onChange={(event) => set({ allowedAaguids: event.currentTarget.value })}
        />
        <Checkbox
          label={t('policies.form.assetTag')}
          description={t('policies.form.assetTagHint')}
          checked={draft.assetTag}
          onChange={(event) => set({ assetTag: event.currentTarget.checked })}
        />
      </fieldset>
      {fault}
      {!locked && (
        <div className="form-buttons">
          <Button type="submit" loading={busy}>
            {button}
          </Button>
          <Button variant="default" onClick={onCancel}>
            {t('app.cancel')}
          </Button>
        </div>
      )}
    </form>
  );
}

function Choice<V extends string>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: V;
  readonly options: Readonly<Record<V, string>>;
  readonly onChange: (value: V) => void;
}) {
  const values = Object.keys(options).filter((one): one is V => one in options);
  return (
    <NativeSelect
      label={label}
      value={value}
      onChange={(event) => {
        const chosen = values.find((one) => one === event.currentTarget.value);
        if (chosen !== undefined) onChange(chosen);
      }}
    >
      {values.map((one) => (
        <option key={one} value={one}>
          {options[one]}
        </option>
      ))}
    </NativeSelect>
  );
}

function useFaultWords(): (fault: DraftFault | undefined) => string | undefined {
  const { t } = useTranslation();
  return (fault) => {
    if (fault === undefined) return undefined;
    if (typeof fault === 'object') return t('policies.form.aaguidMalformed', { line: fault.aaguidMalformed });
    return t(`policies.form.${fault}`);
  };
}
