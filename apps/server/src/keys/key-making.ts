import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { TenantSecrets } from '@keywarden/domain';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';
import type { SigningKeyKind, SigningKeyRecord } from '../storage/index.ts';

export interface SigningKey {
  readonly keyId: string;
  readonly algorithm: string;
  /** With `kid`, `alg` and `use`. */
  readonly publicJwk: JWK;
  readonly privateJwk: JWK;
  readonly privateKey: CryptoKey;
}

const purposeOf = (kind: SigningKeyKind, keyId: string) => `signing-key ${kind} ${keyId}`;

/** A fresh key, its private half sealed for the tenant. RSA takes its time: not inside of a transaction. */
export async function makeSigningKey(
  secrets: TenantSecrets,
  tenantId: string,
  key: Pick<SigningKeyRecord, 'kind' | 'algorithm' | 'createdAt' | 'signsFrom'>,
): Promise<SigningKeyRecord> {
  const { kind, algorithm } = key;
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
    ...key,
    keyId,
    publicKey: { ...publicJwk, kid: keyId, alg: algorithm, use: 'sig' },
    sealedPrivateKey: sealed,
    retiredAt: null,
  };
}

export async function openSigningKey(
  secrets: TenantSecrets,
  tenantId: string,
  record: SigningKeyRecord,
): Promise<SigningKey> {
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
