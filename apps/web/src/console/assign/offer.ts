import type { Device, KeyFacts, Policy } from '@keywarden/api';
import type { ListedKey } from '../../workstation/link.ts';

/** Why a button can't be pressed; shown beside it. */
export type Blocked =
  | 'policy'
  | 'owner'
  | 'retired'
  | 'person'
  | 'recognising'
  | 'unproven'
  | 'unplugged'
  | 'other';

export interface Offer {
  readonly button: 'configure-and-assign' | 'assign';
  /** What stands in the policy column: a choice, the linked one's name, or nothing. */
  readonly policy: 'choose' | 'linked';
  readonly blocked: Blocked | null;
}

interface Page {
  /** Somebody to assign a key to is known. */
  readonly person: boolean;
  readonly plugged: boolean;
  /** Another key is being set up. */
  readonly busy: boolean;
  readonly policyId: string;
}

/** What a key offers depends on its status alone; a key that the server never saw is Not Configured. */
export function offerFor(listed: Pick<ListedKey, 'device' | 'recognised' | 'proven'>, page: Page): Offer {
  const status = listed.device?.status ?? 'NOT_CONFIGURED';
  const chooses = status === 'NOT_CONFIGURED';
  const button = chooses || status === 'READY' ? 'configure-and-assign' : 'assign';
  const policy = chooses ? 'choose' : 'linked';
  return { button, policy, blocked: blockedBy(listed, page) };
}

function blockedBy(
  { device, recognised, proven }: Pick<ListedKey, 'device' | 'recognised' | 'proven'>,
  page: Page,
): Blocked | null {
  if (!recognised) return 'recognising';
  if (device?.status === 'ENROLLED') return 'owner';
  if (device?.status === 'RETIRED') return 'retired';
  // It says it is a key on record that carries an asset tag, and the tag did not prove it: perhaps a copy.
  if (device?.tagged === true && !proven) return 'unproven';
  if (!page.person) return 'person';
  if (!page.plugged) return 'unplugged';
  if (page.busy) return 'other';
  if ((device?.status ?? 'NOT_CONFIGURED') === 'NOT_CONFIGURED' && page.policyId === '') return 'policy';
  return null;
}

/** What can be said before anything is tried; the workstation checks all of it against the key itself. */
export function policySuits(policy: Policy, facts: KeyFacts): boolean {
  const { allowedAaguids } = policy.rules;
  return allowedAaguids.length === 0 || allowedAaguids.includes(facts.aaguid);
}

/** The one used last where it still suits, or the only one; otherwise a person chooses. */
export function presetPolicy(policies: readonly Policy[], facts: KeyFacts, lastUsed: string | null): string {
  const suiting = policies.filter((policy) => policySuits(policy, facts));
  const last = suiting.find((policy) => policy.policyId === lastUsed);
  if (last !== undefined) return last.policyId;
  return suiting.length === 1 ? (suiting[0]?.policyId ?? '') : '';
}

/** Two sources tell of one device; the later word counts. */
export function newerDevice(one: Device | null, other: Device | null): Device | null {
  if (one === null || other === null) return one ?? other;
  return Date.parse(other.updatedAt) > Date.parse(one.updatedAt) ? other : one;
}
