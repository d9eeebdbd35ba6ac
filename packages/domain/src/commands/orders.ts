import { toBase64Url } from '@keywarden/fido2/bytes';
import { DomainError } from '../errors.ts';
import type { IssuedOrder, OrderAction, OrderResult } from '../order.ts';
import type { Ports, PublicKeyJwk, Tables } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';

/** Lifecycle manager §5: an order lives at most 120 seconds. */
const orderLifetimeSeconds = 120;

/** An order that is stored and only has to be signed: if the process dies in between, nobody ever sees it. */
export interface PreparedOrder {
  readonly issued: IssuedOrder;
  readonly action: OrderAction;
}

export function newChallenge(ports: Ports): string {
  return toBase64Url(ports.random.bytes(32));
}

export async function prepareOrder(
  { ports, tables }: { ports: Ports; tables: Tables },
  order: {
    workstationId: string;
    action: OrderAction;
    enrollmentId?: string;
    deviceId?: string;
    challenge?: string;
  },
): Promise<PreparedOrder> {
  // A JWS counts whole seconds: cut here, so that `exp - iat` is the lifetime to the second.
  const issuedAt = new Date(Math.floor(ports.clock.now().getTime() / 1000) * 1000);
  const issued: IssuedOrder = {
    orderId: ports.random.uuid(),
    workstationId: order.workstationId,
    action: order.action.action,
    enrollmentId: order.enrollmentId ?? null,
    deviceId: order.deviceId ?? null,
    challenge: order.challenge ?? null,
    issuedAt,
    expiresAt: new Date(issuedAt.getTime() + orderLifetimeSeconds * 1000),
    answeredAt: null,
  };
  await tables.orders.insert(issued);
  return { issued, action: order.action };
}

/** Outside of the transaction that stored it: the signer may need one of its own. */
export async function signOrder(ports: Ports, tenantId: TenantId, prepared: PreparedOrder): Promise<string> {
  const { orderId, workstationId, issuedAt, expiresAt } = prepared.issued;
  return ports.orderSigner.sign(tenantId, {
    orderId,
    workstationId,
    issuedAt,
    expiresAt,
    action: prepared.action,
  });
}

export interface VerifiedReceipt {
  readonly orderId: string;
  readonly workstationId: string;
  readonly result: OrderResult;
}

/** Signature, audience, age and shape of a receipt. Whether its order is ours is {@link orderOfReceipt}'s question. */
export async function verifyReceipt(
  ports: Ports,
  tenantId: TenantId,
  receipt: string,
): Promise<VerifiedReceipt> {
  return ports.receipts.verify(
    tenantId,
    receipt,
    (workstationId): Promise<PublicKeyJwk | null> =>
      ports.store.transaction(
        tenantId,
        async (tables) => (await tables.workstations.get(workstationId))?.publicKey ?? null,
      ),
  );
}

/** The stored order that a receipt answers: same workstation, same action. */
export async function orderOfReceipt(tables: Tables, receipt: VerifiedReceipt): Promise<IssuedOrder> {
  const order = await tables.orders.get(receipt.orderId);
  if (
    order === null ||
    order.workstationId !== receipt.workstationId ||
    order.action !== receipt.result.action
  ) {
    throw receiptRejected(
      order === null ? 'unknown order' : `order ${order.orderId} of ${order.workstationId}: ${order.action}`,
    );
  }
  return order;
}

export function receiptRejected(detail: string): DomainError {
  return new DomainError(
    'receipt-rejected',
    'The answer of the workstation service does not belong to this step. Nothing was changed. Try again from the list of keys.',
    { detail },
  );
}

/** @throws DomainError `workstation-not-found` */
export async function requireWorkstation(tables: Tables, workstationId: string): Promise<void> {
  if ((await tables.workstations.get(workstationId)) !== null) return;
  throw new DomainError(
    'workstation-not-found',
    'This workstation is not paired with this tenant, so it may not touch keys for it. Pair it under Workstations, then connect again.',
  );
}
