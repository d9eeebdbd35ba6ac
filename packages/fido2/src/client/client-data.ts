import { createHash } from 'node:crypto';
import { FormatError, fromBase64Url } from '../bytes/index.ts';
import { ClientError } from './errors.ts';

export interface ClientData {
  readonly json: Uint8Array;
  readonly hash: Uint8Array;
}

/** WebAuthn L3 §5.8.1.1: the serialisation that limited verifiers compare byte for byte. */
export const clientData = (
  type: 'webauthn.create' | 'webauthn.get',
  { challenge, origin }: { readonly challenge: string; readonly origin: string },
): ClientData => {
  requireBytes(challenge, 'challenge');
  const json = new TextEncoder().encode(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  return { json, hash: clientDataHash(json) };
};

export const clientDataHash = (json: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha256').update(json).digest());

export const sha256OfText = (text: string): Uint8Array => clientDataHash(new TextEncoder().encode(text));

/** @throws ClientError `options-invalid` */
export const requireBytes = (text: string, field: string): Uint8Array => {
  try {
    return fromBase64Url(text);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new ClientError('options-invalid', `${field} is not base64url`, { cause, field });
  }
};

/** Given, or the origin's host (WebAuthn L3 §5.1.3 step 8). */
export const effectiveRpId = (rpId: string | undefined, origin: string): string => {
  if (rpId !== undefined && rpId !== '') return rpId;
  if (!URL.canParse(origin) || new URL(origin).hostname === '') {
    throw new ClientError('options-invalid', 'no RP ID, and none can be taken from the origin', {
      field: 'rp.id',
    });
  }
  return new URL(origin).hostname;
};

export const requirementOf = <T extends string>(
  value: string | undefined,
  known: readonly T[],
  otherwise: T,
): T => known.find((one) => one === value) ?? otherwise;

export const verificationRequirements = ['required', 'preferred', 'discouraged'] as const;
