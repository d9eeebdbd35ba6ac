import { equalBytes } from '@keywarden/fido2/bytes';
import { enrollmentCodeHash } from '../commands/enrollment-codes.ts';
import { isAwaited } from '../passkey-device.ts';
import type { Tables } from '../ports/index.ts';
import type { Decision, Scene } from './conversation.ts';
import { noEvidence } from './evidence.ts';
import { requiredUsername } from './parameters.ts';
import { type Proof, type ProofInHand, provenBy, type Tally } from './proof.ts';
import { AuthenticationRefusal, invalidGrant, invalidRequest } from './refusal.ts';
import { requireSameUsername } from './subject.ts';
import type { TransactionState } from './transaction.ts';
import type { EnrollAction, PasswordFactor } from './workflow.ts';

/**
 * The authType of the one-time code that an operator issues for a device that waits. No factor of a workflow has it: it
 * opens an enrollment and signs nobody in.
 */
export const enrollmentCodeAuthType = 'AT_ENROLLMENT_CODE';

/** Seconds for which a proven protection factor opens enrollment, within its transaction. */
export const protectionLifetime = 300;

/** What a proof of the code is settled as. */
const enrollmentCode: PasswordFactor = {
  type: 'LOGIN',
  factorId: 'factor.enrollment_code',
  code: enrollmentCodeAuthType,
  acr: '',
  retry: 3,
  stepUp: 'notRequired',
  enrollmentRequired: false,
  enrollActions: [],
  accessCriteriaId: '',
  // Every code counts its own tries.
  disableThreshold: null,
  disabledTimeReset: 0,
  validity: protectionLifetime,
};

/**
 * Whether the operator's word is enough. Where an authenticator type and a pending device are both demanded, the code stands
 * for neither of them: the authenticator must be proven, and the device be there.
 */
export function codeOpens({ protectionFactor }: Pick<EnrollAction, 'protectionFactor'>): boolean {
  if (protectionFactor === null || !protectionFactor.pendingDevice) return true;
  return protectionFactor.authType === null || protectionFactor.authType === enrollmentCodeAuthType;
}

/** Takes the code in: the try is counted on every code that it could be, before any is judged. */
export async function takeEnrollmentCode<T>(
  scene: Scene,
  tables: Tables,
  { proof, tally }: { readonly proof: Proof; readonly tally: Tally },
): Promise<Decision<T, ProofInHand>> {
  const { ports, tenantId } = scene.call;
  const { state } = scene.transaction;
  const { password } = proof;
  if (typeof password !== 'string') throw new AuthenticationRefusal(invalidRequest('Malformed password'));
  const username = requiredUsername(proof.username);
  requireSameUsername(state, username);
  const tries = tally.count(state);
  if (tries >= tally.limit) {
    throw new AuthenticationRefusal(invalidGrant('retries-exhausted', enrollmentCode.code));
  }
  const hashOf = await enrollmentCodeHash(ports, tenantId);
  const codes = await tables.enrollmentCodes.reserve(username, scene.now);
  const authenticators = await tables.authenticators.findByUsername(username);
  const judge = async () => {
    const matching = codes.filter(({ deviceId, codeHash }) =>
      equalBytes(codeHash, hashOf(deviceId, password)),
    );
    // Whoever has no code takes as long.
    if (codes.length === 0) hashOf('', password);
    const [code] = matching;
    if (authenticators === null || code === undefined) {
      return { failure: 'bad-credential' as const, detail: 'no such user, or no such code for her' };
    }
    const how = {
      usernameless: false,
      amr: [],
      use: async (fresh: TransactionState, within: Tables) => {
        if (!(await within.enrollmentCodes.consume(code.deviceId, code.codeHash))) return null;
        const { userId } = authenticators.user;
        const at = ports.clock.now().toISOString();
        const { deviceId } = code;
        const protection = { authType: enrollmentCode.code, userId, at, deviceId, ...noEvidence };
        return { ...fresh, protection };
      },
    };
    return provenBy(authenticators, how, { workflow: scene.workflow, factor: enrollmentCode });
  };
  return {
    kind: 'go-on',
    state: tally.counted(state, tries + 1),
    carry: { factor: enrollmentCode, judge, subject: new Uint8Array(), username },
  };
}

/** Of the devices that wait for her, the one that the proven code was issued for; null where it waits no more. */
export function deviceOfCode(
  { transaction, now }: Scene,
  pendingDevices: readonly (Parameters<typeof isAwaited>[0] & { readonly deviceId: string })[],
): string | null {
  const { protection } = transaction.state;
  if (protection === null || protection.authType !== enrollmentCodeAuthType) return null;
  if (now.getTime() - Date.parse(protection.at) > protectionLifetime * 1000) return null;
  const device = pendingDevices.find(({ deviceId }) => deviceId === protection.deviceId);
  return device !== undefined && isAwaited(device, now) ? device.deviceId : null;
}
