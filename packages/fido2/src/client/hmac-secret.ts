import { createHash } from 'node:crypto';
import { concatBytes, toBase64Url } from '../bytes/index.ts';
import { choosePinUvAuthProtocol } from '../ctap2/client-pin.ts';
import { DeviceError } from '../ctap2/device.ts';
import { requireBytes } from './client-data.ts';
import { ClientError } from './errors.ts';
import { clientPinOf } from './pin.ts';
import type { KeySession } from './session.ts';

export interface HmacSalts {
  readonly first: Uint8Array;
  readonly second: Uint8Array | null;
}

/** WebAuthn L3 §10.1.4 (prf): what a page gives is hashed with a context, so that it can't reach other uses' secrets. */
const prfSalt = (input: string): Uint8Array =>
  createHash('sha256')
    .update(new TextEncoder().encode('WebAuthn PRF'))
    .update(Uint8Array.of(0))
    .update(requireBytes(input, 'extensions.prf'))
    .digest();

export const saltsOfPrf = ({ first, second }: { first: string; second?: string | undefined }): HmacSalts => ({
  first: prfSalt(first),
  second: second === undefined ? null : prfSalt(second),
});

/** One exchange of the hmac-secret extension (CTAP 2.1 §12.5): its input, and how to read the key's output. */
export const hmacExchange = async (
  session: KeySession,
  { first, second }: HmacSalts,
): Promise<{
  readonly input: ReadonlyMap<number, unknown>;
  readonly read: (output: unknown) => { first: string; second?: string } | null;
}> => {
  const protocol = choosePinUvAuthProtocol(session.info);
  if (protocol === null) throw new ClientError('unsupported', 'the key has no hmac-secret', { field: 'prf' });
  const { secret, platformKey } = await clientPinOf(session).agreement();
  const saltEnc = protocol.encrypt(secret, concatBytes(first, second ?? new Uint8Array()), session.random);
  const input = new Map<number, unknown>([
    [0x01, platformKey],
    [0x02, saltEnc],
    [0x03, protocol.authenticate(secret, saltEnc)],
  ]);
  // Keys from before CTAP 2.1 know only protocol one and no such member.
  if (protocol.version !== 1) input.set(0x04, protocol.version);
  return {
    input,
    read: (output) => {
      if (!(output instanceof Uint8Array)) return null;
      const secrets = protocol.decrypt(secret, output);
      if (secrets?.length !== (second === null ? 32 : 64)) {
        throw new DeviceError('response-malformed', 'hmac-secret: the output has another length than asked');
      }
      return {
        first: toBase64Url(secrets.subarray(0, 32)),
        ...(second === null ? {} : { second: toBase64Url(secrets.subarray(32)) }),
      };
    },
  };
};
