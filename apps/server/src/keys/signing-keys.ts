import type { OpenIdKeys, TenantSecrets } from '@keywarden/domain';
import {
  type Database,
  type SigningKeyKind,
  type SigningKeyRecord,
  signingKeyTable,
} from '../storage/index.ts';
import { makeSigningKey, openSigningKey, type SigningKey } from './key-making.ts';
import { createRotation, inOrder, isPublished, keyMemory } from './key-rotation.ts';

/** What each kind has, in the end; the first is what it signs with unless asked otherwise. */
const algorithms: Readonly<Record<SigningKeyKind, readonly string[]>> = {
  order: ['ES256'],
  // OpenID Connect Core §15.1: every OpenID provider supports RS256.
  oidc: ['ES256', 'RS256'],
};
/** What each kind has from its first use on. An RSA key takes a processor a quarter of a second. */
const firstAlgorithms: Readonly<Record<SigningKeyKind, readonly string[]>> = {
  order: ['ES256'],
  oidc: ['ES256'],
};
const tenantsRemembered = 1000;
/** Milliseconds for which keys are remembered that are not all there yet: another server may have made the others. */
const incompleteMemory = 5_000;

export interface SigningKeys {
  /**
   * Those that are published: of each algorithm the one that signs first, in the order of the kind's algorithms; made where
   * there are none. The very same list as long as nothing changed. At least of the first algorithm; of all of them once
   * somebody completed them.
   */
  of(tenantId: string, kind: SigningKeyKind): Promise<readonly SigningKey[]>;
  /**
   * Makes those of algorithms that are lacking.
   *
   * @param exists asked where something is lacking: for a tenant that is not there nothing is made
   */
  complete(tenantId: string, kind: SigningKeyKind, exists: () => Promise<boolean>): Promise<void>;
  /** The next call reads them again. */
  forget(tenantId: string, kind: SigningKeyKind): void;
}

interface Remembered {
  readonly keys: Promise<readonly SigningKey[]>;
  readonly at: number;
  /** Milliseconds. */
  lifetime: number;
}

export function createSigningKeys(options: {
  database: Database;
  secrets: TenantSecrets;
  now: () => Date;
}): SigningKeys {
  const { database, secrets, now } = options;
  /** Insertion order is age. */
  const remembered = new Map<string, Remembered>();

  const makeInTurn = oneAtATime();

  async function read(
    tenantId: string,
    kind: SigningKeyKind,
    wanted: readonly string[],
  ): Promise<readonly SigningKeyRecord[]> {
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
        makeInTurn(() =>
          makeSigningKey(secrets, tenantId, { kind, algorithm, createdAt: now(), signsFrom: null }),
        ),
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
    options: {
      readonly wanted: readonly string[];
      readonly before: Promise<readonly SigningKey[]> | undefined;
    },
  ): Promise<readonly SigningKey[]> {
    const records = inOrder(await read(tenantId, kind, options.wanted), algorithms[kind], now());
    const known = (await options.before?.catch(() => [])) ?? [];
    const same = known.length === records.length && known.every((key, i) => key.keyId === records[i]?.keyId);
    if (same) return known;
    return Promise.all(records.map((record) => openSigningKey(secrets, tenantId, record)));
  }

  /** Reads them anew, once for all who ask meanwhile. */
  async function reload(
    tenantId: string,
    kind: SigningKeyKind,
    wanted: readonly string[],
  ): Promise<readonly SigningKey[]> {
    const name = `${tenantId} ${kind}`;
    const keys = load(tenantId, kind, { wanted, before: remembered.get(name)?.keys });
    const entry: Remembered = { keys, at: now().getTime(), lifetime: keyMemory };
    remembered.delete(name);
    remembered.set(name, entry);
    for (const oldest of remembered.keys()) {
      if (remembered.size <= tenantsRemembered) break;
      remembered.delete(oldest);
    }
    try {
      const loaded = await keys;
      if (!isComplete(loaded, kind)) entry.lifetime = incompleteMemory;
      return loaded;
    } catch (error) {
      // A failure is not remembered.
      if (remembered.get(name) === entry) remembered.delete(name);
      throw error;
    }
  }

  /** What is remembered; undefined where it is to be read again: another server may have rotated them. */
  function recall(tenantId: string, kind: SigningKeyKind): Remembered | undefined {
    const known = remembered.get(`${tenantId} ${kind}`);
    return known !== undefined && now().getTime() - known.at < known.lifetime ? known : undefined;
  }

  return {
    async of(tenantId, kind) {
      return recall(tenantId, kind)?.keys ?? reload(tenantId, kind, firstAlgorithms[kind]);
    },
    async complete(tenantId, kind, exists) {
      for (;;) {
        const known = recall(tenantId, kind);
        if (known === undefined) {
          if (!(await exists())) return;
          // Somebody else may have been faster.
          if (recall(tenantId, kind) === undefined) await reload(tenantId, kind, algorithms[kind]);
        } else if (isComplete(await known.keys, kind)) {
          return;
        } else if (recall(tenantId, kind) === known) {
          await reload(tenantId, kind, algorithms[kind]);
        }
      }
    },
    forget(tenantId, kind) {
      remembered.delete(`${tenantId} ${kind}`);
    },
  };
}

function isComplete(keys: readonly SigningKey[], kind: SigningKeyKind): boolean {
  return algorithms[kind].every((algorithm) => keys.some((key) => key.algorithm === algorithm));
}

/** The threads that make keys are those that check passwords, too. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
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
    complete: (tenantId, exists) => keys.complete(tenantId, 'oidc', exists),
    async list(tenantId) {
      // As everybody finds them, and whoever looks at the JWKS finds all of them.
      await keys.complete(tenantId, 'oidc', async () => true);
      return rotation.list(tenantId);
    },
    async rotate(tenantId, how, record) {
      if (how !== 'due') await keys.of(tenantId, 'oidc');
      const changed = await rotation.rotate(tenantId, how, record);
      if (changed) keys.forget(tenantId, 'oidc');
      return changed;
    },
  };
}
