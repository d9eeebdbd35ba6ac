import {
  type CreationOptions,
  type Credential,
  type CredentialStatus,
  changePasskey,
  type DirectoryUser,
  DomainError,
  deviceOf,
  type IdentityProvider,
  lockPasskey,
  notifyUser,
  type Ports,
  type RemoteCredential,
  systemActor,
  type Tables,
  type TenantId,
  type User,
  userHandleFor,
  usualDeviceType,
} from '@keywarden/domain';
import { toBase64Url } from '@keywarden/fido2/bytes';

/** The authentication policy (authType) that keys of the lifecycle manager are enrolled for. */
const authType = 'AT_FIDO';
/** COSE: ES256, ES384, ES512, EdDSA, RS256, in the order that we prefer. */
const algorithms = [-7, -35, -36, -8, -257];
/** Those a person can still sign in with, now or after somebody lifts a suspension. */
const living: readonly CredentialStatus[] = ['PENDING', 'ACTIVE', 'SUSPENDED'];

export interface BuiltInOptions {
  readonly tenantId: TenantId;
  readonly ports: Pick<Ports, 'store' | 'clock' | 'random' | 'secrets' | 'mail'>;
  readonly rpId: string;
  readonly origin: string;
}

/**
 * The tenant's own authentication service as an identity provider: the users and credentials tables of the same tenant.
 * A provider's id of a credential is the credential id itself.
 */
export function builtInIdentityProvider(options: BuiltInOptions): IdentityProvider {
  const { tenantId, ports, rpId, origin } = options;
  const { store, clock, random } = ports;
  const handleOf = async (tables: Tables, userId: string) =>
    tables.users.userHandle(userId, rpId, await userHandleFor(ports, tenantId, { userId, rpId }));

  return {
    async findUsers(username) {
      const user = await store.transaction(tenantId, (tables) => tables.users.findByUsername(username));
      return user === null ? [] : [directoryUser(user)];
    },

    async getUser(reference) {
      const user = await store.transaction(tenantId, (tables) => tables.users.get(reference));
      return user === null ? null : directoryUser(user);
    },

    async begin(user, { timeToLiveSeconds }) {
      const creation = await store.transaction(tenantId, async (tables): Promise<CreationOptions> => {
        const tenant = await tables.tenants.get();
        const userHandle = await handleOf(tables, user.reference);
        const known = await tables.credentials.listByUser(user.reference, { rpId, status: living });
        return {
          rp: { id: rpId, name: tenant?.name ?? rpId },
          user: { id: userHandle, name: user.username, displayName: user.displayName },
          challenge: toBase64Url(random.bytes(32)),
          pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
          timeout: timeToLiveSeconds * 1000,
          excludeCredentials: known.map((credential) => ({
            type: 'public-key',
            id: credential.credentialId,
            transports: credential.transports,
          })),
          authenticatorSelection: {
            residentKey: 'required',
            userVerification: 'required',
            authenticatorAttachment: 'cross-platform',
          },
          attestation: 'none',
        };
      });
      return {
        options: creation,
        origin,
        expiresAt: new Date(clock.now().getTime() + timeToLiveSeconds * 1000),
        handle: `${user.reference}.${random.uuid()}`,
      };
    },

    async complete({ handle, user, verified, label, deviceId }) {
      // What was begun for one person is not finished for another.
      if (!handle.startsWith(`${user.reference}.`)) {
        throw new DomainError('identity-provider-refused', 'This registration was begun for somebody else.');
      }
      const at = clock.now();
      return store.transaction(tenantId, async (tables) => {
        const person = await tables.users.get(user.reference);
        if (person === null || person.status !== 'active') {
          throw new DomainError(
            person === null ? 'user-not-found' : 'user-disabled',
            `${user.displayName} can't be given a key: the account is ${person === null ? 'gone' : 'disabled'}.`,
          );
        }
        const credential: Credential = {
          credentialId: verified.credentialId,
          userId: person.userId,
          rpId,
          userHandle: await handleOf(tables, person.userId),
          publicKey: verified.publicKey,
          algorithm: verified.algorithm,
          signCount: verified.signCount,
          aaguid: verified.aaguid,
          attestationFormat: verified.attestationFormat,
          attestationTrusted: verified.attestationTrusted,
          transports: verified.transports,
          backupEligible: verified.backupEligible,
          backedUp: verified.backedUp,
          userVerified: verified.userVerified,
          // `residentKey: required` is an order to the key (CTAP `rk`): it obeys or makes nothing.
          discoverable: true,
          deviceId,
          friendlyName: label,
          authType,
          status: 'ACTIVE',
          validFrom: null,
          validUntil: null,
          failures: 0,
          createdAt: at,
          lastUsedAt: null,
        };
        // The key is in the operator's hand: what waits for the user at home goes on waiting.
        const registered = await tables.passkeyDevices.register({
          credential,
          device: deviceOf(credential, { deviceId: random.uuid(), deviceType: usualDeviceType }),
          pending: null,
        });
        if (!registered) {
          await requireSame(await tables.credentials.get(verified.credentialId), credential);
        } else {
          await notifyUser(
            { ports, tables, actor: systemActor },
            {
              user: person,
              kind: 'authenticator.added',
              authenticator: { type: 'passkey', name: label },
            },
          );
        }
        return { remoteId: verified.credentialId };
      });
    },

    /** Nothing is kept of what was only begun: the challenge lives with whoever asked for it. */
    async abandon() {},

    async listCredentials(reference) {
      const credentials = await store.transaction(tenantId, (tables) =>
        tables.credentials.listByUser(reference, { rpId, status: living }),
      );
      return credentials.map(
        (credential): RemoteCredential => ({
          remoteId: credential.credentialId,
          credentialId: credential.credentialId,
          label: credential.friendlyName,
        }),
      );
    },

    async removeCredential(reference, remoteId) {
      await store.transaction(tenantId, async (tables) => {
        const credential = await tables.credentials.get(remoteId);
        if (credential === null || !living.includes(credential.status)) return;
        if (credential.userId !== reference) {
          throw new DomainError('identity-provider-refused', 'This credential belongs to somebody else.', {
            detail: `credential ${remoteId} is ${credential.userId}'s, not ${reference}'s`,
          });
        }
        const device = await tables.passkeyDevices.findByCredential(remoteId);
        if (device === null) throw new Error(`credential ${remoteId} has no device`);
        // Whoever found the key may have signed in with it: what it opened ends with it.
        const step = { ports, tables, actor: systemActor };
        await changePasskey(step, await lockPasskey(tables, device.deviceId), {
          event: 'revoked',
          keyIsRevokedToo: true,
        });
      });
    },
  };
}

/** The answer to the first call was lost: the same credential of the same person is the same registration. */
async function requireSame(known: Credential | null, wanted: Credential): Promise<void> {
  const same =
    known !== null &&
    known.userId === wanted.userId &&
    known.status === 'ACTIVE' &&
    toBase64Url(known.publicKey) === toBase64Url(wanted.publicKey);
  if (same) return;
  throw new DomainError(
    'credential-known',
    'This credential is registered already, for somebody else or for an earlier time. The key is not assigned.',
  );
}

function directoryUser(user: User): DirectoryUser {
  return {
    reference: user.userId,
    username: user.username,
    displayName: user.displayName,
    email: user.email,
    enabled: user.status === 'active',
  };
}
