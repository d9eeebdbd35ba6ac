import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { OpenIdKeys, TenantSecrets } from '@keywarden/domain';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';
import {
  type Database,
  type SigningKeyKind,
  type SigningKeyRecord,
  signingKeyTable,
} from '../storage/index.ts';

/** What each kind has at least one of; the first is what it signs with unless asked otherwise. */
const algorithms: Readonly<Record<SigningKeyKind, readonly string[]>> = {
  order: ['ES256'],
  // OpenID Connect Core §15.1: every OpenID provider supports RS256.
  oidc: ['ES256', 'RS256'],
};
/** Milliseconds: another server may have rotated them. */
const memory = 60_000;
const tenantsRemembered = 1000;

export interface SigningKey {
  readonly keyId: string;
  readonly algorithm: string;
  /** With `kid`, `alg` and `use`. */
  readonly publicJwk: JWK;
  readonly privateJwk: JWK;
  readonly privateKey: CryptoKey;
}

export interface SigningKeys {
  /** Newest first of each algorithm, in the order of the kind's algorithms; made where there are none. */
  of(tenantId: string, kind: SigningKeyKind): Promise<readonly SigningKey[]>;
}

export function createSigningKeys(options: {
  database: Database;
  secrets: TenantSecrets;
  now: () => Date;
}): SigningKeys {
  const { database, secrets, now } = options;
  /** Insertion order is age. */
  const remembered = new Map<string, { keys: Promise<readonly SigningKey[]>; at: number }>();

  async function load(tenantId: string, kind: SigningKeyKind): Promise<readonly SigningKey[]> {
    const wanted = algorithms[kind];
    const complete = (records: readonly SigningKeyRecord[]) =>
      wanted.every((algorithm) => records.some((record) => record.algorithm === algorithm));
    let records = await database.transaction(tenantId, (session) => signingKeyTable(session).list(kind));
    if (!complete(records)) {
      // RSA takes its time: made outside of the transaction, kept only where nobody was faster.
      const fresh = await Promise.all(wanted.map((algorithm) => generate(tenantId, kind, algorithm)));
      records = await database.transaction(tenantId, async (session) => {
        const table = signingKeyTable(session);
        await table.lock(kind);
        const existing = await table.list(kind);
        for (const record of fresh) {
          if (!existing.some(({ algorithm }) => algorithm === record.algorithm)) await table.insert(record);
        }
        return table.list(kind);
      });
    }
    const keys = await Promise.all(records.map((record) => openKey(tenantId, record)));
    return keys.sort((one, other) => wanted.indexOf(one.algorithm) - wanted.indexOf(other.algorithm));
  }

  async function generate(
    tenantId: string,
    kind: SigningKeyKind,
    algorithm: string,
  ): Promise<SigningKeyRecord> {
    const pair = await generateKeyPair(algorithm, { extractable: true, modulusLength: 2048 });
    // By way of PKCS #8: Node.js 20 can hang for ever where a key's JWK is asked for while the job that made the key is
    // collected as garbage; both want the lock of that key.
    const copy = createPrivateKey(await exportPKCS8(pair.privateKey));
    const publicJwk = await exportJWK(createPublicKey(copy));
    const privateJwk = await exportJWK(copy);
    const keyId = await calculateJwkThumbprint(publicJwk);
    const sealed = await secrets.seal(
      tenantId,
      purposeOf(kind, keyId),
      new TextEncoder().encode(JSON.stringify(privateJwk)),
    );
    return {
      keyId,
      kind,
      algorithm,
      publicKey: { ...publicJwk, kid: keyId, alg: algorithm, use: 'sig' },
      sealedPrivateKey: sealed,
      createdAt: now(),
    };
  }

  async function openKey(tenantId: string, record: SigningKeyRecord): Promise<SigningKey> {
    const { keyId, kind, algorithm, publicKey } = record;
    const opened = await secrets.open(tenantId, purposeOf(kind, keyId), record.sealedPrivateKey);
    const privateJwk: JWK = {
      ...JSON.parse(new TextDecoder().decode(opened)),
      kid: keyId,
      alg: algorithm,
      use: 'sig',
    };
    const privateKey = await importJWK(privateJwk, algorithm);
    if (privateKey instanceof Uint8Array) throw new TypeError(`signing key ${keyId} is no asymmetric key`);
    return {
      keyId,
      algorithm,
      privateJwk,
      privateKey,
      publicJwk: { ...publicKey, kty: String(publicKey['kty']) },
    };
  }

  return {
    async of(tenantId, kind) {
      const name = `${tenantId} ${kind}`;
      const at = now().getTime();
      const known = remembered.get(name);
      if (known !== undefined && at - known.at < memory) return known.keys;
      const keys = load(tenantId, kind);
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
  };
}

const purposeOf = (kind: SigningKeyKind, keyId: string) => `signing-key ${kind} ${keyId}`;

/** The keys of ID tokens for the OpenID provider. */
export function createOpenIdKeys(keys: SigningKeys): OpenIdKeys {
  return {
    async privateKeys(tenantId) {
      return (await keys.of(tenantId, 'oidc')).map((key) => ({ ...key.privateJwk }));
    },
  };
}
