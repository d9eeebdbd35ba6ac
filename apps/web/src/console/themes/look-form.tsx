import type { ProblemFault, ThemeColors, ThemeDocument } from '@keywarden/api';
import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useId, useRef, useState } from 'react';
import type { Editing } from '../../client/editing.ts';
import { ApiError } from '../../client/error.ts';
import { type Faults, type Said, useFaults } from '../editing/faults.ts';
import { shown, TextField } from '../editing/fields.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { useExplain } from '../explain.ts';
import { useSigned } from '../surroundings.tsx';

interface Props {
  readonly document: ThemeDocument;
  readonly faults: readonly ProblemFault[];
  readonly warnings: readonly ProblemFault[];
  readonly disabled: boolean;
  readonly editing: Editing;
  readonly onChange: (document: ThemeDocument) => void;
}

export function LookForm({ document, disabled, editing, onChange, ...props }: Props) {
  const { t } = useTexts();
  const faults = useFaults(props.faults, props.warnings);
  const set = (change: Partial<ThemeDocument>) => onChange({ ...document, ...change });
  const image = { disabled, editing };
  return (
    <div className="theme-fields">
      <TextField
        label={t('themes.name')}
        hint={t('themes.nameHint')}
        fault={faults.at('/name')}
        disabled={disabled}
        value={document.name ?? ''}
        onChange={(name) => set({ name: name === '' ? null : name })}
      />
      <fieldset>
        <legend>{t('themes.images')}</legend>
        <p className="quiet">{t('themes.imageHint')}</p>
        <ImageField
          {...image}
          label={t('themes.logo')}
          fault={faults.at('/logo')}
          digest={document.logo}
          onChange={(logo) => set({ logo })}
        />
        <ImageField
          {...image}
          label={t('themes.logoDark')}
          hint={t('themes.logoDarkHint')}
          fault={faults.at('/logoDark')}
          digest={document.logoDark}
          dark
          onChange={(logoDark) => set({ logoDark })}
        />
        <ImageField
          {...image}
          label={t('themes.backgroundImage')}
          fault={faults.at('/backgroundImage')}
          digest={document.backgroundImage}
          onChange={(backgroundImage) => set({ backgroundImage })}
        />
      </fieldset>
      {(['light', 'dark'] as const).map((scheme) => (
        <Colors
          key={scheme}
          scheme={scheme}
          colors={document.colors[scheme]}
          faults={faults}
          disabled={disabled}
          onChange={(colors) => set({ colors: { ...document.colors, [scheme]: colors } })}
        />
      ))}
    </div>
  );
}

const colorNames = ['accent', 'onAccent', 'background', 'onBackground', 'surface', 'text', 'link'] as const;

function Colors({
  scheme,
  colors,
  faults,
  disabled,
  onChange,
}: {
  readonly scheme: 'light' | 'dark';
  readonly colors: ThemeColors;
  readonly faults: Faults;
  readonly disabled: boolean;
  readonly onChange: (colors: ThemeColors) => void;
}) {
  const { t } = useTexts();
  return (
    <fieldset>
      <legend>
        {t('themes.colors')}: {t(`themes.schemes.${scheme}`)}
      </legend>
      <div className="theme-colors">
        {colorNames.map((name) => (
          <ColorField
            key={name}
            label={t(`themes.color.${name}`)}
            value={colors[name]}
            fault={faults.at(`/colors/${scheme}/${name}`)}
            disabled={disabled}
            onChange={(color) => onChange({ ...colors, [name]: color })}
          />
        ))}
      </div>
    </fieldset>
  );
}

/** The browser's own picker beside the digits. */
function ColorField({
  label,
  value,
  fault,
  disabled,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly fault: Said | undefined;
  readonly disabled: boolean;
  readonly onChange: (color: string) => void;
}) {
  return (
    <TextInput
      {...shown({ label, fault, disabled })}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      maxLength={7}
      spellCheck={false}
      autoCapitalize="none"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value.trim().toLowerCase())}
      rightSectionWidth={44}
      rightSection={
        <input
          type="color"
          className="color-picker"
          aria-label={label}
          disabled={disabled}
          value={/^#[0-9a-f]{6}$/.test(value) ? value : '#000000'}
          onChange={(event) => onChange(event.currentTarget.value.toLowerCase())}
        />
      }
    />
  );
}

/** Bytes; the server takes no more. */
const largest = 192 * 1024;
const mediaTypes = ['image/png', 'image/webp', 'image/svg+xml'];

function ImageField({
  label,
  hint,
  fault,
  digest,
  dark = false,
  disabled,
  editing,
  onChange,
}: {
  readonly label: string;
  readonly hint?: string;
  readonly fault: Said | undefined;
  readonly digest: string | null;
  readonly dark?: boolean;
  readonly disabled: boolean;
  readonly editing: Editing;
  readonly onChange: (digest: string | null) => void;
}) {
  const { t } = useTexts();
  const { tenant } = useSigned();
  const explain = useExplain();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const upload = useMutation({
    mutationFn: async (file: File) => {
      const bytes = new Uint8Array(await file.arrayBuffer());
      let binary = '';
      for (const byte of bytes) binary += String.fromCharCode(byte);
      return editing.uploadImage({ mediaType: file.type, data: btoa(binary) });
    },
    onSuccess: (image) => onChange(image.digest),
  });
  const choose = (file: File | undefined) => {
    if (file === undefined) return;
    upload.reset();
    if (!mediaTypes.includes(file.type)) setRefused(t('themes.notImage'));
    else if (file.size > largest) setRefused(t('themes.tooLarge'));
    else {
      setRefused(null);
      upload.mutate(file);
    }
  };
  const why = whyRefused(upload.error);
  const failure = why === undefined ? upload.error && explain(upload.error).title : t(`themes.${why}`);
  const said = refused ?? failure ?? fault?.text;
  return (
    <div className="image-field">
      <span className="image-shown" data-dark={dark || undefined}>
        {digest !== null && (
          <img src={`/${encodeURIComponent(tenant)}/authn/theme/images/${digest}`} alt={label} />
        )}
      </span>
      <div>
        <span className="image-label" id={id}>
          {label}
        </span>
        {hint !== undefined && <p className="quiet">{hint}</p>}
        {said !== undefined && (
          <p className="part-fault" role="alert">
            {said}
          </p>
        )}
        <input
          ref={input}
          type="file"
          className="visually-hidden"
          tabIndex={-1}
          aria-hidden="true"
          accept={mediaTypes.join(',')}
          onChange={(event) => {
            choose(event.currentTarget.files?.[0]);
            // The same file again is a change too.
            event.currentTarget.value = '';
          }}
        />
        {!disabled && (
          <div className="form-buttons">
            <Button
              size="compact-sm"
              variant="default"
              loading={upload.isPending}
              onClick={() => input.current?.click()}
            >
              {digest === null ? t('themes.choose', { name: label }) : t('themes.replace')}
            </Button>
            {digest !== null && (
              <Button
                size="compact-sm"
                variant="default"
                aria-label={`${t('themes.removeImage')}: ${label}`}
                onClick={() => onChange(null)}
              >
                {t('themes.removeImage')}
              </Button>
            )}
          </div>
        )}
      </div>
    </div>
  );
}

/** What the server finds wrong with an image, by the reason that it gives. */
const imageFaults = {
  'too-large': 'tooLarge',
  malformed: 'malformed',
  'too-many-pixels': 'tooManyPixels',
  harmful: 'harmful',
  'too-many': 'tooMany',
} as const;

function whyRefused(error: Error | null) {
  const reason = error instanceof ApiError ? error.problem?.particulars?.['reason'] : undefined;
  return Object.entries(imageFaults).find(([known]) => known === reason)?.[1];
}
