import type { WorkflowDocument, WorkflowFactor } from '@keywarden/api';
import type { Faults, Said } from '../editing/faults.ts';
import {
  ChoiceField,
  LinesField,
  NumberField,
  SeveralField,
  SwitchField,
  TextField,
} from '../editing/fields.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { Card } from './card.tsx';
import { kindOf, linesOf } from './drafts.ts';
import { Fold, placesOf } from './fold.tsx';

interface Props {
  readonly factor: WorkflowFactor;
  readonly document: WorkflowDocument;
  /** JSON pointer of the factor. */
  readonly at: string;
  readonly faults: Faults;
  readonly disabled: boolean;
  readonly onUp: (() => void) | null;
  readonly onDown: (() => void) | null;
  readonly onRemove: () => void;
  readonly onChange: (factor: WorkflowFactor) => void;
  /** Its own ids: whoever names them is taken along. */
  readonly onRename: (kind: 'factor' | 'code', to: string) => void;
}

/** What the card's fold holds. */
const seldom: readonly (keyof WorkflowFactor)[] = [
  'disableThreshold',
  'disabledTimeReset',
  'validity',
  'enrollmentRequired',
  'rpId',
  'origins',
];

export function FactorCard(props: Props) {
  const { factor, document, at, faults, disabled, onUp, onDown, onRemove, onChange, onRename } = props;
  const { t } = useTexts();
  const set = (change: Partial<WorkflowFactor>) => onChange({ ...factor, ...change });
  const common = (member: string, label: string, hint?: string) => ({
    label,
    hint,
    disabled,
    fault: faults.at(`${at}/${member}`),
  });
  return (
    <Card
      title={factor.factorId}
      kind={t(`workflow.kinds.${kindOf(factor)}`)}
      fault={faults.below(at)?.tone === 'bad'}
      disabled={disabled}
      onUp={onUp}
      onDown={onDown}
      onRemove={onRemove}
    >
      <div className="part-fields">
        <TextField
          {...common('factorId', t('workflow.factor.id'))}
          value={factor.factorId}
          onChange={(to) => onRename('factor', to)}
        />
        <TextField
          {...common('code', t('workflow.factor.code'))}
          value={factor.code}
          onChange={(to) => onRename('code', to)}
        />
        <TextField
          {...common('acr', t('workflow.factor.acr'))}
          value={factor.acr}
          onChange={(acr) => set({ acr })}
        />
        <CriteriaField
          {...common('accessCriteriaId', t('workflow.factor.criteria'))}
          document={document}
          value={factor.accessCriteriaId}
          onChange={(accessCriteriaId) => set({ accessCriteriaId })}
        />
        <NumberField
          {...common('retry', t('workflow.factor.retry'))}
          value={factor.retry}
          onChange={(retry) => set({ retry: retry ?? Number.NaN })}
        />
        {factor.type === 'FIDO' && (
          <VerificationField
            {...common('userVerification', t('workflow.factor.userVerification'))}
            value={factor.userVerification ?? 'required'}
            onChange={(userVerification) => set({ userVerification })}
          />
        )}
        <SwitchField
          {...common('stepUp', t('workflow.factor.stepUp'))}
          value={factor.stepUp === 'required'}
          onChange={(on) => set({ stepUp: on ? 'required' : 'notRequired' })}
        />
        <SeveralField
          {...common('enrollActions', t('workflow.factor.offers'))}
          fault={faults.below(`${at}/enrollActions`)}
          value={factor.enrollActions}
          options={document.enrollActions.map(({ enrollId }) => [enrollId, enrollId] as const)}
          none={t('workflow.none')}
          onChange={(enrollActions) => set({ enrollActions })}
        />
      </div>
      <Fold title={t('common.more')} faults={faults} places={placesOf(at, seldom)}>
        <div className="part-fields">
          <NumberField
            {...common('disableThreshold', t('workflow.factor.disable'), t('workflow.factor.disableHint'))}
            value={factor.disableThreshold}
            nullable
            onChange={(disableThreshold) => set({ disableThreshold })}
          />
          <NumberField
            {...common('disabledTimeReset', t('workflow.factor.reset'))}
            value={factor.disabledTimeReset}
            onChange={(seconds) => set({ disabledTimeReset: seconds ?? Number.NaN })}
          />
          <NumberField
            {...common('validity', t('workflow.factor.validity'), t('workflow.factor.validityHint'))}
            value={factor.validity}
            onChange={(seconds) => set({ validity: seconds ?? Number.NaN })}
          />
          <SwitchField
            {...common('enrollmentRequired', t('workflow.factor.enrollmentRequired'))}
            value={factor.enrollmentRequired}
            onChange={(enrollmentRequired) => set({ enrollmentRequired })}
          />
          {factor.type === 'FIDO' && (
            <RelyingPartyFields at={at} faults={faults} disabled={disabled} value={factor} onChange={set} />
          )}
        </div>
      </Fold>
    </Card>
  );
}

export function CriteriaField({
  document,
  ...field
}: {
  readonly document: WorkflowDocument;
  readonly label: string;
  readonly fault: Said | undefined;
  readonly disabled: boolean;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const known = document.accessCriteria.map(({ accessCriteriaId: id }) => [id, id] as const);
  const options = known.some(([id]) => id === field.value)
    ? known
    : [[field.value, field.value] as const, ...known];
  return <ChoiceField {...field} options={options} />;
}

type Verification = NonNullable<WorkflowFactor['userVerification']>;

export function VerificationField(props: {
  readonly label: string;
  readonly fault: Said | undefined;
  readonly disabled: boolean;
  readonly value: Verification;
  readonly onChange: (value: Verification) => void;
}) {
  const { t } = useTexts();
  return (
    <ChoiceField
      {...props}
      options={(['required', 'preferred', 'discouraged'] as const).map(
        (value) => [value, t(`workflow.verification.${value}`)] as const,
      )}
    />
  );
}

interface RelyingParty {
  readonly rpId?: string | null;
  readonly origins?: string[] | null;
}

export function RelyingPartyFields({
  at,
  faults,
  disabled,
  value,
  onChange,
}: {
  readonly at: string;
  readonly faults: Faults;
  readonly disabled: boolean;
  readonly value: RelyingParty;
  readonly onChange: (change: RelyingParty) => void;
}) {
  const { t } = useTexts();
  return (
    <>
      <TextField
        label={t('workflow.factor.rpId')}
        hint={t('workflow.factor.rpIdHint')}
        fault={faults.at(`${at}/rpId`)}
        disabled={disabled}
        value={value.rpId ?? ''}
        onChange={(rpId) => onChange({ rpId: rpId === '' ? null : rpId })}
      />
      <LinesField
        label={t('workflow.factor.origins')}
        hint={t('workflow.factor.originsHint')}
        fault={faults.below(`${at}/origins`)}
        disabled={disabled}
        value={value.origins ?? []}
        read={linesOf}
        onChange={(origins) => onChange({ origins: origins.length === 0 ? null : origins })}
      />
    </>
  );
}
