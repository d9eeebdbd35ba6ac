import { Buffer } from 'node:buffer';
import { verify } from 'node:crypto';
import { fromBase64Url, sha256 } from '../../bytes/index.ts';
import { type Certificate, subjectAlternativeNames } from '../../x509/index.ts';
import { reading } from '../check.ts';
import { openChain } from './certificates.ts';
import { type AttestationFormat, demand } from './format.ts';
import { StatementReader } from './statement.ts';

const clause = 'WebAuthn L3 §8.5';
const service = 'attest.android.com';
const longestResponse = 32_768;
const largestCertificate = 16_384;

/** The service behind it ended in 2025 and the specification calls it deprecated: accepted only where named. */
export const androidSafetyNet: AttestationFormat = {
  identifier: 'android-safetynet',
  clause,
  verify: (input) => {
    const statement = new StatementReader(input.statement, clause);
    statement.text('ver');
    const refusal = { code: 'attestation-statement-malformed', clause } as const;
    const jws = reading(refusal, () => readJws(statement.bytes('response')));
    const { leaf, trusted, anchorsOfModel } = openChain(input, jws.certificates, clause);
    demand(reading(refusal, () => subjectAlternativeNames(leaf).dnsNames).includes(service), {
      code: 'attestation-certificate-invalid',
      clause,
      rule: `the response was signed by ${service}`,
    });
    demand(isSigned(jws, leaf), {
      code: 'attestation-signature-invalid',
      clause,
      rule: 'response is signed by its certificate',
    });
    const nonce = Buffer.from(sha256(input.signedBytes)).toString('base64');
    demand(jws.payload.get('nonce') === nonce, {
      code: 'attestation-statement-mismatch',
      clause,
      rule: 'nonce is the hash of authenticator data and client data hash',
    });
    demand(jws.payload.get('ctsProfileMatch') === true, {
      code: 'attestation-statement-mismatch',
      clause,
      rule: 'the device passed the compatibility test',
    });
    return {
      type: 'basic',
      trusted,
      aaguidProven: trusted && anchorsOfModel,
      attachment: 'platform',
      enterpriseSerialNumber: null,
    };
  },
};

interface SafetyNetResponse {
  readonly algorithm: unknown;
  readonly certificates: readonly Uint8Array[];
  readonly payload: ReadonlyMap<string, unknown>;
  readonly signedText: Uint8Array;
  readonly signature: Uint8Array;
}

/** RFC 7515 compact serialization. */
function readJws(response: Uint8Array): SafetyNetResponse {
  if (response.length > longestResponse) throw new TypeError('response too long');
  const parts = Buffer.from(response).toString('latin1').split('.');
  const [header = '', payload = '', signature = ''] = parts;
  if (parts.length !== 3) throw new TypeError('not a compact JWS');
  const headerMembers = readJson(header);
  const chain: unknown = headerMembers.get('x5c');
  if (!Array.isArray(chain) || chain.length === 0 || chain.length > 8) throw new TypeError('no x5c');
  return {
    algorithm: headerMembers.get('alg'),
    certificates: chain.map(readCertificate),
    payload: readJson(payload),
    signedText: Buffer.from(`${header}.${payload}`),
    signature: fromBase64Url(signature),
  };
}

/** RFC 7515 §4.1.6: standard base64, not base64url. */
function readCertificate(text: unknown): Uint8Array {
  if (typeof text !== 'string' || text.length > largestCertificate) throw new TypeError('x5c is not text');
  return Uint8Array.from(Buffer.from(text, 'base64'));
}

function readJson(part: string): ReadonlyMap<string, unknown> {
  const value: unknown = JSON.parse(Buffer.from(fromBase64Url(part)).toString('utf8'));
  if (typeof value !== 'object' || value === null) throw new TypeError('not a JSON object');
  return new Map(Object.entries(value));
}

function isSigned(
  { algorithm, signedText, signature }: SafetyNetResponse,
  { publicKey }: Certificate,
): boolean {
  if (algorithm === 'RS256' && publicKey.asymmetricKeyType === 'rsa') {
    return verify('sha256', signedText, publicKey, signature);
  }
  if (algorithm === 'ES256' && publicKey.asymmetricKeyType === 'ec') {
    return verify('sha256', signedText, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
  }
  return false;
}
