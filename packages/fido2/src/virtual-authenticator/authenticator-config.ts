import { concatBytes } from '../bytes/index.ts';
import { encode } from '../cbor/index.ts';
import { configSubCommand } from '../ctap2/authenticator-config.ts';
import { tokenPermission } from '../ctap2/client-pin.ts';
import { ctap2Command } from '../ctap2/command.ts';
import type { CborFields } from '../ctap2/fields.ts';
import { isProtected, type VirtualCommand, type VirtualKey } from './key.ts';
import { virtualLimits } from './profile.ts';
import { Refusal, refuseIf } from './refusal.ts';
import { readProof, requireToken } from './user-verification.ts';

/** CTAP 2.1 §6.11. */
export const authenticatorConfig: VirtualCommand = async (key, request) => {
  const subCommand = request.required(0x01, 'integer');
  const sub = request.optionalNested(0x02);
  if (isProtected(key) || key.state.alwaysUv) {
    const proof = readProof(key, request, [0x04, 0x03]);
    if (proof === null) throw new Refusal('CTAP2_ERR_PUAT_REQUIRED');
    const message = concatBytes(
      new Uint8Array(32).fill(0xff),
      Uint8Array.of(ctap2Command.authenticatorConfig, subCommand),
      sub === null ? new Uint8Array() : encode(sub.map),
    );
    requireToken(key, proof, { message, permission: tokenPermission.authenticatorConfiguration });
  }
  switch (subCommand) {
    case configSubCommand.enableEnterpriseAttestation:
      refuseIf(key.attestation === 'self' || key.attestation === 'none', 'CTAP1_ERR_INVALID_PARAMETER');
      key.state.enterpriseAttestation = true;
      break;
    case configSubCommand.toggleAlwaysUv:
      key.state.alwaysUv = !key.state.alwaysUv;
      break;
    case configSubCommand.setMinPINLength:
      setMinPinLength(key, sub);
      break;
    default:
      throw new Refusal('CTAP2_ERR_INVALID_SUBCOMMAND');
  }
  await key.save();
  return null;
};

/** CTAP 2.1 §6.11.4: everything is checked before anything is changed. */
const setMinPinLength = ({ state, session }: VirtualKey, sub: CborFields | null): void => {
  const minimum = sub?.optional(0x01, 'integer') ?? state.minPINLength;
  const rpIds = sub?.map.has(0x02) === true ? sub.list(0x02, 'text') : null;
  let forceChange = sub?.optional(0x03, 'boolean') ?? false;
  refuseIf(minimum < state.minPINLength || minimum > 63, 'CTAP2_ERR_PIN_POLICY_VIOLATION');
  refuseIf(forceChange && state.pinHash === null, 'CTAP2_ERR_PIN_NOT_SET');
  refuseIf((rpIds?.length ?? 0) > virtualLimits.maxRPIDsForSetMinPINLength, 'CTAP2_ERR_KEY_STORE_FULL');
  if (state.pinHash !== null && state.pinLength < minimum) forceChange = true;
  state.minPINLength = minimum;
  if (rpIds !== null) state.minPINLengthRpIds = [...rpIds];
  if (forceChange) {
    state.forcePINChange = true;
    session.tokens.resetAll();
  }
};
