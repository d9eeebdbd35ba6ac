import {
  type DerValue,
  derChildren,
  derSequence,
  derSmallInteger,
  equalBytes,
  readDer,
  requireDer,
} from '../../bytes/index.ts';
import { verifyCoseSignature } from '../../cose/index.ts';
import { reading } from '../check.ts';
import { openChain, requireSameAaguid } from './certificates.ts';
import { type AttestationFormat, type AttestationInput, demand } from './format.ts';
import { StatementReader } from './statement.ts';

const clause = 'WebAuthn L3 §8.4';
const keyDescriptionExtension = '1.3.6.1.4.1.11129.2.1.17';
/** Tags of AuthorizationList and values of Android's keymaster. */
const authorization = { purpose: 1, allApplications: 600, origin: 702 } as const;
const originGenerated = 0;
const purposeSign = 2;

export const androidKey: AttestationFormat = {
  identifier: 'android-key',
  clause,
  verify: (input) => {
    const statement = new StatementReader(input.statement, clause);
    const { leaf, trusted, anchorsOfModel } = openChain(input, statement.certificates(), clause);
    const signature = statement.bytes('sig');
    const algorithm = statement.algorithm();
    demand(verifyCoseSignature({ algorithm, key: leaf.publicKey, data: input.signedBytes, signature }), {
      code: 'attestation-signature-invalid',
      clause,
      rule: 'sig is a signature over authenticator data and client data hash',
    });
    demand(leaf.publicKey.equals(input.credentialKey.key), {
      code: 'attestation-statement-mismatch',
      clause,
      rule: 'the certificate is for the credential public key',
    });
    const extension = leaf.extensions.get(keyDescriptionExtension);
    const refusal = { code: 'attestation-certificate-invalid', clause } as const;
    demand(extension !== undefined, { ...refusal, rule: 'the certificate carries a key description' });
    requireKeyDescription(
      reading(refusal, () => readKeyDescription(extension.value)),
      input,
    );
    const aaguidCertified = requireSameAaguid(leaf, input, clause);
    return {
      type: 'basic',
      trusted,
      aaguidProven: trusted && (aaguidCertified || anchorsOfModel),
      attachment: 'platform',
      enterpriseSerialNumber: null,
    };
  },
};

interface AuthorizationList {
  readonly allApplications: boolean;
  /** Null where absent. */
  readonly origin: number | null;
  readonly purposes: readonly number[] | null;
}

interface KeyDescription {
  readonly attestationChallenge: Uint8Array;
  readonly softwareEnforced: AuthorizationList;
  readonly trustedEnvironmentEnforced: AuthorizationList;
}

function readKeyDescription(extension: Uint8Array): KeyDescription {
  const fields = derSequence(readDer(extension));
  return {
    attestationChallenge: requireDer(fields[4], 'octetString').contents,
    softwareEnforced: readAuthorizationList(fields[6]),
    trustedEnvironmentEnforced: readAuthorizationList(fields[7]),
  };
}

function readAuthorizationList(value: DerValue | undefined): AuthorizationList {
  const entries = new Map(derSequence(value).map((entry) => [entry.number, entry]));
  const inner = (tag: number): DerValue | undefined => {
    const entry = entries.get(tag);
    return entry === undefined ? undefined : derChildren(entry)[0];
  };
  const origin = inner(authorization.origin);
  const purposes = inner(authorization.purpose);
  return {
    allApplications: entries.has(authorization.allApplications),
    origin: origin === undefined ? null : derSmallInteger(origin),
    purposes:
      purposes === undefined
        ? null
        : derChildren(requireDer(purposes, 'set')).map((purpose) => derSmallInteger(purpose)),
  };
}

function requireKeyDescription(description: KeyDescription, input: AttestationInput): void {
  const refusal = { code: 'attestation-statement-mismatch', clause } as const;
  const { softwareEnforced, trustedEnvironmentEnforced } = description;
  demand(equalBytes(description.attestationChallenge, input.clientDataHash), {
    ...refusal,
    rule: 'attestationChallenge is the client data hash',
  });
  demand(!softwareEnforced.allApplications && !trustedEnvironmentEnforced.allApplications, {
    ...refusal,
    rule: 'the key is not for all applications',
  });
  const { requireAndroidTrustedEnvironment: hardwareOnly = false } = input.trust;
  const lists = hardwareOnly ? [trustedEnvironmentEnforced] : [trustedEnvironmentEnforced, softwareEnforced];
  // The specification's own vector leaves both fields out; where the key must be in hardware, they must be there.
  const origins = lists.flatMap(({ origin }) => (origin === null ? [] : [origin]));
  demand(origins.every((origin) => origin === originGenerated) && (origins.length > 0 || !hardwareOnly), {
    ...refusal,
    rule: 'origin is KM_ORIGIN_GENERATED',
  });
  const purposes = lists.flatMap(({ purposes: listed }) => (listed === null ? [] : [listed]));
  demand(purposes.every((listed) => listed.includes(purposeSign)) && (purposes.length > 0 || !hardwareOnly), {
    ...refusal,
    rule: 'purpose is KM_PURPOSE_SIGN',
  });
}
