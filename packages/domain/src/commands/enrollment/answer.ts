import type { Actor } from '../../audit.ts';
import type { Enrollment } from '../../enrollment.ts';
import type { IssuedOrder, OrderResult } from '../../order.ts';
import type { Ports } from '../../ports/index.ts';
import type { TenantId } from '../../tenant.ts';
import { orderOfReceipt, receiptRejected, verifyReceipt } from '../orders.ts';
import { runEnrollment, whereItStands } from './advance.ts';
import type { EnrollmentStep, SagaStep, Turn } from './saga.ts';

export interface ReceiptInput {
  readonly tenantId: TenantId;
  readonly enrollmentId: string;
  /** Compact JWS. */
  readonly receipt: string;
}

type ResultOf<A extends OrderResult['action']> = Extract<OrderResult, { action: A }>;

/**
 * A workstation's receipt for an order of this enrollment. It is acted upon once, and only if its order is the newest;
 * a repeat (its answer was lost) and a receipt that a newer order overtook are told where the enrollment stands. A
 * receipt for another enrollment or another kind of step is refused.
 */
export async function answerEnrollment<A extends OrderResult['action']>(
  ports: Ports,
  actor: Actor,
  input: ReceiptInput & {
    action: A;
    accept: (
      step: SagaStep,
      answer: { enrollment: Enrollment; order: IssuedOrder; result: ResultOf<A> },
    ) => Promise<Turn>;
  },
): Promise<EnrollmentStep> {
  const receipt = await verifyReceipt(ports, input.tenantId, input.receipt);
  const { result } = receipt;
  if (!isResultOf(result, input.action)) {
    throw receiptRejected(`a ${result.action} receipt where ${input.action} belongs`);
  }
  const saga = { ports, actor, tenantId: input.tenantId };
  return runEnrollment(saga, input.enrollmentId, async (step, enrollment) => {
    const order = await orderOfReceipt(step.tables, receipt);
    if (order.enrollmentId !== enrollment.enrollmentId) {
      throw receiptRejected(`order ${order.orderId} belongs to enrollment ${order.enrollmentId}`);
    }
    const newest = order.orderId === enrollment.orderId;
    if (!newest || !(await step.tables.orders.markAnswered(order.orderId, ports.clock.now()))) {
      return whereItStands(step, enrollment);
    }
    return input.accept(step, { enrollment, order, result });
  });
}

function isResultOf<A extends OrderResult['action']>(result: OrderResult, action: A): result is ResultOf<A> {
  return result.action === action;
}
