import { fitsMessage } from '../ctap2/command.ts';
import type { CredentialDescriptor } from '../ctap2/credential-shapes.ts';
import { type GetAssertionRequest, getAssertion, getAssertionParameters } from '../ctap2/get-assertion.ts';
import { isCtapError } from '../ctap2/status.ts';
import { type Authorization, proofOf } from './authorization.ts';
import { requireBytes } from './client-data.ts';
import type { KeySession } from './session.ts';
import type { CredentialDescriptorJson } from './webauthn-json.ts';

/** Those that this key could hold: other types and ids longer than its own are nobody's here. */
export const descriptorsOf = (
  session: KeySession,
  list: readonly CredentialDescriptorJson[] | undefined,
): readonly CredentialDescriptor[] => {
  const longest = session.info.maxCredentialIdLength ?? Number.POSITIVE_INFINITY;
  return (list ?? [])
    .filter(({ type }) => type === 'public-key')
    .map(({ id }) => ({ id: requireBytes(id, 'credential id') }))
    .filter(({ id }) => id.length > 0 && id.length <= longest);
};

/** A silent question signs something: these bytes, which are no client data's hash. */
const silentHash = new Uint8Array(32);
/** As long as the longest pinUvAuthParam, to measure requests with. */
const measuredProof = { protocol: 2, pinUvAuthParam: new Uint8Array(32) } as const;

const silentRequest = (rpId: string, allowList: readonly CredentialDescriptor[]): GetAssertionRequest => ({
  rpId,
  clientDataHash: silentHash,
  allowList,
  options: { up: false },
});

/** A key that doesn't say how many it takes gets them one by one. */
const fits = (session: KeySession, rpId: string, part: readonly CredentialDescriptor[]): boolean => {
  const { maxCredentialCountInList, maxMsgSize } = session.info;
  if (part.length > (maxCredentialCountInList ?? 1)) return false;
  const measured = getAssertionParameters({ ...silentRequest(rpId, part), proof: measuredProof });
  return fitsMessage('getAssertion', measured, maxMsgSize);
};

const partsOf = (
  session: KeySession,
  rpId: string,
  list: readonly CredentialDescriptor[],
): readonly (readonly CredentialDescriptor[])[] => {
  const parts: CredentialDescriptor[][] = [];
  let part: CredentialDescriptor[] = [];
  for (const descriptor of list) {
    if (part.length > 0 && !fits(session, rpId, [...part, descriptor])) {
      parts.push(part);
      part = [];
    }
    part.push(descriptor);
  }
  return part.length === 0 ? parts : [...parts, part];
};

/**
 * The first of the list that the key holds, found by silent assertions, part by part; null where it holds none.
 * Credentials that need user verification show themselves only with a token.
 */
export const findOnKey = async (
  session: KeySession,
  { rpId, list }: { readonly rpId: string; readonly list: readonly CredentialDescriptor[] },
  authorization: Authorization | null,
): Promise<CredentialDescriptor | null> => {
  const token = authorization?.kind === 'token' ? authorization : null;
  for (const part of partsOf(session, rpId, list)) {
    const request = { ...silentRequest(rpId, part), proof: proofOf(token, silentHash).proof };
    try {
      const { credentialId } = await getAssertion(session.device, request, session.options);
      return { id: credentialId };
    } catch (error) {
      if (!isCtapError(error, 'CTAP2_ERR_NO_CREDENTIALS', 'CTAP2_ERR_INVALID_CREDENTIAL')) throw error;
    }
  }
  return null;
};
