/** Parsed trust anchors with the chains that were verified up to them. Belongs to whoever made it: one per tenant. */
export interface TrustAnchors {
  readonly size: number;
}

/** @param certificates DER */
export function createTrustAnchors(certificates: readonly Uint8Array[]): TrustAnchors {
  return { size: certificates.length };
}
