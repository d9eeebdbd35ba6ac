import { ApiError } from '../../client/error.ts';
import { Fault } from '../fault.tsx';
import { Conflict } from './conflict.tsx';
import { LeaveGuard } from './leave-guard.tsx';
import { SaveBar } from './save-bar.tsx';

interface Props {
  /** Stores the draft as the version after the given one. */
  readonly save: {
    readonly isPending: boolean;
    readonly error: Error | null;
    readonly mutate: (after: number) => void;
    readonly reset: () => void;
  };
  /** Of what the draft began with. */
  readonly version: number;
  readonly readOnly: boolean;
  readonly dirty: boolean;
  readonly faultCount: number;
  readonly warningCount: number;
  readonly note: string;
  readonly onNote: (note: string) => void;
  readonly onSave: () => void;
  readonly onDiscard: () => void;
  /** Somebody else stored one: hers instead of the draft. */
  readonly onTheirs: () => Promise<void>;
}

/** Below everything that is edited in versions: why it was not saved, the one button, and no leaving by accident. */
export function SaveFoot({ save, version, readOnly, onSave, onDiscard, onTheirs, ...bar }: Props) {
  const newest = newestOf(save.error, version);
  return (
    <>
      {newest !== null && (
        <Conflict
          version={newest}
          busy={save.isPending}
          onMine={() => save.mutate(newest)}
          onTheirs={async () => {
            save.reset();
            await onTheirs();
          }}
        />
      )}
      <Fault error={newest === null ? save.error : null} focus />
      {!readOnly && (
        <SaveBar
          {...bar}
          nextVersion={version + 1}
          busy={save.isPending}
          onSave={onSave}
          onDiscard={() => {
            save.reset();
            onDiscard();
          }}
        />
      )}
      <LeaveGuard dirty={bar.dirty && !readOnly} />
    </>
  );
}

/** The version that somebody else stored meanwhile; null: that is not what is wrong. */
function newestOf(error: Error | null, version: number): number | null {
  if (!(error instanceof ApiError) || error.reason !== 'version-conflict') return null;
  return Number(error.problem?.particulars?.['version'] ?? version);
}
