import type { Actor } from '../audit.ts';
import { DomainError } from '../errors.ts';
import { requirePermission } from '../permissions.ts';
import type { Policy, PolicyRules } from '../policy.ts';
import type { Page, PageRequest, Ports, Tables } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { recordEvent } from './audit-trail.ts';

const longestName = 100;

export async function listPolicies(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; page: PageRequest },
): Promise<Page<Policy>> {
  requirePermission(actor, 'policies.read');
  return ports.store.transaction(input.tenantId, (tables) => tables.policies.list(input.page));
}

export async function getPolicy(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; policyId: string },
): Promise<Policy> {
  requirePermission(actor, 'policies.read');
  return ports.store.transaction(input.tenantId, (tables) => readPolicy(tables, input.policyId));
}

export async function createPolicy(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; name: string; rules: PolicyRules },
): Promise<Policy> {
  requirePermission(actor, 'policies.write');
  const name = normaliseName(input.name);
  const rules = normaliseRules(input.rules);
  return ports.store.transaction(input.tenantId, async (tables) => {
    await requireFreeName(tables, name);
    return insertPolicy({ ports, tables, actor }, { name, rules });
  });
}

export async function duplicatePolicy(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; policyId: string },
): Promise<Policy> {
  requirePermission(actor, 'policies.write');
  return ports.store.transaction(input.tenantId, async (tables) => {
    const original = await readPolicy(tables, input.policyId);
    const name = await freeCopyName(tables, original.name);
    return insertPolicy({ ports, tables, actor }, { name, rules: original.rules });
  });
}

/** A policy that a device carries, or that is being written to one, is not edited: the key would hold other rules. */
export async function updatePolicy(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; policyId: string; version: number; name: string; rules: PolicyRules },
): Promise<Policy> {
  requirePermission(actor, 'policies.write');
  const name = normaliseName(input.name);
  const rules = normaliseRules(input.rules);
  return ports.store.transaction(input.tenantId, async (tables) => {
    const policy = await lockUnusedPolicy(tables, input.policyId, 'edited');
    if (name !== policy.name) await requireFreeName(tables, name);
    const { policyId, version } = input;
    const written = await tables.policies.update({ policyId, name, rules, version, at: ports.clock.now() });
    if (!written) {
      throw new DomainError(
        'version-conflict',
        'Somebody else changed this policy in the meantime. Nothing was saved. Load it again and repeat your change.',
        { particulars: { version: policy.version } },
      );
    }
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'policy.updated',
        target: { kind: 'policy', id: policyId, name },
        description: `Changed${name === policy.name ? '' : `, was “${policy.name}”`}.`,
        particulars: { before: name === policy.name ? null : policy.name },
      },
    );
    return readPolicy(tables, policyId);
  });
}

export async function deletePolicy(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; policyId: string },
): Promise<void> {
  requirePermission(actor, 'policies.write');
  await ports.store.transaction(input.tenantId, async (tables) => {
    const policy = await lockUnusedPolicy(tables, input.policyId, 'deleted');
    await tables.policies.delete(policy.policyId);
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'policy.deleted',
        target: { kind: 'policy', id: policy.policyId, name: policy.name },
        description: 'Deleted. No device carried it.',
      },
    );
  });
}

async function insertPolicy(
  step: { ports: Ports; tables: Tables; actor: Actor },
  policy: { name: string; rules: PolicyRules },
): Promise<Policy> {
  const policyId = step.ports.random.uuid();
  await step.tables.policies.insert({ policyId, ...policy, at: step.ports.clock.now() });
  await recordEvent(step, {
    type: 'policy.created',
    target: { kind: 'policy', id: policyId, name: policy.name },
    description: 'Created.',
  });
  return readPolicy(step.tables, policyId);
}

export async function readPolicy(tables: Tables, policyId: string): Promise<Policy> {
  const policy = await tables.policies.get(policyId);
  if (policy === null) throw policyNotFound();
  return policy;
}

async function lockUnusedPolicy(
  tables: Tables,
  policyId: string,
  what: 'edited' | 'deleted',
): Promise<Policy> {
  const policy = await tables.policies.lock(policyId);
  if (policy === null) throw policyNotFound();
  const beingWritten = await tables.enrollments.list({ policyId, open: true }, { limit: 1, after: null });
  if (policy.deviceCount === 0 && beingWritten.items.length === 0) return policy;
  const why =
    policy.deviceCount === 0
      ? 'it is being written to a key right now'
      : `${policy.deviceCount === 1 ? 'one key carries' : `${policy.deviceCount} keys carry`} it`;
  throw new DomainError(
    'policy-active',
    `“${policy.name}” is active: ${why}, so it can't be ${what}. Nothing was changed. Duplicate it and change the copy.`,
    { particulars: { deviceCount: policy.deviceCount } },
  );
}

function policyNotFound(): DomainError {
  return new DomainError('policy-not-found', 'This policy does not exist, or was deleted.');
}

async function requireFreeName(tables: Tables, name: string): Promise<void> {
  if ((await tables.policies.findByName(name)) === null) return;
  throw new DomainError('policy-name-taken', `There is a policy “${name}” already. Choose another name.`, {
    particulars: { name },
  });
}

async function freeCopyName(tables: Tables, original: string): Promise<string> {
  for (let copy = 1; ; copy += 1) {
    const suffix = copy === 1 ? ' (copy)' : ` (copy ${copy})`;
    const name = `${original.slice(0, longestName - suffix.length).trimEnd()}${suffix}`;
    if ((await tables.policies.findByName(name)) === null) return name;
  }
}

function normaliseName(text: string): string {
  const name = text.normalize('NFC').trim();
  if (name.length === 0 || name.length > longestName || /\p{Cc}/u.test(name)) {
    throw new DomainError(
      'input-invalid',
      `A policy's name has 1 to ${longestName} characters and no control characters.`,
      { particulars: { field: 'name' } },
    );
  }
  return name;
}

/** Contradictions within a policy, row by row: no key could obey it. */
const contradictions: readonly (readonly [
  field: keyof PolicyRules,
  holds: (rules: PolicyRules) => boolean,
  message: string,
])[] = [
  [
    'pinMaximumLength',
    (rules) => rules.pinMaximumLength < rules.pinMinimumLength,
    'The longest PIN is shorter than the shortest.',
  ],
  [
    'minPINLength',
    (rules) => rules.minPINLength !== null && rules.minPINLength > rules.pinMaximumLength,
    'The minimum that the key enforces is longer than the longest PIN.',
  ],
  [
    'forcePINChange',
    (rules) => rules.forcePINChange && rules.pinMode === 'none',
    'A key without a PIN can not demand a new one.',
  ],
  [
    'minimumCertification',
    (rules) => rules.minimumCertification !== null && rules.attestation !== 'metadata',
    'Certifications stand in the FIDO metadata: the policy must ask that it vouches for the model.',
  ],
];

function normaliseRules(rules: PolicyRules): PolicyRules {
  const found = contradictions.find(([, holds]) => holds(rules));
  if (found !== undefined) {
    throw new DomainError('input-invalid', `${found[2]} Nothing was saved.`, {
      particulars: { field: found[0] },
    });
  }
  const allowedAaguids = [...new Set(rules.allowedAaguids.map((aaguid) => aaguid.toLowerCase()))];
  return {
    pinMode: rules.pinMode,
    pinMinimumLength: rules.pinMinimumLength,
    pinMaximumLength: rules.pinMaximumLength,
    pinCharacters: rules.pinCharacters,
    minPINLength: rules.minPINLength,
    alwaysUv: rules.alwaysUv,
    forcePINChange: rules.forcePINChange,
    allowedAaguids,
    attestation: rules.attestation,
    minimumCertification: rules.minimumCertification,
    assetTag: rules.assetTag,
  };
}
