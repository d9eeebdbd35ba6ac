import { Checkbox, Input, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useEffect, useId, useState } from 'react';
import type { Said } from './faults.ts';

interface Common {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly fault?: Said | undefined;
  readonly disabled?: boolean | undefined;
}

/** A fault stands where errors stand; a warning beside the hint, for the field is not wrong. */
export function shown({ label, hint, fault, disabled }: Common) {
  const warning = fault?.tone === 'warn' ? <span className="field-warning">{fault.text}</span> : null;
  return {
    label,
    description:
      warning === null ? (
        hint
      ) : (
        <>
          {hint} {warning}
        </>
      ),
    error: fault?.tone === 'bad' ? fault.text : undefined,
    disabled: disabled === true,
  };
}

export function TextField({
  value,
  onChange,
  ...common
}: Common & { readonly value: string; readonly onChange: (value: string) => void }) {
  return (
    <TextInput
      {...shown(common)}
      autoCapitalize="none"
      spellCheck={false}
      maxLength={512}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** Empty is null where that means something, else no number: the check tells it. */
export function NumberField({
  value,
  nullable = false,
  onChange,
  ...common
}: Common & {
  readonly value: number | null;
  readonly nullable?: boolean;
  readonly onChange: (value: number | null) => void;
}) {
  const empty = value === null || Number.isNaN(value);
  return (
    <TextInput
      {...shown(common)}
      className="field-number"
      type="number"
      inputMode="numeric"
      value={empty ? '' : value}
      onChange={({ currentTarget }) => {
        const text = currentTarget.value;
        if (text === '') onChange(nullable ? null : Number.NaN);
        else onChange(Number(text));
      }}
    />
  );
}

export function ChoiceField<V extends string>({
  value,
  options,
  onChange,
  ...common
}: Common & {
  readonly value: V;
  readonly options: readonly (readonly [value: V, label: string])[];
  readonly onChange: (value: V) => void;
}) {
  return (
    <NativeSelect
      {...shown(common)}
      value={value}
      onChange={({ currentTarget }) => {
        const chosen = options.find(([one]) => one === currentTarget.value);
        if (chosen !== undefined) onChange(chosen[0]);
      }}
    >
      {options.map(([one, label]) => (
        <option key={one} value={one}>
          {label}
        </option>
      ))}
    </NativeSelect>
  );
}

export function SwitchField({
  value,
  onChange,
  ...common
}: Common & { readonly value: boolean; readonly onChange: (value: boolean) => void }) {
  return (
    <Checkbox
      {...shown(common)}
      checked={value}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}

/** Several of a few. What is chosen and not on offer stays in sight, to be taken away. */
export function SeveralField<V extends string | number>({
  value,
  options,
  none,
  onChange,
  ...common
}: Common & {
  readonly value: readonly V[];
  readonly options: readonly (readonly [value: V, label: string])[];
  readonly none: string;
  readonly onChange: (value: V[]) => void;
}) {
  const id = useId();
  const strangers = value.filter((one) => !options.some(([known]) => known === one));
  const all = [...options, ...strangers.map((one) => [one, String(one)] as const)];
  return (
    <Input.Wrapper
      label={common.label}
      description={shown(common).description}
      error={shown(common).error}
      labelElement="div"
      labelProps={{ id }}
    >
      <fieldset className="several" aria-labelledby={id}>
        {all.length === 0 && <span className="quiet">{none}</span>}
        {all.map(([one, label]) => (
          <Checkbox
            key={String(one)}
            label={label}
            disabled={common.disabled === true}
            checked={value.includes(one)}
            onChange={({ currentTarget }) => {
              const chosen = new Set(value);
              if (currentTarget.checked) chosen.add(one);
              else chosen.delete(one);
              // In the order of the offer, so that the same choice is the same document.
              onChange(all.map(([entry]) => entry).filter((entry) => chosen.has(entry)));
            }}
          />
        ))}
      </fieldset>
    </Input.Wrapper>
  );
}

/** A list as lines of text; what is typed stays as typed until the field is left. */
export function LinesField({
  value,
  read,
  rows = 2,
  onChange,
  ...common
}: Common & {
  readonly value: readonly string[];
  readonly read: (text: string) => string[];
  readonly rows?: number;
  readonly onChange: (value: string[]) => void;
}) {
  const [text, setText] = useState(value.join('\n'));
  const kept = JSON.stringify(value);
  useEffect(() => {
    setText((before) => (JSON.stringify(read(before)) === kept ? before : JSON.parse(kept).join('\n')));
  }, [kept, read]);
  return (
    <Textarea
      {...shown(common)}
      className="field-lines"
      rows={rows}
      spellCheck={false}
      value={text}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        onChange(read(currentTarget.value));
      }}
    />
  );
}
