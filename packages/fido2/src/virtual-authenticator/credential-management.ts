import { concatBytes, equalBytes } from '../bytes/index.ts';
import { encode } from '../cbor/index.ts';
import { tokenPermission } from '../ctap2/client-pin.ts';
import { credentialManagementSubCommand as subCommands } from '../ctap2/credential-management.ts';
import type { CborFields, CborMap } from '../ctap2/fields.ts';
import { CredentialKey } from './credential-key.ts';
import { rpIdHash } from './credentials.ts';
import type { VirtualCommand, VirtualKey } from './key.ts';
import { virtualLimits } from './profile.ts';
import { Refusal, refuseIf } from './refusal.ts';
import type { StoredVirtualCredential } from './state.ts';
import type { TokenInUse } from './tokens.ts';
import { readProof, requireToken } from './user-verification.ts';

/** CTAP 2.1 §6.8; the preview of CTAP 2.0's time has the same members. */
export const credentialManagement: VirtualCommand = async (key, request) => {
  const subCommand = request.required(0x01, 'integer');
  const { session } = key;
  if (
    subCommand === subCommands.enumerateRPsGetNextRP ||
    subCommand === subCommands.enumerateCredentialsGetNextCredential
  ) {
    const next = session.enumeration?.shift();
    if (next === undefined) throw new Refusal('CTAP2_ERR_NOT_ALLOWED');
    return next;
  }
  session.enumeration = null;
  const sub = request.optionalNested(0x02);
  const proof = readProof(key, request, [0x04, 0x03]);
  if (proof === null) throw new Refusal('CTAP2_ERR_PUAT_REQUIRED');
  const message = concatBytes(Uint8Array.of(subCommand), sub === null ? new Uint8Array() : encode(sub.map));
  const token = requireToken(key, proof, { message, permission: tokenPermission.credentialManagement });
  switch (subCommand) {
    case subCommands.getCredsMetadata:
      refuseIf(token.rpId !== null, 'CTAP2_ERR_PIN_AUTH_INVALID');
      return metadata(key);
    case subCommands.enumerateRPsBegin:
      refuseIf(token.rpId !== null, 'CTAP2_ERR_PIN_AUTH_INVALID');
      return beginEnumeration(key, relyingParties(key), 0x05);
    case subCommands.enumerateCredentialsBegin:
      return beginEnumeration(key, credentialsOf(key, token, required(sub).required(0x01, 'bytes')), 0x09);
    case subCommands.deleteCredential:
      await deleteCredential(key, find(key, token, required(sub)));
      return null;
    case subCommands.updateUserInformation:
      await updateUser(key, find(key, token, required(sub)), required(sub).nested(0x03));
      return null;
    default:
      throw new Refusal('CTAP2_ERR_INVALID_SUBCOMMAND');
  }
};

const required = (sub: CborFields | null): CborFields => {
  if (sub === null) throw new Refusal('CTAP2_ERR_MISSING_PARAMETER');
  return sub;
};

const metadata = ({ state }: VirtualKey): CborMap =>
  new Map<number, unknown>([
    [0x01, state.credentials.length],
    [0x02, virtualLimits.discoverableCredentials - state.credentials.length],
  ]);

const relyingParties = ({ state }: VirtualKey): Map<number, unknown>[] =>
  [...new Set(state.credentials.map(({ rpId }) => rpId))].map(
    (rpId) =>
      new Map<number, unknown>([
        [0x03, { id: rpId }],
        [0x04, rpIdHash(rpId)],
      ]),
  );

const credentialsOf = (key: VirtualKey, token: TokenInUse, hash: Uint8Array): Map<number, unknown>[] => {
  refuseIf(token.rpId !== null && !equalBytes(rpIdHash(token.rpId), hash), 'CTAP2_ERR_PIN_AUTH_INVALID');
  return key.state.credentials
    .filter(({ rpId }) => equalBytes(rpIdHash(rpId), hash))
    .reverse()
    .map((credential) => {
      const { id, name, displayName } = credential.user;
      const described = new Map<number, unknown>([
        [0x06, { id, name: name ?? undefined, displayName: displayName ?? undefined }],
        [0x07, { id: credential.credentialId, type: 'public-key' }],
        [0x08, new CredentialKey(credential.algorithm, credential.privateKey).coseKey],
        [0x0a, credential.credProtect],
      ]);
      if (credential.largeBlobKey !== null) described.set(0x0b, credential.largeBlobKey);
      return described;
    });
};

const beginEnumeration = (key: VirtualKey, all: Map<number, unknown>[], totalMember: number): CborMap => {
  const first = all.shift();
  if (first === undefined) throw new Refusal('CTAP2_ERR_NO_CREDENTIALS');
  key.session.enumeration = all;
  return first.set(totalMember, all.length + 1);
};

const find = ({ state }: VirtualKey, token: TokenInUse, sub: CborFields): StoredVirtualCredential => {
  const credentialId = sub.nested(0x02).required('id', 'bytes');
  const found = state.credentials.find((candidate) => equalBytes(candidate.credentialId, credentialId));
  if (found === undefined) throw new Refusal('CTAP2_ERR_NO_CREDENTIALS');
  refuseIf(token.rpId !== null && token.rpId !== found.rpId, 'CTAP2_ERR_PIN_AUTH_INVALID');
  return found;
};

const deleteCredential = async (key: VirtualKey, credential: StoredVirtualCredential): Promise<void> => {
  key.state.credentials = key.state.credentials.filter((other) => other !== credential);
  await key.save();
};

const updateUser = async (
  key: VirtualKey,
  credential: StoredVirtualCredential,
  user: CborFields,
): Promise<void> => {
  refuseIf(key.rules.credentialManagement === 'preview', 'CTAP2_ERR_INVALID_SUBCOMMAND');
  // CTAP 2.1 §6.8.6: the id names the user, it can't be changed; what is left out is removed.
  refuseIf(!equalBytes(user.required('id', 'bytes'), credential.user.id), 'CTAP1_ERR_INVALID_PARAMETER');
  const changed = {
    ...credential,
    user: {
      id: credential.user.id,
      name: user.optional('name', 'text'),
      displayName: user.optional('displayName', 'text'),
    },
  };
  key.state.credentials = key.state.credentials.map((other) => (other === credential ? changed : other));
  await key.save();
};
