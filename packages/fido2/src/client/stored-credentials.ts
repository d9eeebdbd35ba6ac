import { createHash } from 'node:crypto';
import { equalBytes } from '../bytes/index.ts';
import { tokenPermission } from '../ctap2/client-pin.ts';
import { CredentialManagement, type CredentialsMetadata } from '../ctap2/credential-management.ts';
import type { UserEntity } from '../ctap2/credential-shapes.ts';
import { reset } from '../ctap2/presence.ts';
import { isCtapError } from '../ctap2/status.ts';
import type { KeyAccess } from './access.ts';
import { isProtected, withToken } from './authorization.ts';
import { describeKey } from './capabilities.ts';
import { ClientError } from './errors.ts';
import { type KeySession, openSession, telling } from './session.ts';
import { translating } from './translate.ts';

export interface KeptCredential {
  /** Null where the key cut it and it could not be told by its hash. */
  readonly rpId: string | null;
  readonly rpIdHash: Uint8Array;
  readonly credentialId: Uint8Array;
  readonly userHandle: Uint8Array;
  readonly userName: string | null;
  readonly userDisplayName: string | null;
  readonly credProtect: number | null;
}

const hashOf = (rpId: string): Uint8Array => new Uint8Array(createHash('sha256').update(rpId).digest());

const manage = <T>(
  session: KeySession,
  use: (management: CredentialManagement) => Promise<T>,
): Promise<T> => {
  if (!describeKey(session.info).credentialManagement) {
    throw new ClientError('unsupported', 'the key cannot manage its credentials', {
      field: 'credentialManagement',
    });
  }
  const preview = session.info.options['credMgmt'] !== true;
  return withToken(session, { permissions: tokenPermission.credentialManagement }, (token) =>
    use(new CredentialManagement({ ...session.options, device: session.device, token, preview })),
  );
};

const credentialsOf = async (
  management: CredentialManagement,
  { rpId, rpIdHash }: { readonly rpId: string | null; readonly rpIdHash: Uint8Array },
): Promise<readonly KeptCredential[]> =>
  (await management.credentials(rpIdHash)).map(({ credentialId, user, credProtect }) => ({
    rpId,
    rpIdHash,
    credentialId,
    userHandle: user.id,
    userName: user.name ?? null,
    userDisplayName: user.displayName ?? null,
    credProtect,
  }));

/** The discoverable credentials on the key, or those of one RP ID. @throws ClientError, DeviceError */
export const listCredentials = (access: KeyAccess, rpId?: string): Promise<readonly KeptCredential[]> =>
  translating(async () => {
    const session = await openSession(access);
    // Where nobody can be verified, keys give no token; but then they keep nothing that a token would show.
    if (!isProtected(session))
      throw new ClientError('pin-not-set', 'the key shows its credentials only by PIN');
    return manage(session, async (management) => {
      if (rpId !== undefined) return credentialsOf(management, { rpId, rpIdHash: hashOf(rpId) });
      const all: KeptCredential[] = [];
      for (const party of await management.relyingParties()) {
        // A cut RP ID is not that RP's name.
        const whole = party.id !== null && equalBytes(hashOf(party.id), party.rpIdHash) ? party.id : null;
        all.push(...(await credentialsOf(management, { rpId: whole, rpIdHash: party.rpIdHash })));
      }
      return all;
    });
  });

/** How many credentials are on the key and how many more it takes. @throws ClientError, DeviceError */
export const credentialsMetadata = (access: KeyAccess): Promise<CredentialsMetadata> =>
  translating(async () => manage(await openSession(access), (management) => management.metadata()));

export interface RemoveCredentialsInput extends KeyAccess {
  readonly rpId: string;
  /** At least one of the two; where both are given both must match. */
  readonly credentialId: Uint8Array | null;
  readonly userHandle: Uint8Array | null;
}

/** How many were on the key and are gone now: 0 is no error. @throws ClientError, DeviceError */
export const removeCredentials = (input: RemoveCredentialsInput): Promise<number> =>
  translating(async () => {
    const { rpId, credentialId, userHandle } = input;
    if (credentialId === null && userHandle === null) {
      throw new ClientError('options-invalid', 'neither a credential nor a user was named');
    }
    const matches = (candidate: KeptCredential): boolean =>
      (credentialId === null || equalBytes(candidate.credentialId, credentialId)) &&
      (userHandle === null || equalBytes(candidate.userHandle, userHandle));
    const session = await openSession(input);
    let removed = 0;
    await manage(session, async (management) => {
      for (const found of await credentialsOf(management, { rpId, rpIdHash: hashOf(rpId) })) {
        if (!matches(found)) continue;
        await management.deleteCredential(found.credentialId);
        removed += 1;
      }
    });
    return removed;
  });

/** Changes the names kept with a credential. @throws ClientError, DeviceError */
export const updateCredentialUser = (
  access: KeyAccess,
  change: { readonly credentialId: Uint8Array; readonly user: UserEntity },
): Promise<void> =>
  translating(async () => {
    const session = await openSession(access);
    if (!describeKey(session.info).updateUserInformation) {
      throw new ClientError('unsupported', 'the key cannot change names it keeps', {
        field: 'updateUserInformation',
      });
    }
    await manage(session, (management) => management.updateUserInformation(change.credentialId, change.user));
  });

/** Erases the key. Many keys take it only within 10 s of being plugged in. @throws ClientError `reset-window-passed` */
export const resetKey = (access: Pick<KeyAccess, 'device' | 'signal' | 'onTouch'>): Promise<void> =>
  translating(async () => {
    const { device, signal, onTouch } = access;
    try {
      await telling(onTouch, { signal }, (options) => reset(device, options));
    } catch (error) {
      if (!isCtapError(error, 'CTAP2_ERR_NOT_ALLOWED')) throw error;
      throw new ClientError(
        'reset-window-passed',
        'the key takes a reset only right after it was plugged in',
        {
          cause: error,
          status: error.status,
        },
      );
    }
  });
