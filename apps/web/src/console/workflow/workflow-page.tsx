import '../editing/editing.css';
import { type ReviewedWorkflow, WorkflowDocument } from '@keywarden/api';
import { Tabs } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Check } from 'typebox/value';
import { createEditing, type Editing } from '../../client/editing.ts';
import { Notice } from '../../ui/notice.tsx';
import { DangerDialog } from '../danger-dialog.tsx';
import { Head } from '../editing/head.tsx';
import { JsonEditor } from '../editing/json-editor.tsx';
import { readJson } from '../editing/json-places.ts';
import { SaveFoot } from '../editing/save-foot.tsx';
import { useSettled } from '../editing/use-settled.ts';
import { useTexts } from '../editing/use-texts.ts';
import { pretty, Versions } from '../editing/versions.tsx';
import { Loaded } from '../loaded.tsx';
import { useSigned, useSurroundings } from '../surroundings.tsx';
import { useTitle } from '../title.ts';
import { Preview } from './preview.tsx';
import { WorkflowForm } from './workflow-form.tsx';

export function WorkflowPage() {
  const { t } = useTexts();
  useTitle(t('workflow.title'));
  const { http } = useSurroundings();
  const { tenant } = useSigned();
  const editing = useMemo(() => createEditing(http, tenant), [http, tenant]);
  const workflow = useQuery({
    queryKey: ['workflow', tenant],
    queryFn: ({ signal }) => editing.workflow(signal),
    // What is being edited must not change under the pointer; a conflict is told when it is saved.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  return (
    <>
      <h1 className="page-title">{t('workflow.title')}</h1>
      <p className="page-lead">{t('workflow.lead')}</p>
      <Loaded query={workflow} height={320}>
        {(stored) => <Editor stored={stored} editing={editing} onReload={() => void workflow.refetch()} />}
      </Loaded>
    </>
  );
}

type Tab = 'form' | 'json' | 'versions' | 'preview';
const tabs: readonly Tab[] = ['form', 'json', 'versions', 'preview'];
const nothingToSay = { faults: [], warnings: [], document: null };

/** The text is the draft: form and JSON are two views of it. */
function Editor({
  stored,
  editing,
  onReload,
}: {
  readonly stored: ReviewedWorkflow;
  readonly editing: Editing;
  readonly onReload: () => void;
}) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const { tenant, session } = useSigned();
  const [tab, setTab] = useState<Tab>('form');
  const [base, setBase] = useState(stored);
  const [text, setText] = useState(() => pretty(stored.document));
  const [note, setNote] = useState('');
  const [confirming, setConfirming] = useState(false);
  const [announced, setAnnounced] = useState<string | null>(null);
  const readOnly = !['owner', 'administrator'].includes(session.operator.role);

  const take = (fresh: ReviewedWorkflow) => {
    setBase(fresh);
    setText(pretty(fresh.document));
    setNote('');
  };
  const { value, brokenAt } = useMemo(() => readJson(text), [text]);
  const dirty = text !== pretty(base.document);
  const settled = useSettled(text, 300);
  const review = useQuery({
    queryKey: ['workflow', tenant, 'review', settled],
    queryFn: ({ signal }) => editing.validateWorkflow(JSON.parse(settled), signal),
    enabled: readJson(settled).brokenAt === null,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
  });
  const { faults, warnings, document: completed } = review.data ?? nothingToSay;
  const faultCount = brokenAt === null ? faults.length : 1;
  // What the form shows: the draft itself, or with its defaults where the JSON leaves some out.
  const shown = Check(WorkflowDocument, value) ? value : completed;

  const themes = useQuery({
    queryKey: ['themes', tenant],
    queryFn: ({ signal }) => editing.themes(signal),
  });
  const save = useMutation({
    mutationFn: (version: number) => editing.storeWorkflow({ version, document: value, note }),
    onSuccess: (fresh) => {
      setConfirming(false);
      take(fresh);
      queries.setQueryData(['workflow', tenant], fresh);
      void queries.invalidateQueries({ queryKey: ['workflow', tenant, 'versions'] });
      notifications.show({ message: t('workflow.stored', { version: fresh.version }) });
    },
  });
  const opens =
    shown?.dangerousBootstrap === 'users-without-authenticator' && base.document.dangerousBootstrap === 'off';

  return (
    <>
      <Head stored={base} readOnly={readOnly} />
      {announced !== null && <Notice tone="info" title={announced} onClose={() => setAnnounced(null)} />}
      <Tabs
        value={tab}
        onChange={(chosen) => setTab(tabs.find((one) => one === chosen) ?? 'form')}
        keepMounted={false}
      >
        <Tabs.List>
          <Tabs.Tab value="form">{t('workflow.tabs.form')}</Tabs.Tab>
          <Tabs.Tab value="json">{t('json.tab')}</Tabs.Tab>
          <Tabs.Tab value="versions">{t('versions.tab')}</Tabs.Tab>
          <Tabs.Tab value="preview">{t('workflow.tabs.preview')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="form">
          {shown === null ? (
            <Notice tone="warn" title={t('common.faults', { count: faultCount })} now={t('json.formNeeds')}>
              <div className="notice-buttons">
                <button type="button" className="link-button" onClick={() => setTab('json')}>
                  {t('json.backToJson')}
                </button>
              </div>
            </Notice>
          ) : (
            <WorkflowForm
              document={shown}
              faults={faults}
              warnings={warnings}
              themeIds={themes.data?.items.map(({ themeId }) => themeId) ?? []}
              disabled={readOnly}
              onChange={(document) => setText(pretty(document))}
            />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="json">
          <JsonEditor
            text={text}
            readOnly={readOnly}
            faults={faults}
            warnings={warnings}
            onChange={setText}
          />
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <Versions
            name={['workflow', tenant]}
            list={(after, signal) => editing.workflowVersions(after, signal)}
            read={(version, signal) => editing.workflowVersion(version, signal)}
            current={value}
            readOnly={readOnly}
            onRestore={(version, document) => {
              setText(pretty(document));
              setNote(t('versions.restoredNote', { version }));
              setAnnounced(t('versions.restored', { version }));
              setTab('form');
            }}
          />
        </Tabs.Panel>
        <Tabs.Panel value="preview">
          <Preview editing={editing} document={value} faulty={faultCount > 0} />
        </Tabs.Panel>
      </Tabs>
      <SaveFoot
        save={save}
        version={base.version}
        readOnly={readOnly}
        dirty={dirty}
        faultCount={faultCount}
        warningCount={brokenAt === null ? warnings.length : 0}
        note={note}
        onNote={setNote}
        onSave={() => (opens ? setConfirming(true) : save.mutate(base.version))}
        onDiscard={() => {
          setAnnounced(null);
          take(base);
        }}
        onTheirs={async () => {
          take(await editing.workflow());
          onReload();
        }}
      />
      <DangerDialog
        opened={confirming}
        title={t('workflow.bootstrapSave.title')}
        loss={t('workflow.bootstrapSave.loss')}
        word={tenant}
        button={t('workflow.bootstrapSave.do')}
        busy={save.isPending}
        error={save.error}
        onConfirm={() => save.mutate(base.version)}
        onClose={() => setConfirming(false)}
      />
    </>
  );
}
