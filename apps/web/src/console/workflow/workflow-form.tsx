import type { ProblemFault, WorkflowDocument, WorkflowFactor } from '@keywarden/api';
import { Button, Menu } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { type ReactNode, useId } from 'react';
import { Notice } from '../../ui/notice.tsx';
import { type Faults, type Said, useFaults } from '../editing/faults.ts';
import { ChoiceField, LinesField, SwitchField, TextField } from '../editing/fields.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { ActionCard } from './action-card.tsx';
import { Card } from './card.tsx';
import {
  type FactorKind,
  type FactorList,
  linesOf,
  moved,
  newAction,
  newCriteria,
  newFactor,
  renamed,
  replaced,
  without,
} from './drafts.ts';
import { FactorCard } from './factor-card.tsx';

interface Props {
  readonly document: WorkflowDocument;
  readonly faults: readonly ProblemFault[];
  readonly warnings: readonly ProblemFault[];
  readonly themeIds: readonly string[];
  readonly disabled: boolean;
  readonly onChange: (document: WorkflowDocument) => void;
}

interface PartProps extends Omit<Props, 'faults' | 'warnings' | 'themeIds'> {
  readonly faults: Faults;
}

export function WorkflowForm(props: Props) {
  const { document, disabled, themeIds, onChange } = props;
  const { t } = useTexts();
  const faults = useFaults(props.faults, props.warnings);
  const part = { document, disabled, onChange, faults };
  const themes = themeIds.includes(document.theme_id) ? themeIds : [document.theme_id, ...themeIds];
  return (
    <div className="workflow-form">
      <Factors {...part} list="firstFactors" title={t('workflow.first')} hint={t('workflow.firstHint')} />
      <Factors {...part} list="secondFactors" title={t('workflow.second')} hint={t('workflow.secondHint')} />
      <Actions {...part} />
      <Criteria {...part} />
      <Part title={t('workflow.general')}>
        <div className="part-fields">
          <ChoiceField
            label={t('workflow.theme')}
            fault={faults.at('/theme_id') ?? faults.at('/themeId')}
            disabled={disabled}
            value={document.theme_id}
            options={themes.map((id) => [id, id] as const)}
            onChange={(theme_id) => onChange({ ...document, theme_id })}
          />
        </div>
        <SwitchField
          label={t('workflow.bootstrap')}
          fault={faults.at('/dangerousBootstrap')}
          disabled={disabled}
          value={document.dangerousBootstrap !== 'off'}
          onChange={(on) =>
            onChange({ ...document, dangerousBootstrap: on ? 'users-without-authenticator' : 'off' })
          }
        />
        {document.dangerousBootstrap !== 'off' && <Notice tone="warn" title={t('workflow.bootstrapWarn')} />}
      </Part>
    </div>
  );
}

function Part({
  title,
  hint,
  fault,
  button,
  children,
}: {
  readonly title: string;
  readonly hint?: string;
  readonly fault?: Said | undefined;
  readonly button?: ReactNode;
  readonly children: ReactNode;
}) {
  const id = useId();
  return (
    <section className="section" aria-labelledby={id}>
      <div className="section-head">
        <div>
          <h2 className="section-title" id={id}>
            {title}
          </h2>
          {hint !== undefined && <p className="quiet">{hint}</p>}
          {fault !== undefined && (
            <p className="part-fault" role="alert">
              {fault.text}
            </p>
          )}
        </div>
        {button}
      </div>
      {children}
    </section>
  );
}

function Factors({
  document,
  faults,
  disabled,
  onChange,
  list,
  title,
  hint,
}: PartProps & { readonly list: FactorList; readonly title: string; readonly hint: string }) {
  const { t } = useTexts();
  const factors = document[list];
  const put = (entries: WorkflowFactor[], base = document) => onChange({ ...base, [list]: entries });
  return (
    <Part
      title={title}
      hint={hint}
      fault={faults.at(`/${list}`)}
      button={
        !disabled && (
          <AddFactor onAdd={(kind) => put([...factors, newFactor(document, kind)])} label={title} />
        )
      }
    >
      {factors.length === 0 ? (
        <p className="quiet">{t('workflow.none')}</p>
      ) : (
        <ol className="parts">
          {factors.map((factor, index) => (
            <FactorCard
              // biome-ignore lint/suspicious/noArrayIndexKey: ids are being typed; the place is what stays.
              key={index}
              factor={factor}
              document={document}
              at={`/${list}/${index}`}
              faults={faults}
              disabled={disabled}
              onUp={index === 0 ? null : () => put(moved(factors, index, index - 1))}
              onDown={index === factors.length - 1 ? null : () => put(moved(factors, index, index + 1))}
              onRemove={() => put(without(factors, index))}
              onChange={(changed) => put(replaced(factors, index, changed))}
              onRename={(kind, to) => {
                const member = kind === 'factor' ? 'factorId' : 'code';
                const after = renamed(document, kind, { from: factor[member], to });
                put(replaced(after[list], index, { ...factor, [member]: to }), after);
              }}
            />
          ))}
        </ol>
      )}
    </Part>
  );
}

const kinds: readonly FactorKind[] = ['FIDO', 'LOGIN', 'totp', 'email'];

function AddFactor({ onAdd, label }: { readonly onAdd: (kind: FactorKind) => void; readonly label: string }) {
  const { t } = useTexts();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="default"
          aria-label={`${t('workflow.add')}: ${label}`}
          leftSection={<IconPlus size={16} aria-hidden="true" />}
        >
          {t('workflow.add')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {kinds.map((kind) => (
          <Menu.Item key={kind} onClick={() => onAdd(kind)}>
            {t(`workflow.kinds.${kind}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Actions({ document, faults, disabled, onChange }: PartProps) {
  const { t } = useTexts();
  const { enrollActions } = document;
  return (
    <Part
      title={t('workflow.actions')}
      hint={t('workflow.actionsHint')}
      fault={faults.at('/enrollActions')}
      button={
        !disabled && (
          <Button
            variant="default"
            leftSection={<IconPlus size={16} aria-hidden="true" />}
            onClick={() => onChange({ ...document, enrollActions: [...enrollActions, newAction(document)] })}
          >
            {t('workflow.addAction')}
          </Button>
        )
      }
    >
      {enrollActions.length === 0 ? (
        <p className="quiet">{t('workflow.none')}</p>
      ) : (
        <ol className="parts">
          {enrollActions.map((action, index) => (
            <ActionCard
              // biome-ignore lint/suspicious/noArrayIndexKey: ids are being typed; the place is what stays.
              key={index}
              action={action}
              document={document}
              at={`/enrollActions/${index}`}
              faults={faults}
              disabled={disabled}
              onRemove={() => onChange({ ...document, enrollActions: without(enrollActions, index) })}
              onChange={(changed) =>
                onChange({ ...document, enrollActions: replaced(enrollActions, index, changed) })
              }
              onRename={(to) => {
                const after = renamed(document, 'action', { from: action.enrollId, to });
                const changed = { ...action, enrollId: to };
                onChange({ ...after, enrollActions: replaced(after.enrollActions, index, changed) });
              }}
            />
          ))}
        </ol>
      )}
    </Part>
  );
}

function Criteria({ document, faults, disabled, onChange }: PartProps) {
  const { t } = useTexts();
  const { accessCriteria } = document;
  return (
    <Part
      title={t('workflow.criteria')}
      hint={t('workflow.criteriaHint')}
      fault={faults.at('/accessCriteria')}
      button={
        !disabled && (
          <Button
            variant="default"
            leftSection={<IconPlus size={16} aria-hidden="true" />}
            onClick={() =>
              onChange({ ...document, accessCriteria: [...accessCriteria, newCriteria(document)] })
            }
          >
            {t('workflow.addCriteria')}
          </Button>
        )
      }
    >
      <ol className="parts">
        {accessCriteria.map((criteria, index) => {
          const at = `/accessCriteria/${index}`;
          const { accessCriteriaId, groups, roles, authenticators } = criteria;
          const set = (change: Partial<typeof criteria>) =>
            onChange({
              ...document,
              accessCriteria: replaced(accessCriteria, index, { ...criteria, ...change }),
            });
          return (
            <Card
              // biome-ignore lint/suspicious/noArrayIndexKey: ids are being typed; the place is what stays.
              key={index}
              title={accessCriteriaId}
              kind=""
              fault={faults.below(at)?.tone === 'bad'}
              disabled={disabled}
              onRemove={() => onChange({ ...document, accessCriteria: without(accessCriteria, index) })}
            >
              <div className="part-fields">
                <TextField
                  label={t('workflow.criterion.id')}
                  fault={faults.at(`${at}/accessCriteriaId`)}
                  disabled={disabled}
                  value={accessCriteriaId}
                  onChange={(to) => {
                    const after = renamed(document, 'criteria', { from: accessCriteriaId, to });
                    const changed = { ...criteria, accessCriteriaId: to };
                    onChange({ ...after, accessCriteria: replaced(after.accessCriteria, index, changed) });
                  }}
                />
                <LinesField
                  label={t('workflow.criterion.groups')}
                  hint={t('workflow.criterion.groupsHint')}
                  fault={faults.below(`${at}/groups`)}
                  disabled={disabled}
                  value={groups}
                  read={linesOf}
                  onChange={(names) => set({ groups: names })}
                />
                <LinesField
                  label={t('workflow.criterion.roles')}
                  hint={t('workflow.criterion.rolesHint')}
                  fault={faults.below(`${at}/roles`)}
                  disabled={disabled}
                  value={roles}
                  read={linesOf}
                  onChange={(names) => set({ roles: names })}
                />
                <div className="part-pair">
                  <SwitchField
                    label={t('workflow.criterion.firstFiltering')}
                    disabled={disabled}
                    value={authenticators.firstFactorsFiltering}
                    onChange={(on) =>
                      set({ authenticators: { ...authenticators, firstFactorsFiltering: on } })
                    }
                  />
                  <SwitchField
                    label={t('workflow.criterion.secondFiltering')}
                    disabled={disabled}
                    value={authenticators.secondFactorsFiltering}
                    onChange={(on) =>
                      set({ authenticators: { ...authenticators, secondFactorsFiltering: on } })
                    }
                  />
                </div>
              </div>
            </Card>
          );
        })}
      </ol>
    </Part>
  );
}
