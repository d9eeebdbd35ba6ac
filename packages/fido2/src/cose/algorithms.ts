/** How a COSE algorithm identifier is carried out. */
export interface CoseAlgorithm {
  /** IANA "COSE Algorithms" registry. */
  readonly identifier: number;
  readonly name: string;
  readonly keyType: 'EC2' | 'OKP' | 'RSA' | 'AKP';
  /** The one curve that a credential key of this algorithm has (WebAuthn L3 §5.8.5, RFC 9864). */
  readonly curve: CoseCurve | null;
  /** Null where the algorithm hashes by itself. */
  readonly hash: 'sha1' | 'sha256' | 'sha384' | 'sha512' | null;
  readonly padding: 'pkcs1' | 'pss' | null;
  /** True for fully specified identifiers (RFC 9864): the curve is part of the algorithm wherever it is used. */
  readonly fullySpecified: boolean;
}

export type CoseCurve = 'P-256' | 'P-384' | 'P-521' | 'Ed25519' | 'Ed448';

const row = (
  [identifier, name, keyType, curve]: readonly [number, string, CoseAlgorithm['keyType'], CoseCurve | null],
  rest: Partial<Pick<CoseAlgorithm, 'hash' | 'padding' | 'fullySpecified'>> = {},
): CoseAlgorithm => ({
  identifier,
  name,
  keyType,
  curve,
  hash: null,
  padding: null,
  fullySpecified: false,
  ...rest,
});

export const coseAlgorithms: readonly CoseAlgorithm[] = [
  row([-7, 'ES256', 'EC2', 'P-256'], { hash: 'sha256' }),
  row([-35, 'ES384', 'EC2', 'P-384'], { hash: 'sha384' }),
  row([-36, 'ES512', 'EC2', 'P-521'], { hash: 'sha512' }),
  row([-9, 'ESP256', 'EC2', 'P-256'], { hash: 'sha256', fullySpecified: true }),
  row([-51, 'ESP384', 'EC2', 'P-384'], { hash: 'sha384', fullySpecified: true }),
  row([-52, 'ESP512', 'EC2', 'P-521'], { hash: 'sha512', fullySpecified: true }),
  // WebAuthn L3 §5.8.5: keys with algorithm EdDSA (-8) must specify Ed25519. Ed448 has its own identifier.
  row([-8, 'EdDSA', 'OKP', 'Ed25519']),
  row([-19, 'Ed25519', 'OKP', 'Ed25519'], { fullySpecified: true }),
  row([-53, 'Ed448', 'OKP', 'Ed448'], { fullySpecified: true }),
  row([-257, 'RS256', 'RSA', null], { hash: 'sha256', padding: 'pkcs1' }),
  row([-37, 'PS256', 'RSA', null], { hash: 'sha256', padding: 'pss' }),
  row([-65535, 'RS1', 'RSA', null], { hash: 'sha1', padding: 'pkcs1' }),
  row([-48, 'ML-DSA-44', 'AKP', null], { fullySpecified: true }),
  row([-49, 'ML-DSA-65', 'AKP', null], { fullySpecified: true }),
  row([-50, 'ML-DSA-87', 'AKP', null], { fullySpecified: true }),
];

const byIdentifier: ReadonlyMap<number, CoseAlgorithm> = new Map(
  coseAlgorithms.map((algorithm) => [algorithm.identifier, algorithm]),
);

/** Undefined for algorithms that we don't know. */
export function coseAlgorithm(identifier: number): CoseAlgorithm | undefined {
  return byIdentifier.get(identifier);
}
