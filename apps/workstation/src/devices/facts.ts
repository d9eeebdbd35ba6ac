import type { KeyFacts } from '@keywarden/api';
import { pinRetries } from '@keywarden/fido2/client';
import { type AuthenticatorInfo, type CtapDevice, getInfo } from '@keywarden/fido2/ctap2';

/** What the key says of itself now; asks for no PIN and no touch. */
export async function readFacts(
  device: CtapDevice,
  options: { readonly signal: AbortSignal; readonly firmware: string | null },
): Promise<KeyFacts> {
  const info = await getInfo(device, { signal: options.signal });
  const retries =
    info.options['clientPin'] === true ? await pinRetries({ device, signal: options.signal }) : null;
  return factsOf(info, { firmware: options.firmware, pinRetries: retries?.retries ?? null });
}

/** The key is not trusted to keep to our wire's bounds: lists and words are cut to them. */
export function factsOf(
  info: AuthenticatorInfo,
  known: { readonly firmware: string | null; readonly pinRetries: number | null },
): KeyFacts {
  return {
    aaguid: info.aaguid,
    versions: words(info.versions, { count: 16, length: 32 }),
    extensions: words(info.extensions, { count: 32, length: 64 }),
    options: Object.fromEntries(
      Object.entries(info.options)
        .filter(([name]) => name.length <= 64)
        .slice(0, 64),
    ),
    transports: words(info.transports, { count: 16, length: 32 }),
    firmware: known.firmware ?? (info.firmwareVersion === null ? null : String(info.firmwareVersion)),
    minPINLength: info.minPINLength,
    forcePINChange: info.forcePINChange,
    remainingDiscoverableCredentials: info.remainingDiscoverableCredentials,
    algorithms: info.algorithms.filter(Number.isSafeInteger).slice(0, 32),
    clientPinSet: info.options['clientPin'] ?? null,
    pinRetries: known.pinRetries,
  };
}

function words(list: readonly string[], limits: { count: number; length: number }): string[] {
  return list.filter((word) => word.length <= limits.length).slice(0, limits.count);
}
