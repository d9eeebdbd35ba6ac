import type { CborFields } from '../ctap2/fields.ts';
import { isUvConfigured, type VirtualKey } from './key.ts';
import type { Waiting } from './person.ts';
import { virtualLimits } from './profile.ts';
import { Refusal, refuseIf } from './refusal.ts';
import type { TokenInUse } from './tokens.ts';

export interface Proof {
  readonly param: Uint8Array;
  readonly protocol: number;
}

/** pinUvAuthParam and pinUvAuthProtocol of a request, checked as far as both commands do it alike. */
export const readProof = (
  key: VirtualKey,
  request: CborFields,
  [paramKey, protocolKey]: readonly [number, number],
): Proof | null => {
  const param = request.optional(paramKey, 'bytes');
  if (param === null) return null;
  const protocol = request.optional(protocolKey, 'integer');
  if (protocol === null) throw new Refusal('CTAP2_ERR_MISSING_PARAMETER');
  refuseIf(key.session.tokens.protocol(protocol) === null, 'CTAP1_ERR_INVALID_PARAMETER');
  return { param, protocol };
};

/** The token behind a proof, with that permission and for that RP. @throws Refusal CTAP2_ERR_PIN_AUTH_INVALID */
export const requireToken = (
  key: VirtualKey,
  proof: Proof,
  {
    message,
    permission,
    rpId,
  }: { readonly message: Uint8Array; readonly permission: number; readonly rpId?: string },
): TokenInUse => {
  const token = key.session.tokens.verify(proof.protocol, message, proof.param);
  if (token === null || (token.permissions & permission) === 0)
    throw new Refusal('CTAP2_ERR_PIN_AUTH_INVALID');
  if (rpId !== undefined) {
    refuseIf(token.rpId !== null && token.rpId !== rpId, 'CTAP2_ERR_PIN_AUTH_INVALID');
    token.rpId ??= token.unlimited ? null : rpId;
  }
  return token;
};

/** CTAP 2.1 §6.5.3.1 performBuiltInUv. @throws Refusal with what the caller answers when it fails */
export const performBuiltInUv = async (key: VirtualKey, waiting: Waiting): Promise<void> => {
  const { state, person } = key;
  refuseIf(!isUvConfigured(key), 'CTAP2_ERR_NOT_ALLOWED');
  refuseIf(state.uvRetries <= 0, state.pinHash === null ? 'CTAP2_ERR_UV_BLOCKED' : 'CTAP2_ERR_PUAT_REQUIRED');
  state.uvRetries -= 1;
  await key.save();
  if (await person.verify(waiting)) {
    state.uvRetries = virtualLimits.maxUvRetries;
    await key.save();
    return;
  }
  throw new Refusal(state.uvRetries <= 0 ? 'CTAP2_ERR_UV_BLOCKED' : 'CTAP2_ERR_UV_INVALID');
};
