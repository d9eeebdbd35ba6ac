import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import type { JWK } from 'jose';
import { ExternalSigningKey } from 'oidc-provider';

const signAside = promisify(sign);

/**
 * A key of the tenant, as the provider signs with it. A signature on P-256 takes less time than handing it to another thread
 * and back, as Web Crypto does; one of RSA takes a millisecond for which nobody else should wait.
 */
export class TenantSigningKey extends ExternalSigningKey {
  readonly #jwk: JWK;
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;

  /** @param jwk the private one, with `kid` and `alg` */
  constructor(jwk: JWK) {
    super();
    this.#privateKey = createPrivateKey({ key: { ...jwk }, format: 'jwk' });
    this.#publicKey = createPublicKey(this.#privateKey);
    this.#jwk = jwk;
  }

  override get kid(): string | undefined {
    return this.#jwk.kid;
  }

  override get alg(): string | undefined {
    return this.#jwk.alg;
  }

  override keyObject(): KeyObject {
    return this.#publicKey;
  }

  override async sign(data: Uint8Array): Promise<Uint8Array> {
    // RFC 7518 §3.4: two integers one after the other; §3.3: RSASSA-PKCS1-v1_5, node's usual padding.
    return this.alg === 'ES256'
      ? sign('sha256', data, { key: this.#privateKey, dsaEncoding: 'ieee-p1363' })
      : signAside('sha256', data, this.#privateKey);
  }
}
