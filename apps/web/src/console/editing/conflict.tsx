import { Button } from '@mantine/core';
import { Notice } from '../../ui/notice.tsx';
import { useTexts } from './use-texts.ts';

interface Props {
  /** The newest one, that somebody else stored. */
  readonly version: number;
  readonly busy: boolean;
  readonly onMine: () => void;
  readonly onTheirs: () => Promise<void>;
}

/** Two people changed the same version: nothing is lost until one of them chooses. */
export function Conflict({ version, busy, onMine, onTheirs }: Props) {
  const { t } = useTexts();
  return (
    <Notice
      tone="error"
      title={t('common.conflict.title', { version })}
      now={t('common.conflict.now')}
      do={t('common.conflict.do')}
      focus
    >
      <div className="notice-buttons">
        <Button variant="default" disabled={busy} onClick={() => void onTheirs()}>
          {t('common.conflict.theirs')}
        </Button>
        <Button variant="default" loading={busy} onClick={onMine}>
          {t('common.conflict.mine')}
        </Button>
      </div>
    </Notice>
  );
}
