import type { Policy, PolicyInput, PolicyRules } from '@keywarden/api';

export type CertificationLevel = NonNullable<PolicyRules['minimumCertification']>;

/** What the form holds: text where a person types, so that half a number is no error yet. */
export interface PolicyDraft {
  readonly name: string;
  readonly pinMode: PolicyRules['pinMode'];
  readonly pinMinimumLength: string;
  readonly pinMaximumLength: string;
  readonly pinCharacters: PolicyRules['pinCharacters'];
  /** Empty: the key's own rule. */
  readonly minPINLength: string;
  readonly alwaysUv: 'unchanged' | 'on' | 'off';
  readonly forcePINChange: boolean;
  readonly attestation: PolicyRules['attestation'];
  /** Empty: any. */
  readonly minimumCertification: '' | CertificationLevel;
  readonly allowedAaguids: string;
  readonly assetTag: boolean;
}

export const newDraft: PolicyDraft = {
  name: '',
  pinMode: 'typed',
  pinMinimumLength: '6',
  pinMaximumLength: '63',
  pinCharacters: 'any',
  minPINLength: '',
  alwaysUv: 'unchanged',
  forcePINChange: false,
  attestation: 'direct',
  minimumCertification: '',
  allowedAaguids: '',
  assetTag: true,
};

export function draftOf({ name, rules }: Pick<Policy, 'name' | 'rules'>): PolicyDraft {
  return {
    name,
    pinMode: rules.pinMode,
    pinMinimumLength: String(rules.pinMinimumLength),
    pinMaximumLength: String(rules.pinMaximumLength),
    pinCharacters: rules.pinCharacters,
    minPINLength: rules.minPINLength === null ? '' : String(rules.minPINLength),
    alwaysUv: rules.alwaysUv === null ? 'unchanged' : rules.alwaysUv ? 'on' : 'off',
    forcePINChange: rules.forcePINChange,
    attestation: rules.attestation,
    minimumCertification: rules.minimumCertification ?? '',
    allowedAaguids: rules.allowedAaguids.join('\n'),
    assetTag: rules.assetTag,
  };
}

export function inputOf(draft: PolicyDraft): PolicyInput {
  return {
    name: draft.name.trim(),
    rules: {
      pinMode: draft.pinMode,
      pinMinimumLength: Number(draft.pinMinimumLength),
      pinMaximumLength: Number(draft.pinMaximumLength),
      pinCharacters: draft.pinCharacters,
      minPINLength: draft.minPINLength.trim() === '' ? null : Number(draft.minPINLength),
      alwaysUv: draft.alwaysUv === 'unchanged' ? null : draft.alwaysUv === 'on',
      forcePINChange: draft.forcePINChange,
      attestation: draft.attestation,
      minimumCertification:
        draft.attestation !== 'metadata' || draft.minimumCertification === ''
          ? null
          : draft.minimumCertification,
      allowedAaguids: linesOf(draft.allowedAaguids).map((line) => line.toLowerCase()),
      assetTag: draft.assetTag,
    },
  };
}

export type DraftFault =
  | 'nameMissing'
  | 'pinRange'
  | 'pinOrder'
  | 'minPINAbovePin'
  | 'forcePINChangeNeedsPin'
  | { readonly aaguidMalformed: string };
export type DraftFaults = Partial<Record<keyof PolicyDraft, DraftFault>>;

export function draftFaults(draft: PolicyDraft): DraftFaults {
  const faults: DraftFaults = {};
  if (draft.name.trim() === '') faults.name = 'nameMissing';
  if (!inRange(draft.pinMinimumLength)) faults.pinMinimumLength = 'pinRange';
  if (!inRange(draft.pinMaximumLength)) faults.pinMaximumLength = 'pinRange';
  else if (Number(draft.pinMaximumLength) < Number(draft.pinMinimumLength))
    faults.pinMaximumLength = 'pinOrder';
  if (draft.minPINLength.trim() !== '') {
    if (!inRange(draft.minPINLength)) faults.minPINLength = 'pinRange';
    else if (draft.pinMode === 'typed' && Number(draft.minPINLength) > Number(draft.pinMinimumLength))
      faults.minPINLength = 'minPINAbovePin';
  }
  if (draft.forcePINChange && draft.pinMode === 'none') faults.forcePINChange = 'forcePINChangeNeedsPin';
  const malformed = linesOf(draft.allowedAaguids).find((line) => !aaguid.test(line));
  if (malformed !== undefined) faults.allowedAaguids = { aaguidMalformed: malformed };
  return faults;
}

const aaguid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** CTAP 2.1 §6.11.4: 4 to 63 code points. */
function inRange(text: string): boolean {
  return /^\d{1,2}$/.test(text.trim()) && Number(text) >= 4 && Number(text) <= 63;
}

function linesOf(text: string): readonly string[] {
  return text
    .split(/[\s,;]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
