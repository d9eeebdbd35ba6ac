import type { WorkflowDocument, WorkflowEnrollAction } from '@keywarden/api';
import type { Faults } from '../editing/faults.ts';
import { ChoiceField, LinesField, SeveralField, SwitchField, TextField } from '../editing/fields.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { Card } from './card.tsx';
import { certificatesOf, knownAlgorithms, linesOf } from './drafts.ts';
import { CriteriaField, RelyingPartyFields, VerificationField } from './factor-card.tsx';
import { Fold, placesOf } from './fold.tsx';

interface Props {
  readonly action: WorkflowEnrollAction;
  readonly document: WorkflowDocument;
  /** JSON pointer of the action. */
  readonly at: string;
  readonly faults: Faults;
  readonly disabled: boolean;
  readonly onRemove: () => void;
  readonly onChange: (action: WorkflowEnrollAction) => void;
  readonly onRename: (to: string) => void;
}

/** FIDO MDS 3.0 §3.1.4, from the lowest up. */
const levels = [
  'FIDO_CERTIFIED_L1',
  'FIDO_CERTIFIED_L1plus',
  'FIDO_CERTIFIED_L2',
  'FIDO_CERTIFIED_L2plus',
  'FIDO_CERTIFIED_L3',
  'FIDO_CERTIFIED_L3plus',
] as const;

/** What each fold of the card holds. */
const ofAttestation: readonly (keyof WorkflowEnrollAction)[] = [
  'attestationVerification',
  'attestationTrust',
  'attestationRoots',
  'minimumCertification',
  'staleMetadata',
  'allowedAaguids',
  'deniedAaguids',
  'deviceBoundOnly',
];
const seldom: readonly (keyof WorkflowEnrollAction)[] = [
  'residentKey',
  'deviceType',
  'algorithms',
  'rpName',
  'rpId',
  'origins',
];

const lowerLines = (text: string) => linesOf(text.toLowerCase());

export function ActionCard(props: Props) {
  const { action, document, at, faults, disabled, onRemove, onChange, onRename } = props;
  const { t } = useTexts();
  const set = (change: Partial<WorkflowEnrollAction>) => onChange({ ...action, ...change });
  const common = (member: string, label: string, hint?: string) => ({
    label,
    hint,
    disabled,
    fault: faults.at(`${at}/${member}`),
  });
  const factors = [...document.firstFactors, ...document.secondFactors];
  const passkeys = factors.filter(({ type }) => type === 'FIDO').map(({ code }) => [code, code] as const);
  const codes = passkeys.some(([code]) => code === action.code)
    ? passkeys
    : [[action.code, action.code] as const, ...passkeys];
  return (
    <Card
      title={action.enrollId}
      kind={t('workflow.kinds.FIDO')}
      fault={faults.below(at)?.tone === 'bad'}
      disabled={disabled}
      onRemove={onRemove}
    >
      <div className="part-fields">
        <TextField
          {...common('enrollId', t('workflow.action.id'))}
          value={action.enrollId}
          onChange={onRename}
        />
        <ChoiceField
          {...common('code', t('workflow.action.code'))}
          value={action.code}
          options={codes}
          onChange={(code) => set({ code })}
        />
        <SeveralField
          {...common('upon', t('workflow.action.upon'), t('workflow.action.uponHint'))}
          fault={faults.below(`${at}/upon`)}
          value={action.upon}
          options={factors.map(({ factorId }) => [factorId, factorId] as const)}
          none={t('workflow.none')}
          onChange={(upon) => set({ upon })}
        />
        <Protection {...props} />
        <CriteriaField
          {...common('accessCriteriaId', t('workflow.factor.criteria'))}
          document={document}
          value={action.accessCriteriaId}
          onChange={(accessCriteriaId) => set({ accessCriteriaId })}
        />
        <VerificationField
          {...common('userVerification', t('workflow.action.userVerification'))}
          value={action.userVerification}
          onChange={(userVerification) => set({ userVerification })}
        />
      </div>
      <Fold title={t('workflow.action.attestation')} faults={faults} places={placesOf(at, ofAttestation)}>
        <Attestation {...props} set={set} />
      </Fold>
      <Fold title={t('common.more')} faults={faults} places={placesOf(at, seldom)}>
        <div className="part-fields">
          <VerificationField
            {...common('residentKey', t('workflow.action.residentKey'))}
            value={action.residentKey}
            onChange={(residentKey) => set({ residentKey })}
          />
          <TextField
            {...common('deviceType', t('workflow.action.deviceType'))}
            value={action.deviceType}
            onChange={(deviceType) => set({ deviceType })}
          />
          <SeveralField
            {...common('algorithms', t('workflow.action.algorithms'))}
            fault={faults.below(`${at}/algorithms`)}
            value={action.algorithms}
            options={knownAlgorithms.map(({ id, name }) => [id, name] as const)}
            none={t('workflow.none')}
            onChange={(algorithms) => set({ algorithms })}
          />
          <TextField
            {...common('rpName', t('workflow.action.rpName'), t('workflow.action.rpNameHint'))}
            value={action.rpName ?? ''}
            onChange={(rpName) => set({ rpName: rpName === '' ? null : rpName })}
          />
          <RelyingPartyFields at={at} faults={faults} disabled={disabled} value={action} onChange={set} />
        </div>
      </Fold>
    </Card>
  );
}

function Protection({ action, document, at, faults, disabled, onChange }: Props) {
  const { t } = useTexts();
  const factors = [...document.firstFactors, ...document.secondFactors];
  const { authType = null, pendingDevice = false } = action.protectionFactor ?? {};
  const set = (authType: string | null, pendingDevice: boolean) =>
    onChange({
      ...action,
      protectionFactor: authType === null && !pendingDevice ? null : { authType, pendingDevice },
    });
  const known = factors.map(({ code }) => code);
  const codes = authType === null || known.includes(authType) ? known : [authType, ...known];
  return (
    <div className="part-pair">
      <ChoiceField
        label={t('workflow.action.protection')}
        hint={t('workflow.action.protectionHint')}
        fault={faults.below(`${at}/protectionFactor`)}
        disabled={disabled}
        value={authType ?? ''}
        options={[
          ['', t('workflow.action.protections.none')] as const,
          ...codes.map((code) => [code, code] as const),
        ]}
        onChange={(code) => set(code === '' ? null : code, pendingDevice)}
      />
      <SwitchField
        label={t('workflow.action.pendingDevice')}
        disabled={disabled}
        value={pendingDevice}
        onChange={(on) => set(authType, on)}
      />
    </div>
  );
}

function Attestation({
  action,
  at,
  faults,
  disabled,
  set,
}: Props & { readonly set: (change: Partial<WorkflowEnrollAction>) => void }) {
  const { t } = useTexts();
  const common = (member: string, label: string, hint?: string) => ({
    label,
    hint,
    disabled,
    fault: faults.below(`${at}/${member}`),
  });
  const { attestationTrust: trust } = action;
  return (
    <div className="part-fields">
      <ChoiceField
        {...common('attestationVerification', t('workflow.action.attestationVerification'))}
        value={action.attestationVerification}
        options={(['none', 'indirect', 'direct', 'enterprise'] as const).map(
          (value) => [value, t(`workflow.action.conveyances.${value}`)] as const,
        )}
        onChange={(attestationVerification) => set({ attestationVerification })}
      />
      <ChoiceField
        {...common('attestationTrust', t('workflow.action.trust'))}
        value={trust}
        options={(['none', 'metadata', 'roots'] as const).map(
          (value) => [value, t(`workflow.action.trusts.${value}`)] as const,
        )}
        onChange={(attestationTrust) =>
          set({
            attestationTrust,
            // What only metadata can say goes with it; what is hidden must not stay in the document.
            ...(attestationTrust !== 'metadata' && { minimumCertification: null }),
            ...(attestationTrust !== 'roots' && { attestationRoots: [] }),
          })
        }
      />
      {trust === 'metadata' && (
        <>
          <ChoiceField
            {...common('minimumCertification', t('workflow.action.certification'))}
            value={action.minimumCertification ?? ''}
            options={[
              ['', t('workflow.action.anyCertification')] as const,
              ...levels.map((level) => [level, level.replace('FIDO_CERTIFIED_', '')] as const),
            ]}
            onChange={(level) => set({ minimumCertification: level === '' ? null : level })}
          />
          <ChoiceField
            {...common('staleMetadata', t('workflow.action.stale'))}
            value={action.staleMetadata}
            options={(['refuse', 'accept'] as const).map(
              (value) => [value, t(`workflow.action.stales.${value}`)] as const,
            )}
            onChange={(staleMetadata) => set({ staleMetadata })}
          />
        </>
      )}
      {trust === 'roots' && (
        <LinesField
          {...common('attestationRoots', t('workflow.action.roots'), t('workflow.action.rootsHint'))}
          value={action.attestationRoots}
          read={certificatesOf}
          rows={4}
          onChange={(attestationRoots) => set({ attestationRoots })}
        />
      )}
      <LinesField
        {...common('allowedAaguids', t('workflow.action.allowed'), t('workflow.action.allowedHint'))}
        value={action.allowedAaguids}
        read={lowerLines}
        rows={3}
        onChange={(allowedAaguids) => set({ allowedAaguids })}
      />
      <LinesField
        {...common('deniedAaguids', t('workflow.action.denied'))}
        value={action.deniedAaguids}
        read={lowerLines}
        rows={3}
        onChange={(deniedAaguids) => set({ deniedAaguids })}
      />
      <SwitchField
        {...common('deviceBoundOnly', t('workflow.action.deviceBound'))}
        value={action.deviceBoundOnly}
        onChange={(deviceBoundOnly) => set({ deviceBoundOnly })}
      />
    </div>
  );
}
