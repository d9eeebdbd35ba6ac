import '../editing/editing.css';
import './themes.css';
import type { StoredTheme, ThemeList } from '@keywarden/api';
import { Button, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { createEditing, type Editing } from '../../client/editing.ts';
import { Mark } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { DangerDialog } from '../danger-dialog.tsx';
import { Dialog, DialogForm } from '../dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { Loaded } from '../loaded.tsx';
import { useSigned, useSurroundings } from '../surroundings.tsx';
import { useTitle } from '../title.ts';

type Item = ThemeList['items'][number];

export function ThemesPage() {
  const { t } = useTexts();
  useTitle(t('themes.title'));
  const { http } = useSurroundings();
  const { tenant, session } = useSigned();
  const queries = useQueryClient();
  const editing = useMemo(() => createEditing(http, tenant), [http, tenant]);
  const [adding, setAdding] = useState(false);
  const [doomed, setDoomed] = useState<string | null>(null);
  const readOnly = !['owner', 'administrator'].includes(session.operator.role);
  const themes = useQuery({
    queryKey: ['themes', tenant],
    queryFn: ({ signal }) => editing.themes(signal),
  });
  const remove = useMutation({
    mutationFn: (themeId: string) => editing.deleteTheme(themeId),
    onSuccess: () => {
      setDoomed(null);
      void queries.invalidateQueries({ queryKey: ['themes', tenant] });
      notifications.show({ message: t('themes.deleted') });
    },
  });
  const items = themes.data?.items;
  return (
    <>
      <div className="page-head">
        <div>
          <h1 className="page-title">{t('themes.title')}</h1>
          <p className="page-lead">{t('themes.lead')}</p>
        </div>
        {!readOnly && items !== undefined && (
          <Button onClick={() => setAdding(true)}>{t('themes.add')}</Button>
        )}
      </div>
      <Loaded query={themes} height={160}>
        {(list) => (
          <ul className="theme-list">
            {list.items.map((theme) => (
              <ThemeCard
                key={theme.themeId}
                theme={theme}
                onDelete={
                  readOnly || theme.inUse || theme.themeId === 'default'
                    ? null
                    : () => setDoomed(theme.themeId)
                }
              />
            ))}
          </ul>
        )}
      </Loaded>
      <NewTheme opened={adding} themes={items ?? []} editing={editing} onClose={() => setAdding(false)} />
      <DangerDialog
        opened={doomed !== null}
        title={t('themes.deleteTitle')}
        loss={t('themes.deleteLoss', { name: doomed ?? '' })}
        word={doomed ?? ''}
        button={t('themes.deleteDo')}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => doomed !== null && remove.mutate(doomed)}
        onClose={() => {
          setDoomed(null);
          remove.reset();
        }}
      />
    </>
  );
}

function ThemeCard({ theme, onDelete }: { readonly theme: Item; readonly onDelete: (() => void) | null }) {
  const { t } = useTexts();
  const { tenant, session } = useSigned();
  const { themeId, version, createdAt, createdBy, inUse, document } = theme;
  return (
    <li className="theme-card">
      <Swatches colors={document.colors} />
      <div>
        <h2>{themeId}</h2>
        <p>{document.name ?? session.tenant.name}</p>
        <p className="quiet">
          {version === 0 ? (
            t('common.usual')
          ) : (
            <>
              {t('common.version', { version })}, <Time at={createdAt} />{' '}
              {t('common.byAt', { name: createdBy })}
            </>
          )}
        </p>
        {inUse && (
          <Mark tone="good" shape="disc">
            {t('themes.inUse')}
          </Mark>
        )}
      </div>
      <div className="theme-card-links">
        <Link
          to="/$tenant/console/themes/$themeId"
          params={{ tenant, themeId }}
          aria-label={`${t('themes.edit')}: ${themeId}`}
        >
          {t('themes.edit')}
        </Link>
        {onDelete !== null && (
          <button
            type="button"
            className="link-button"
            aria-label={`${t('themes.delete')}: ${themeId}`}
            onClick={onDelete}
          >
            {t('themes.delete')}
          </button>
        )}
      </div>
    </li>
  );
}

/** What it looks like at a glance; what the colours are is said in the editor. */
function Swatches({ colors }: Pick<StoredTheme['document'], 'colors'>) {
  return (
    <svg className="theme-swatches" viewBox="0 0 96 64" aria-hidden="true">
      {(['light', 'dark'] as const).map((scheme, index) => {
        const { background, surface, accent, text } = colors[scheme];
        return (
          <g key={scheme} transform={`translate(${index * 48} 0)`}>
            <rect width="48" height="64" fill={background} />
            <rect x="8" y="12" width="32" height="40" rx="2" fill={surface} />
            <rect x="13" y="19" width="18" height="4" rx="1" fill={text} />
            <rect x="13" y="38" width="22" height="8" rx="2" fill={accent} />
          </g>
        );
      })}
    </svg>
  );
}

const idPattern = /^[a-z0-9][a-z0-9_-]{0,62}$/;

function NewTheme(props: {
  readonly opened: boolean;
  readonly themes: readonly Item[];
  readonly editing: Editing;
  readonly onClose: () => void;
}) {
  const { t } = useTexts();
  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={t('themes.addTitle')}>
      <NewThemeForm {...props} />
    </Dialog>
  );
}

/** A copy of the default theme under a name of its own, to be changed. */
function NewThemeForm({ themes, editing, onClose }: Parameters<typeof NewTheme>[0]) {
  const { t } = useTexts();
  const { tenant } = useSigned();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [id, setId] = useState('');
  const [tried, setTried] = useState(false);
  const taken = themes.some(({ themeId }) => themeId === id);
  const fault = taken ? t('themes.idTaken') : idPattern.test(id) ? undefined : t('themes.idMalformed');
  const create = useMutation({
    mutationFn: () => {
      const document = themes.find(({ themeId }) => themeId === 'default')?.document;
      return editing.storeTheme(id, { version: 0, document, note: '' });
    },
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['themes', tenant] });
      void navigate({ to: '/$tenant/console/themes/$themeId', params: { tenant, themeId: id } });
    },
  });
  return (
    <DialogForm
      button={t('themes.create')}
      busy={create.isPending}
      error={create.error}
      onSubmit={() => {
        setTried(true);
        if (fault === undefined) create.mutate();
      }}
      onCancel={onClose}
    >
      <TextInput
        label={t('themes.id')}
        description={t('themes.idHint')}
        error={tried ? fault : undefined}
        data-autofocus
        maxLength={63}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        value={id}
        onChange={(event) => setId(event.currentTarget.value)}
      />
    </DialogForm>
  );
}
