import { Time } from '../../ui/time.tsx';
import { useTexts } from './use-texts.ts';

interface Props {
  readonly stored: {
    readonly version: number;
    readonly createdAt: string;
    readonly createdBy: string;
    readonly note: string;
  };
  readonly readOnly: boolean;
}

/** Which version is looked at, who stored it and when. */
export function Head({ stored, readOnly }: Props) {
  const { t } = useTexts();
  const { version, createdAt, createdBy, note } = stored;
  return (
    <div className="version-head">
      {version === 0 ? (
        <span>{t('common.usual')}</span>
      ) : (
        <>
          <strong>{t('common.version', { version })}</strong>
          <span>
            <Time at={createdAt} />
            {createdBy !== '' && ` ${t('common.byAt', { name: createdBy })}`}
          </span>
          {note !== '' && <span className="quiet">{note}</span>}
        </>
      )}
      {readOnly && <span className="quiet">{t('common.readOnly')}</span>}
    </div>
  );
}
