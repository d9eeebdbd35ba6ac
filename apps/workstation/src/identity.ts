import { createPrivateKey } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import path from 'node:path';
import type { PublicJwk } from '@keywarden/api';
import { type CryptoKey, calculateJwkThumbprint, exportPKCS8, generateKeyPair, importJWK } from 'jose';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { createAtomically, makePrivateFolder, readTextIfPresent } from './atomic-file.ts';

/** Who this workstation is: a P-256 key made at the first start, which never leaves it. */
export interface Identity {
  /** RFC 7638 thumbprint of the public key. */
  readonly workstationId: string;
  readonly publicKey: PublicJwk;
  readonly privateKey: CryptoKey;
}

const Stored = Type.Object({
  kty: Type.Literal('EC'),
  crv: Type.Literal('P-256'),
  x: Type.String(),
  y: Type.String(),
  d: Type.String(),
});
const stored = Compile(Stored);

/** Reads `identity.json`, or makes it. Two processes that start at once end up with one and the same key. */
export async function openIdentity(folder: string): Promise<Identity> {
  await makePrivateFolder(folder);
  const file = path.join(folder, 'identity.json');
  let text = await readTextIfPresent(file);
  if (text === null) {
    await createAtomically(file, await newPrivateKey());
    text = await readTextIfPresent(file);
  }
  const jwk: unknown = JSON.parse(text ?? 'null');
  if (!stored.Check(jwk))
    throw new Error(`${file} is not the key of a workstation service. Restore or remove it.`);
  if (process.platform !== 'win32') await chmod(file, 0o600);
  return identityOf(jwk);
}

async function newPrivateKey(): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  // By way of PKCS #8: Node.js 20 can hang for ever where a key's JWK is asked for while the job that made the key is
  // collected as garbage; both want the lock of that key.
  const { kty, crv, x, y, d } = createPrivateKey(await exportPKCS8(privateKey)).export({ format: 'jwk' });
  return `${JSON.stringify({ kty, crv, x, y, d }, null, 2)}\n`;
}

async function identityOf(jwk: Static<typeof Stored>): Promise<Identity> {
  const publicKey: PublicJwk = { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y };
  const privateKey = await importJWK({ ...jwk, alg: 'ES256' }, 'ES256', { extractable: false });
  if (privateKey instanceof Uint8Array) throw new Error('An EC key was read as a symmetric one.');
  return { workstationId: await calculateJwkThumbprint(publicKey), publicKey, privateKey };
}
