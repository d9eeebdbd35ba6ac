import '../editing/editing.css';
import './themes.css';
import type { ReviewedTheme, ThemeDocument } from '@keywarden/api';
import { Tabs } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { createEditing, type Editing } from '../../client/editing.ts';
import { Head } from '../editing/head.tsx';
import { SaveFoot } from '../editing/save-foot.tsx';
import { useSettled } from '../editing/use-settled.ts';
import { useTexts } from '../editing/use-texts.ts';
import { pretty, Versions } from '../editing/versions.tsx';
import { Loaded } from '../loaded.tsx';
import { useSigned, useSurroundings } from '../surroundings.tsx';
import { useTitle } from '../title.ts';
import { LookForm } from './look-form.tsx';
import { ThemePreview } from './theme-preview.tsx';
import { type Language, WordsForm } from './words-form.tsx';

const route = getRouteApi('/$tenant/console/themes/$themeId');

export function ThemePage() {
  const { t } = useTexts();
  const { themeId } = route.useParams();
  useTitle(`${themeId} · ${t('themes.title')}`);
  const { http } = useSurroundings();
  const { tenant } = useSigned();
  const editing = useMemo(() => createEditing(http, tenant), [http, tenant]);
  const theme = useQuery({
    queryKey: ['theme', tenant, themeId],
    queryFn: ({ signal }) => editing.theme(themeId, signal),
    // What is being edited must not change under the pointer; a conflict is told when it is saved.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  return (
    <>
      <p className="crumb">
        <Link to="/$tenant/console/themes" params={{ tenant }}>
          {t('themes.title')}
        </Link>
      </p>
      <h1 className="page-title">{themeId}</h1>
      <Loaded query={theme} height={320}>
        {(stored) => <Editor key={themeId} stored={stored} editing={editing} />}
      </Loaded>
    </>
  );
}

type Tab = 'look' | 'words' | 'versions';
const tabs: readonly Tab[] = ['look', 'words', 'versions'];

function Editor({ stored, editing }: { readonly stored: ReviewedTheme; readonly editing: Editing }) {
  const { t, i18n } = useTexts();
  const queries = useQueryClient();
  const { tenant, session } = useSigned();
  const { themeId } = stored;
  const [tab, setTab] = useState<Tab>('look');
  const [base, setBase] = useState(stored);
  const [draft, setDraft] = useState<ThemeDocument>(stored.document);
  const [note, setNote] = useState('');
  const [language, setLanguage] = useState<Language>(i18n.language.startsWith('de') ? 'de' : 'en');
  const readOnly = !['owner', 'administrator'].includes(session.operator.role);
  const take = (fresh: ReviewedTheme) => {
    setBase(fresh);
    setDraft(fresh.document);
    setNote('');
  };
  const text = pretty(draft);
  const dirty = text !== pretty(base.document);
  const settled = useSettled(text, 250);
  const review = useQuery({
    queryKey: ['theme', tenant, 'review', settled],
    queryFn: ({ signal }) => editing.validateTheme(JSON.parse(settled), signal),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
  });
  const { faults, warnings } = review.data ?? { faults: [], warnings: [] };
  const shown = useQuery({
    queryKey: ['theme', tenant, 'shown', themeId, language, settled],
    queryFn: ({ signal }) =>
      editing.previewTheme(themeId, { document: JSON.parse(settled), lang: language }, signal),
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 60_000,
    gcTime: 60_000,
  });
  const save = useMutation({
    mutationFn: (version: number) => editing.storeTheme(themeId, { version, document: draft, note }),
    onSuccess: (fresh) => {
      take(fresh);
      queries.setQueryData(['theme', tenant, themeId], fresh);
      void queries.invalidateQueries({ queryKey: ['theme', tenant, themeId, 'versions'] });
      void queries.invalidateQueries({ queryKey: ['themes', tenant] });
      notifications.show({ message: t('themes.stored', { version: fresh.version }) });
    },
  });
  const form = {
    document: draft,
    faults,
    warnings,
    disabled: readOnly,
    editing,
    onChange: setDraft,
  };
  return (
    <>
      <Head stored={base} readOnly={readOnly} />
      <div className="theme-editor">
        <div className="theme-form">
          <Tabs
            value={tab}
            onChange={(chosen) => setTab(tabs.find((one) => one === chosen) ?? 'look')}
            keepMounted={false}
          >
            <Tabs.List>
              <Tabs.Tab value="look">{t('themes.tabs.look')}</Tabs.Tab>
              <Tabs.Tab value="words">{t('themes.tabs.words')}</Tabs.Tab>
              <Tabs.Tab value="versions">{t('versions.tab')}</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="look">
              <LookForm {...form} />
            </Tabs.Panel>
            <Tabs.Panel value="words">
              <WordsForm {...form} themeId={themeId} language={language} onLanguage={setLanguage} />
            </Tabs.Panel>
            <Tabs.Panel value="versions">
              <Versions
                name={['theme', tenant, themeId]}
                list={(after, signal) => editing.themeVersions(themeId, after, signal)}
                read={(version, signal) => editing.themeVersion(themeId, version, signal)}
                current={draft}
                readOnly={readOnly}
                onRestore={async (version) => {
                  const old = await editing.themeVersion(themeId, version);
                  setDraft(old.document);
                  setNote(t('versions.restoredNote', { version }));
                  setTab('look');
                }}
              />
            </Tabs.Panel>
          </Tabs>
        </div>
        <ThemePreview theme={shown.data ?? null} />
      </div>
      <SaveFoot
        save={save}
        version={base.version}
        readOnly={readOnly}
        dirty={dirty}
        faultCount={faults.length}
        warningCount={warnings.length}
        note={note}
        onNote={setNote}
        onSave={() => save.mutate(base.version)}
        onDiscard={() => take(base)}
        onTheirs={async () => take(await editing.theme(themeId))}
      />
    </>
  );
}
