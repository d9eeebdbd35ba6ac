import type { OpenIdKeys, TenantSecrets } from '@keywarden/domain';
import {
  type Database,
  type SigningKeyKind,
  type SigningKeyRecord,
  signingKeyTable,
} from '../storage/index.ts';
import { makeSigningKey, openSigningKey, type SigningKey } from './key-making.ts';
import { createRotation, inOrder, isPublished, keyMemory } from './key-rotation.ts';

/** What each kind has at least one of; the first is what it signs with unless asked otherwise. */
const algorithms: Readonly<Record<SigningKeyKind, readonly string[]>> = {
  order: ['ES256'],
  // OpenID Connect Core §15.1: every OpenID provider supports RS256.
  oidc: ['ES256', 'RS256'],
};
const tenantsRemembered = 1000;

export interface SigningKeys {
  /**
   * Those that are published: of each algorithm the one that signs first, in the order of the kind's algorithms; made where
   * there are none. The very same list as long as nothing changed.
   */
  of(tenantId: string, kind: SigningKeyKind): Promise<readonly SigningKey[]>;
  /** The next call reads them again. */
  forget(tenantId: string, kind: SigningKeyKind): void;
}

interface Remembered {
  readonly keys: Promise<readonly SigningKey[]>;
  readonly at: number;
}

export function createSigningKeys(options: {
  database: Database;
  secrets: TenantSecrets;
  now: () => Date;
}): SigningKeys {
  const { database, secrets, now } = options;
  /** Insertion order is age. */
  const remembered = new Map<string, Remembered>();

  async function read(tenantId: string, kind: SigningKeyKind): Promise<readonly SigningKeyRecord[]> {
    const wanted = algorithms[kind];
    const lacking = (records: readonly SigningKeyRecord[]) =>
      wanted.filter(
        (algorithm) =>
          !records.some((record) => record.algorithm === algorithm && isPublished(record, now())),
      );
    const records = await database.transaction(tenantId, (session) => signingKeyTable(session).list(kind));
    const missing = lacking(records);
    if (missing.length === 0) return records;
    // Made outside of the transaction, kept only where nobody was faster.
    const fresh = await Promise.all(
      missing.map((algorithm) =>
        makeSigningKey(secrets, tenantId, { kind, algorithm, createdAt: now(), signsFrom: null }),
      ),
    );
    return database.transaction(tenantId, async (session) => {
      const table = signingKeyTable(session);
      await table.lock(kind);
      const still = lacking(await table.list(kind));
      for (const record of fresh) if (still.includes(record.algorithm)) await table.insert(record);
      return table.list(kind);
    });
  }

  async function load(
    tenantId: string,
    kind: SigningKeyKind,
    before: Promise<readonly SigningKey[]> | undefined,
  ): Promise<readonly SigningKey[]> {
    const records = inOrder(await read(tenantId, kind), algorithms[kind], now());
    const known = (await before?.catch(() => [])) ?? [];
    const same = known.length === records.length && known.every((key, i) => key.keyId === records[i]?.keyId);
    if (same) return known;
    return Promise.all(records.map((record) => openSigningKey(secrets, tenantId, record)));
  }

  return {
    async of(tenantId, kind) {
      const name = `${tenantId} ${kind}`;
      const at = now().getTime();
      const known = remembered.get(name);
      // Another server may have rotated them.
      if (known !== undefined && at - known.at < keyMemory) return known.keys;
      const keys = load(tenantId, kind, known?.keys);
      remembered.delete(name);
      remembered.set(name, { keys, at });
      for (const oldest of remembered.keys()) {
        if (remembered.size <= tenantsRemembered) break;
        remembered.delete(oldest);
      }
      try {
        return await keys;
      } catch (error) {
        // A failure is not remembered.
        if (remembered.get(name)?.keys === keys) remembered.delete(name);
        throw error;
      }
    },
    forget(tenantId, kind) {
      remembered.delete(`${tenantId} ${kind}`);
    },
  };
}

/**
 * The keys of ID tokens for the OpenID provider.
 *
 * @param options.rotationInterval milliseconds for which a key signs; null: for ever, unless somebody rotates
 */
export function createOpenIdKeys(
  keys: SigningKeys,
  options: {
    readonly database: Database;
    readonly secrets: TenantSecrets;
    readonly now: () => Date;
    readonly rotationInterval?: number | null;
  },
): OpenIdKeys {
  const rotation = createRotation({
    ...options,
    kind: 'oidc',
    algorithms: algorithms.oidc,
    interval: options.rotationInterval ?? null,
  });
  return {
    async privateKeys(tenantId) {
      return (await keys.of(tenantId, 'oidc')).map((key) => ({ ...key.privateJwk }));
    },
    version: async (tenantId) => (await keys.of(tenantId, 'oidc')).map((key) => key.keyId).join(' '),
    async list(tenantId) {
      // Made where there are none yet.
      await keys.of(tenantId, 'oidc');
      return rotation.list(tenantId);
    },
    async rotate(tenantId, how) {
      if (how !== 'due') await keys.of(tenantId, 'oidc');
      const changed = await rotation.rotate(tenantId, how);
      if (changed) keys.forget(tenantId, 'oidc');
      return changed;
    },
  };
}
