import { statement, type TenantSession } from './session.ts';

/** What the keys of a tenant sign. */
export type SigningKeyKind = 'order' | 'oidc';

/** The private half is sealed; only server/keys opens it. */
export interface SigningKeyRecord {
  /** RFC 7638 thumbprint of the public key. */
  readonly keyId: string;
  readonly kind: SigningKeyKind;
  /** JWS `alg`, e.g. `ES256`. */
  readonly algorithm: string;
  readonly publicKey: Readonly<Record<string, unknown>>;
  readonly sealedPrivateKey: Uint8Array;
  readonly createdAt: Date;
  /** null: from the beginning. */
  readonly signsFrom: Date | null;
  /** Published until then; null: without an end so far. */
  readonly retiredAt: Date | null;
}

export interface SigningKeyTable {
  /** Newest first. */
  list(kind: SigningKeyKind): Promise<readonly SigningKeyRecord[]>;
  insert(key: SigningKeyRecord): Promise<void>;
  signFrom(keyId: string, at: Date): Promise<void>;
  retire(keyId: string, at: Date): Promise<void>;
  delete(keyId: string): Promise<void>;
  /** Holds off every other transaction of this tenant that asks the same, until this one ends. */
  lock(kind: SigningKeyKind): Promise<void>;
}

interface SigningKeyRow {
  key_id: string;
  kind: SigningKeyKind;
  algorithm: string;
  public_key: Record<string, unknown>;
  sealed_private_key: Uint8Array;
  created_at: Date;
  signs_from: Date | null;
  retired_at: Date | null;
}

const columns = 'key_id, kind, algorithm, public_key, sealed_private_key, created_at, signs_from, retired_at';
const list = statement<SigningKeyRow>(
  'signing-key.list',
  `SELECT ${columns} FROM signing_keys WHERE kind = $1 ORDER BY created_at DESC, key_id`,
);
const insert = statement(
  'signing-key.insert',
  `INSERT INTO signing_keys (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
);
const signFrom = statement(
  'signing-key.sign-from',
  'UPDATE signing_keys SET signs_from = $2, retired_at = NULL WHERE key_id = $1',
);
const retire = statement('signing-key.retire', 'UPDATE signing_keys SET retired_at = $2 WHERE key_id = $1');
const remove = statement('signing-key.delete', 'DELETE FROM signing_keys WHERE key_id = $1');
const lock = statement(
  'signing-key.lock',
  "SELECT pg_advisory_xact_lock(hashtextextended('signing-key ' || $1 || ' ' || $2, 0))",
);

export function signingKeyTable(session: TenantSession): SigningKeyTable {
  return {
    async list(kind) {
      return (await session.rows(list, [kind])).map((row) => ({
        keyId: row.key_id,
        kind: row.kind,
        algorithm: row.algorithm,
        publicKey: row.public_key,
        sealedPrivateKey: row.sealed_private_key,
        createdAt: row.created_at,
        signsFrom: row.signs_from,
        retiredAt: row.retired_at,
      }));
    },
    async insert(key) {
      await session.run(insert, [
        key.keyId,
        key.kind,
        key.algorithm,
        JSON.stringify(key.publicKey),
        key.sealedPrivateKey,
        key.createdAt,
        key.signsFrom,
        key.retiredAt,
      ]);
    },
    async signFrom(keyId, at) {
      await session.run(signFrom, [keyId, at]);
    },
    async retire(keyId, at) {
      await session.run(retire, [keyId, at]);
    },
    async delete(keyId) {
      await session.run(remove, [keyId]);
    },
    async lock(kind) {
      await session.run(lock, [session.tenantId, kind]);
    },
  };
}

/** Sealed secrets by purpose and name. */
export interface SecretTable {
  get(purpose: string, name: string): Promise<Uint8Array | null>;
  /** Keeps the one that is there already, and returns the one that is kept. */
  insertOrGet(secret: { purpose: string; name: string; sealed: Uint8Array }): Promise<Uint8Array>;
  put(secret: { purpose: string; name: string; sealed: Uint8Array }): Promise<void>;
}

const getSecret = statement<{ sealed: Uint8Array }>(
  'secret.get',
  'SELECT sealed FROM secrets WHERE purpose = $1 AND name = $2',
);
const insertOrGet = statement<{ sealed: Uint8Array }>(
  'secret.insert-or-get',
  `INSERT INTO secrets (purpose, name, sealed) VALUES ($1, $2, $3)
   ON CONFLICT (tenant_id, purpose, name) DO UPDATE SET sealed = secrets.sealed RETURNING sealed`,
);
const put = statement(
  'secret.put',
  `INSERT INTO secrets (purpose, name, sealed) VALUES ($1, $2, $3)
   ON CONFLICT (tenant_id, purpose, name) DO UPDATE SET sealed = $3`,
);

export function secretTable(session: TenantSession): SecretTable {
  return {
    async get(purpose, name) {
      return (await session.row(getSecret, [purpose, name]))?.sealed ?? null;
    },
    async insertOrGet({ purpose, name, sealed }) {
      return (await session.row(insertOrGet, [purpose, name, sealed]))?.sealed ?? sealed;
    },
    async put({ purpose, name, sealed }) {
      await session.run(put, [purpose, name, sealed]);
    },
  };
}
