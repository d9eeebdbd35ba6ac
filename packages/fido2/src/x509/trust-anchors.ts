import { Buffer } from 'node:buffer';
import { ContentCache } from '../bytes/index.ts';
import { type Certificate, isSignedBy, parseCertificate } from './certificate.ts';
import { hasUnknownCriticalExtension, isValidAt, mayCertify } from './constraints.ts';

/** A chain that was verified up to an anchor, and when that is true. */
interface VerifiedChain {
  readonly leaf: Certificate;
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface ChainVerdict {
  readonly leaf: Certificate;
  /** Each certificate is certified by the next one and the last by an anchor, all valid now. */
  readonly trusted: boolean;
}

/** Certificates in a chain, the leaf included. Real ones have at most 4. */
const longestChain = 8;
const chainsRemembered = 1000;
/** Models that one organisation has, and some more: 4 KB each. */
const leavesRemembered = 50;
const rememberedFor = 24 * 60 * 60 * 1000;

/**
 * Root (or intermediate, or even leaf) certificates that are trusted, and the chains that were verified up to them.
 * Belongs to whoever made it: one per tenant and purpose. Never contains a root that was not given.
 */
export class TrustAnchors {
  readonly #bySubject = new Map<string, Certificate[]>();
  readonly #byContent = new Set<string>();
  readonly #verified = new ContentCache<VerifiedChain>({ maximumEntries: chainsRemembered });
  /** Trusted or not: at least 100,000 authenticators share theirs (WebAuthn L3 §14.4.1). */
  readonly #leaves = new ContentCache<Certificate>({ maximumEntries: leavesRemembered });
  readonly size: number;

  /**
   * @param certificates DER
   * @throws FormatError `certificate-invalid`, `der-invalid`
   */
  constructor(certificates: readonly Uint8Array[]) {
    for (const der of certificates) {
      const anchor = parseCertificate(Uint8Array.from(der));
      const content = text(anchor.der);
      if (this.#byContent.has(content)) continue;
      this.#byContent.add(content);
      const subject = text(anchor.subject);
      const others = this.#bySubject.get(subject);
      if (others === undefined) this.#bySubject.set(subject, [anchor]);
      else others.push(anchor);
    }
    this.size = this.#byContent.size;
  }

  /**
   * RFC 5280 §6.1 for chains as attestation carries them: leaf first, each certified by the one after it. No path is
   * searched for, no certificate fetched.
   *
   * @param chain DER, at least one
   * @throws FormatError `certificate-invalid`, `der-invalid` where the leaf can't be read
   */
  verify(chain: readonly Uint8Array[], now: Date): ChainVerdict {
    const time = now.getTime();
    const known = this.#verified.get(chain);
    if (known !== undefined) {
      if (known.notBefore <= time && time <= known.notAfter) return { leaf: known.leaf, trusted: true };
      this.#verified.delete(chain);
    }
    const leaf = this.#leafOf(chain[0] ?? new Uint8Array());
    const path = this.#pathToAnchor(leaf, chain);
    if (path === null || !path.every((certificate) => isValidAt(certificate, time)))
      return { leaf, trusted: false };
    this.#verified.set(chain, {
      leaf,
      notBefore: Math.max(...path.map(({ notBefore }) => notBefore)),
      notAfter: Math.min(time + rememberedFor, ...path.map(({ notAfter }) => notAfter)),
    });
    return { leaf, trusted: true };
  }

  #leafOf(der: Uint8Array): Certificate {
    let leaf = this.#leaves.get(der);
    if (leaf === undefined) {
      // Copied: what is remembered must not keep the whole request that it came with.
      leaf = parseCertificate(Uint8Array.from(der));
      this.#leaves.set(leaf.der, leaf);
    }
    return leaf;
  }

  /** The certificates from the leaf to the anchor, both included, or null. */
  #pathToAnchor(leaf: Certificate, chain: readonly Uint8Array[]): readonly Certificate[] | null {
    if (chain.length > longestChain) return null;
    const path = [leaf];
    for (let current = leaf; ; ) {
      if (hasUnknownCriticalExtension(current)) return null;
      if (this.#byContent.has(text(current.der))) return path;
      const next = chain[path.length];
      const issuer =
        next === undefined ? this.#anchorOf(current, path.length) : issuerOf(current, next, path.length);
      if (issuer === null) return null;
      path.push(issuer);
      if (next === undefined) return hasUnknownCriticalExtension(issuer) ? null : path;
      current = issuer;
    }
  }

  #anchorOf(certificate: Certificate, depth: number): Certificate | null {
    const candidates = this.#bySubject.get(text(certificate.issuer)) ?? [];
    return candidates.find((anchor) => certifies(anchor, certificate, depth)) ?? null;
  }
}

function issuerOf(certificate: Certificate, next: Uint8Array, depth: number): Certificate | null {
  const issuer = parseCertificate(next);
  return text(issuer.subject) === text(certificate.issuer) && certifies(issuer, certificate, depth)
    ? issuer
    : null;
}

/** @param depth certificates below the issuer; the leaf doesn't count for the path length (RFC 5280 §4.2.1.9) */
function certifies(issuer: Certificate, certificate: Certificate, depth: number): boolean {
  return mayCertify(issuer, depth - 1) && isSignedBy(certificate, issuer.publicKey);
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
