import { Buffer } from 'node:buffer';
import type { Check } from './check.ts';
import type { CeremonyExpectation, ExtensionOutputs } from './types.ts';

export interface ExtensionFacts {
  readonly expected: CeremonyExpectation;
  readonly extensions: ExtensionOutputs;
}

export function readExtensionOutputs(
  client: unknown,
  authenticator: ReadonlyMap<string, unknown> | null,
): ExtensionOutputs {
  return { client: isObject(client) ? client : {}, authenticator: authenticator ?? new Map() };
}

/** credProps.rk (WebAuthn L3 §10.1.3); null where the client didn't tell. */
export function discoverable({ client }: ExtensionOutputs): boolean | null {
  const credProps = client['credProps'];
  return isObject(credProps) && typeof credProps['rk'] === 'boolean' ? credProps['rk'] : null;
}

type Reader = (value: unknown) => boolean;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isBoolean: Reader = (value) => typeof value === 'boolean';
const isBase64Url: Reader = (value) => typeof value === 'string' && /^[\w-]*$/.test(value);
const optional =
  (reader: Reader): Reader =>
  (value) =>
    value === undefined || reader(value);
const object =
  (members: Readonly<Record<string, Reader>>): Reader =>
  (value) =>
    isObject(value) && Object.entries(members).every(([name, reader]) => reader(value[name]));

/** The 32 bytes of a PRF result, as JSON carries them. */
const isPrfValue: Reader = (value) =>
  typeof value === 'string' && isBase64Url(value) && Buffer.from(value, 'base64url').length === 32;

/** What the client says; its shapes where we know the extension. WebAuthn L3 §10, CTAP 2.2 §12. */
const clientOutputs: Readonly<Record<string, Reader>> = {
  appid: isBoolean,
  appidExclude: isBoolean,
  credProps: object({ rk: optional(isBoolean) }),
  hmacCreateSecret: isBoolean,
  largeBlob: object({
    supported: optional(isBoolean),
    written: optional(isBoolean),
    blob: optional(isBase64Url),
  }),
  prf: object({
    enabled: optional(isBoolean),
    results: optional(object({ first: isPrfValue, second: optional(isPrfValue) })),
  }),
};

const isSmallInteger =
  (least: number, most: number): Reader =>
  (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;

/** What the authenticator signed. */
const authenticatorOutputs: Readonly<Record<string, Reader>> = {
  credProtect: isSmallInteger(1, 3),
  minPinLength: isSmallInteger(4, 63),
  credBlob: (value) => isBoolean(value) || value instanceof Uint8Array,
  'hmac-secret': (value) => isBoolean(value) || (value instanceof Uint8Array && value.length <= 96),
};

const protectionLevels: Readonly<Record<string, number>> = {
  userVerificationOptional: 1,
  userVerificationOptionalWithCredentialIDList: 2,
  userVerificationRequired: 3,
};

/** Both ceremonies; the clause is that of the one that asks. */
export function extensionChecks(clause: string): readonly Check<ExtensionFacts>[] {
  return [
    {
      clause,
      rule: 'client extension outputs that are known have the shape of their definition',
      code: 'extension-malformed',
      holds: ({ extensions }) => areWellFormed(clientOutputs, Object.entries(extensions.client)),
    },
    {
      clause,
      rule: 'authenticator extension outputs that are known have the shape of their definition',
      code: 'extension-malformed',
      holds: ({ extensions }) => areWellFormed(authenticatorOutputs, extensions.authenticator),
    },
  ];
}

/** What isn't known is. */
function areWellFormed(
  readers: Readonly<Record<string, Reader>>,
  outputs: Iterable<readonly [string, unknown]>,
): boolean {
  for (const [name, value] of outputs) {
    if (Object.hasOwn(readers, name) && readers[name]?.(value) !== true) return false;
  }
  return true;
}

/** credProtect asked for with `enforceCredentialProtectionPolicy` was granted (CTAP 2.2 §12.1). */
export function isCredentialProtectionGranted({ expected, extensions }: ExtensionFacts): boolean {
  const asked = expected.extensions?.['credentialProtectionPolicy'];
  if (typeof asked !== 'string' || expected.extensions?.['enforceCredentialProtectionPolicy'] !== true)
    return true;
  const granted = extensions.authenticator.get('credProtect');
  const needed = protectionLevels[asked];
  return needed !== undefined && (needed === 1 || (typeof granted === 'number' && granted >= needed));
}

/** largeBlob `required` (WebAuthn L3 §10.1.5). The client's word alone: nothing of it is signed. */
export function isLargeBlobGranted({ expected, extensions }: ExtensionFacts): boolean {
  const asked = expected.extensions?.['largeBlob'];
  if (!isObject(asked) || asked['support'] !== 'required') return true;
  const granted = extensions.client['largeBlob'];
  return isObject(granted) && granted['supported'] === true;
}
