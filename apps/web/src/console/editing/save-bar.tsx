import { Button, TextInput } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconPencil } from '@tabler/icons-react';
import { useHeightTold } from '../use-height-told.ts';
import { useTexts } from './use-texts.ts';

interface Props {
  readonly dirty: boolean;
  /** null: they are being looked for. */
  readonly faultCount: number | null;
  readonly warningCount: number;
  readonly nextVersion: number;
  readonly note: string;
  readonly onNote: (note: string) => void;
  readonly busy: boolean;
  readonly onSave: () => void;
  readonly onDiscard: () => void;
}

/** Stays in sight: whether everything is saved, what is in the way of it, and the one button. */
export function SaveBar(props: Props) {
  const { dirty, faultCount, warningCount, nextVersion, note, onNote, busy, onSave, onDiscard } = props;
  const { t } = useTexts();
  const place = useHeightTold<HTMLElement>('--save-bar');
  const faulty = faultCount !== null && faultCount > 0;
  return (
    <section className="save-bar" ref={place} data-dirty={dirty || undefined}>
      <div className="save-state" role="status">
        {faulty ? (
          <span data-tone="bad">
            <IconAlertTriangle size={16} aria-hidden="true" /> {t('common.faults', { count: faultCount })}
          </span>
        ) : (
          <span data-tone={dirty ? 'accent' : 'good'}>
            {dirty ? <IconPencil size={16} aria-hidden="true" /> : <IconCheck size={16} aria-hidden="true" />}{' '}
            {dirty ? t('common.unsaved') : t('common.saved')}
          </span>
        )}
        {warningCount > 0 && <span data-tone="warn">{t('common.warnings', { count: warningCount })}</span>}
        {faulty && dirty && <span className="quiet">{t('common.faultsFirst')}</span>}
      </div>
      {dirty && (
        <>
          <TextInput
            className="save-note"
            aria-label={t('common.note')}
            placeholder={t('common.note')}
            maxLength={500}
            value={note}
            onChange={(event) => onNote(event.currentTarget.value)}
          />
          <div className="form-buttons">
            <Button variant="default" disabled={busy} onClick={onDiscard}>
              {t('common.discard')}
            </Button>
            <Button disabled={faulty} loading={busy} onClick={onSave}>
              {t('common.save', { version: nextVersion })}
            </Button>
          </div>
        </>
      )}
    </section>
  );
}
