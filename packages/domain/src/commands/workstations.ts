import { createHash } from 'node:crypto';
import { toBase64Url } from '@keywarden/fido2/bytes';
import type { Actor } from '../audit.ts';
import { DomainError } from '../errors.ts';
import { requirePermission } from '../permissions.ts';
import type { Ports, PublicKeyJwk } from '../ports/index.ts';
import { assetTagRpId, builtInRelyingParty, issuerOf } from '../relying-party.ts';
import type { TenantId } from '../tenant.ts';
import { type Workstation, workstationIdOf } from '../workstation.ts';
import { recordEvent } from './audit-trail.ts';

/** Long enough to walk to the other machine. */
const pairingCodeMilliseconds = 10 * 60_000;
const pairingCodeBytes = 20;

/** What a workstation pins when it is paired: whom it obeys, whose pages it talks to, which RP IDs orders may name. */
export interface Pairing {
  readonly workstationId: string;
  readonly issuer: string;
  readonly orderKeys: readonly PublicKeyJwk[];
  readonly origins: readonly string[];
  readonly rpIds: readonly string[];
}

export async function listWorkstations(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId },
): Promise<readonly Workstation[]> {
  requirePermission(actor, 'workstations.read');
  return ports.store.transaction(input.tenantId, (tables) => tables.workstations.list());
}

/** Shown once; kept as its SHA-256 alone. */
export async function issuePairingCode(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId },
): Promise<{ readonly code: string; readonly expiresAt: Date }> {
  requirePermission(actor, 'workstations.pair');
  const code = toBase64Url(ports.random.bytes(pairingCodeBytes));
  const expiresAt = new Date(ports.clock.now().getTime() + pairingCodeMilliseconds);
  await ports.store.transaction(input.tenantId, async (tables) => {
    await tables.workstations.insertPairingCode({ codeHash: hashOf(code), createdBy: actor.id, expiresAt });
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'workstation.pairing-code-issued',
        target: { kind: 'tenant', id: input.tenantId, name: input.tenantId },
        description: 'A single-use code to pair one workstation within 10 minutes.',
        particulars: { until: expiresAt.toISOString() },
      },
    );
  });
  return { code, expiresAt };
}

/**
 * No operator calls this: the single-use code is all the caller shows. The workstation is its key; the same key paired
 * again is renamed.
 */
export async function pairWorkstation(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; code: string; name: string; publicKey: PublicKeyJwk },
): Promise<Pairing> {
  const { kty, crv, x, y } = input.publicKey;
  const workstationId = workstationIdOf(input.publicKey);
  const name = input.name.normalize('NFC').trim();
  if (name === '' || /\p{Cc}/u.test(name)) {
    throw new DomainError(
      'input-invalid',
      "A workstation's name is not empty and has no control characters.",
      {
        particulars: { field: 'name' },
      },
    );
  }
  await ports.store.transaction(input.tenantId, async (tables) => {
    const now = ports.clock.now();
    if (!(await tables.workstations.consumePairingCode(hashOf(input.code), now))) {
      throw new DomainError(
        'pairing-code-invalid',
        'This pairing code is unknown, used up or expired. The workstation was not paired. Ask for a new code under Workstations.',
      );
    }
    const known = await tables.workstations.get(workstationId);
    await tables.workstations.upsert({
      workstationId,
      name,
      pairedAt: now,
      lastSeenAt: known?.lastSeenAt ?? null,
      publicKey: { kty, crv, x, y },
    });
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'workstation.paired',
        target: { kind: 'workstation', id: workstationId, name },
        description: known === null ? 'Paired.' : `Paired again, was “${known.name}”.`,
        particulars: { before: known?.name ?? null },
      },
    );
  });
  const { rpId, origin } = builtInRelyingParty(ports.surroundings);
  return {
    workstationId,
    issuer: issuerOf(ports.surroundings, input.tenantId),
    orderKeys: await ports.orderSigner.publicKeys(input.tenantId),
    origins: [origin],
    rpIds: [rpId, assetTagRpId(ports.surroundings, input.tenantId)],
  };
}

/** From now on the server takes nothing from it and gives it nothing; paired again, it is as new. */
export async function unpairWorkstation(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; workstationId: string },
): Promise<void> {
  requirePermission(actor, 'workstations.pair');
  const { tenantId, workstationId } = input;
  await ports.store.transaction(tenantId, async (tables) => {
    const known = await tables.workstations.get(workstationId);
    if (known === null || !(await tables.workstations.unpair(workstationId, ports.clock.now()))) {
      throw new DomainError('workstation-not-found', 'This workstation is not paired. Nothing was changed.');
    }
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'workstation.unpaired',
        target: { kind: 'workstation', id: workstationId, name: known.name },
        description: 'It may no longer touch keys for this tenant.',
      },
    );
  });
}

/** A receipt comes within seconds; what is not posted by then, nobody waits for. */
const orderMemory = 60 * 60_000;

/** For a job: pairing codes and one-time enrollment codes that are over, orders that belong to no enrollment. */
export async function forgetOrdersAndCodes(ports: Ports, input: { tenantId: TenantId }): Promise<void> {
  const now = ports.clock.now();
  await ports.store.transaction(input.tenantId, async (tables) => {
    await tables.workstations.deleteExpiredPairingCodes(now);
    await tables.enrollmentCodes.deleteExpired(now);
    await tables.orders.deletePassing(new Date(now.getTime() - orderMemory));
  });
}

function hashOf(code: string): Uint8Array {
  return createHash('sha256').update(code, 'utf8').digest();
}
