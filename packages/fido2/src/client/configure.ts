import {
  enableEnterpriseAttestation as enableEnterpriseAttestationOnKey,
  type MinPinLengthSetting,
  setMinPINLength,
  toggleAlwaysUv,
} from '../ctap2/authenticator-config.ts';
import { type PinUvAuthToken, tokenPermission } from '../ctap2/client-pin.ts';
import { type AuthenticatorInfo, getInfo } from '../ctap2/info.ts';
import { type KeyAccess, rememberPin } from './access.ts';
import { isProtected, withToken } from './authorization.ts';
import { describeKey } from './capabilities.ts';
import { ClientError } from './errors.ts';
import { ensurePin } from './pin.ts';
import { type KeySession, openSession } from './session.ts';
import { translating } from './translate.ts';

/** What a policy asks of a key. Null leaves the key's own. */
export interface KeyConfiguration {
  /** The key must have a PIN; one is set where it has none. */
  readonly pin: boolean;
  readonly minPINLength: number | null;
  /** RP IDs that may read the minimum length by the `minPinLength` extension. */
  readonly minPINLengthRpIds?: readonly string[] | undefined;
  readonly alwaysUv: boolean | null;
  readonly enterpriseAttestation?: boolean | undefined;
  readonly forcePINChange: boolean;
}

export type Setting = keyof KeyConfiguration;
export interface UnmetSetting {
  readonly field: Setting;
  readonly reason: string;
}

interface SettingRow {
  readonly field: Setting;
  readonly met: (info: AuthenticatorInfo, wanted: KeyConfiguration) => boolean;
  readonly reason: string;
}

const rows: readonly SettingRow[] = [
  {
    field: 'pin',
    met: (info, { pin }) => !pin || describeKey(info).pin,
    reason: 'the key can have no PIN',
  },
  {
    field: 'minPINLength',
    met: (info, { minPINLength }) =>
      minPINLength === null ||
      minPINLength <= info.minPINLength ||
      (describeKey(info).setMinPINLength && minPINLength <= info.maxPINLength),
    reason: 'the key cannot be told a longer minimum PIN length',
  },
  {
    field: 'minPINLengthRpIds',
    met: (info, { minPINLengthRpIds = [] }) =>
      minPINLengthRpIds.length === 0 ||
      (describeKey(info).setMinPINLength &&
        describeKey(info).minPinLengthExtension &&
        minPINLengthRpIds.length <= (info.maxRPIDsForSetMinPINLength ?? 0)),
    reason: 'the key cannot tell that many relying parties its minimum PIN length',
  },
  {
    field: 'alwaysUv',
    met: (info, { alwaysUv }) =>
      alwaysUv === null || alwaysUv === (info.options['alwaysUv'] ?? false) || describeKey(info).alwaysUv,
    reason: 'the key cannot switch user verification for every use',
  },
  {
    field: 'enterpriseAttestation',
    met: (info, { enterpriseAttestation = false }) =>
      !enterpriseAttestation ||
      info.options['ep'] === true ||
      (describeKey(info).enterpriseAttestation && describeKey(info).authenticatorConfig),
    reason: 'the key has no enterprise attestation',
  },
  {
    field: 'forcePINChange',
    met: (info, { forcePINChange }) =>
      !forcePINChange || info.forcePINChange || describeKey(info).setMinPINLength,
    reason: 'the key cannot demand a change of its PIN',
  },
];

/** What the key can't obey, known before it is touched. Empty: it can do all. */
export const unmetSettings = (info: AuthenticatorInfo, wanted: KeyConfiguration): readonly UnmetSetting[] =>
  rows.filter(({ met }) => !met(info, wanted)).map(({ field, reason }) => ({ field, reason }));

/** A key that nobody protected yet takes settings without a token (CTAP 2.1 §6.11). */
const withConfigToken = (
  session: KeySession,
  use: (token: PinUvAuthToken | null) => Promise<void>,
): Promise<void> =>
  isProtected(session)
    ? withToken(session, { permissions: tokenPermission.authenticatorConfiguration }, use)
    : use(null);

const requireMet = (session: KeySession, wanted: Partial<KeyConfiguration>): void => {
  const nothing: KeyConfiguration = { pin: false, minPINLength: null, alwaysUv: null, forcePINChange: false };
  const unmet = unmetSettings(session.info, { ...nothing, ...wanted })[0];
  if (unmet !== undefined) throw new ClientError('unsupported', unmet.reason, { field: unmet.field });
};

type Written = 'written' | 'already-so';

const writeMinPinLength = async (session: KeySession, setting: MinPinLengthSetting): Promise<Written> => {
  await withConfigToken(session, (token) =>
    setMinPINLength(session.device, { ...setting, token }, session.options),
  );
  return 'written';
};

/** Never lowers: a key whose minimum is already as long is left alone. @throws ClientError, DeviceError */
export const setMinPinLength = (
  access: KeyAccess,
  wanted: { readonly length: number; readonly rpIds?: readonly string[] | undefined },
): Promise<Written> =>
  translating(async () => {
    const session = await openSession(access);
    const { length, rpIds = [] } = wanted;
    requireMet(session, { minPINLength: length, minPINLengthRpIds: rpIds });
    const longer = length > session.info.minPINLength;
    if (!longer && rpIds.length === 0) return 'already-so';
    return writeMinPinLength(session, {
      newMinPINLength: longer ? length : undefined,
      minPinLengthRPIDs: rpIds.length === 0 ? undefined : rpIds,
    });
  });

/** The key only knows a toggle: its state is read first. @throws ClientError, DeviceError */
export const setAlwaysUv = (access: KeyAccess, wanted: boolean): Promise<Written> =>
  translating(async () => {
    const session = await openSession(access);
    requireMet(session, { alwaysUv: wanted });
    if ((session.info.options['alwaysUv'] ?? false) === wanted) return 'already-so';
    await withConfigToken(session, (token) => toggleAlwaysUv(session.device, token, session.options));
    return 'written';
  });

/** @throws ClientError, DeviceError */
export const enableEnterpriseAttestation = (access: KeyAccess): Promise<Written> =>
  translating(async () => {
    const session = await openSession(access);
    requireMet(session, { enterpriseAttestation: true });
    if (session.info.options['ep'] === true) return 'already-so';
    await withConfigToken(session, (token) =>
      enableEnterpriseAttestationOnKey(session.device, token, session.options),
    );
    return 'written';
  });

/** To be done last: a key that demands a PIN change gives no token any more. @throws ClientError, DeviceError */
export const forcePinChange = (access: KeyAccess): Promise<Written> =>
  translating(async () => {
    const session = await openSession(access);
    requireMet(session, { forcePINChange: true });
    if (session.info.forcePINChange) return 'already-so';
    return writeMinPinLength(session, { forceChangePin: true });
  });

export const configurationSteps = ['check-capabilities', 'set-pin', 'write-policy', 'read-back'] as const;
export type ConfigurationStep = (typeof configurationSteps)[number];

export interface ConfigureKeyInput extends KeyAccess {
  /** `forcePINChange` is checked here but written by `forcePinChange`, after the last use of the key. */
  readonly configuration: KeyConfiguration;
  readonly onStep?: ((step: ConfigurationStep, status: 'started' | 'done' | 'skipped') => void) | undefined;
}

/**
 * All settings in the order that works, then read back and compared. Repeating it changes nothing more.
 * @throws ClientError `unsupported` before the key is touched, `read-back-differs` after, both name the field
 */
export const configureKey = (input: ConfigureKeyInput): Promise<AuthenticatorInfo> =>
  translating(async () => {
    const { configuration, onStep = () => {} } = input;
    const remembered = rememberPin(input.pin);
    const access: KeyAccess = { ...input, pin: remembered.pin };
    const step = async (name: ConfigurationStep, work: () => Promise<'done' | 'skipped'>): Promise<void> => {
      onStep(name, 'started');
      onStep(name, await work());
    };
    try {
      await step('check-capabilities', async () => {
        requireMet(await openSession(access), configuration);
        return 'done';
      });
      await step('set-pin', async () => {
        if (!configuration.pin) return 'skipped';
        return (await ensurePin(access)) === 'set' ? 'done' : 'skipped';
      });
      await step('write-policy', () => writeSettings(access, configuration));
      let readBack = await getInfo(access.device, { signal: access.signal });
      await step('read-back', async () => {
        readBack = await getInfo(access.device, { signal: access.signal });
        requireKept(readBack, configuration);
        return 'done';
      });
      return readBack;
    } finally {
      remembered.forget();
    }
  });

/** alwaysUv last: switched on, some keys want a token for every read of theirs as well. */
const writeSettings = async (access: KeyAccess, wanted: KeyConfiguration): Promise<'done' | 'skipped'> => {
  const outcomes: Written[] = [];
  const { minPINLength, minPINLengthRpIds, alwaysUv } = wanted;
  if (minPINLength !== null || (minPINLengthRpIds ?? []).length > 0) {
    const { info } = await openSession(access);
    const length = minPINLength ?? info.minPINLength;
    outcomes.push(await setMinPinLength(access, { length, rpIds: minPINLengthRpIds }));
  }
  if (wanted.enterpriseAttestation === true) outcomes.push(await enableEnterpriseAttestation(access));
  if (alwaysUv !== null) outcomes.push(await setAlwaysUv(access, alwaysUv));
  return outcomes.includes('written') ? 'done' : 'skipped';
};

const requireKept = (info: AuthenticatorInfo, wanted: KeyConfiguration): void => {
  const differs = (field: Setting): ClientError =>
    new ClientError('read-back-differs', 'the key did not keep a setting', { field });
  if (wanted.pin && info.options['clientPin'] !== true) throw differs('pin');
  if (wanted.minPINLength !== null && info.minPINLength < wanted.minPINLength) throw differs('minPINLength');
  if (wanted.alwaysUv !== null && (info.options['alwaysUv'] ?? false) !== wanted.alwaysUv)
    throw differs('alwaysUv');
  if (wanted.enterpriseAttestation === true && info.options['ep'] !== true)
    throw differs('enterpriseAttestation');
};
