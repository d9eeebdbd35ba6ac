import {
  boolean,
  integer,
  kinds,
  list,
  nullable,
  object,
  oneOf,
  type Shape,
  text,
} from './document-shape.ts';
import { earlierThemeMember } from './workflow-reading.ts';

/** Seconds; ten years. */
const longest = 315_360_000;
const most = 32;

const identifier = text({
  maximum: 128,
  pattern: /^[\w.:@-]+$/,
  expected: 'letters, digits and . _ - : @ alone',
});
const authType = text({
  maximum: 64,
  pattern: /^[\w.:-]+$/,
  expected: 'letters, digits and . _ - : alone',
});
const name = text({ maximum: 256 });
const userVerification = oneOf('required', 'preferred', 'discouraged');
const domainName = text({
  maximum: 253,
  pattern: /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  expected: 'a domain name in lower case',
});
const origins = list(text({ maximum: 512 }), most);
const aaguid = text({
  maximum: 36,
  pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  expected: 'an AAGUID: a UUID in lower case',
});
/** A certificate of this many characters is none that anybody has. */
const certificate = text({ maximum: 16_384 });

const relyingParty = { rpId: nullable(domainName), origins: nullable(origins) };

const factorRequired = {
  factorId: identifier,
  type: oneOf('FIDO', 'LOGIN', 'OTP'),
  code: authType,
  acr: text({ maximum: 256, pattern: /^[\x21-\x7e]+$/, expected: 'visible ASCII characters' }),
  accessCriteriaId: identifier,
};
const factorOptional = {
  retry: integer(1, 10),
  stepUp: oneOf('notRequired', 'required'),
  enrollmentRequired: boolean,
  enrollActions: list(identifier, most),
  disableThreshold: nullable(integer(1, 1000)),
  disabledTimeReset: integer(1, longest),
  validity: integer(1, longest),
};

const factor: Shape = kinds('type', {
  FIDO: object(factorRequired, { ...factorOptional, ...relyingParty, userVerification }),
  LOGIN: object(factorRequired, factorOptional),
  OTP: object({ ...factorRequired, method: oneOf('totp', 'email') }, factorOptional),
});

const enrollAction = object(
  { enrollId: identifier, type: oneOf('FIDO'), code: authType, accessCriteriaId: identifier },
  {
    ...relyingParty,
    deviceType: authType,
    attestationVerification: oneOf('none', 'indirect', 'direct', 'enterprise'),
    attestationTrust: oneOf('none', 'roots', 'metadata'),
    attestationRoots: list(certificate, 64),
    minimumCertification: nullable(authType),
    staleMetadata: oneOf('refuse', 'accept'),
    allowedAaguids: list(aaguid, 1000),
    deniedAaguids: list(aaguid, 1000),
    deviceBoundOnly: boolean,
    userVerification,
    residentKey: oneOf('required', 'preferred', 'discouraged'),
    rpName: nullable(name),
    algorithms: list(integer(-65_535, -1), 16),
    upon: list(identifier, most),
    protectionFactor: nullable(object({}, { authType: nullable(authType), pendingDevice: boolean })),
  },
);

const accessCriteria = object(
  { accessCriteriaId: identifier },
  {
    groups: list(name, 256),
    roles: list(name, 256),
    authenticators: object({}, { firstFactorsFiltering: boolean, secondFactorsFiltering: boolean }),
  },
);

const unknown: Shape = (_value, at, report) => {
  report(at, 'unknown');
  return false;
};

/** What a workflow is made of; that it fits together is checked once it is. */
export const workflowShape: Shape = object(
  { accessCriteria: list(accessCriteria, 64), firstFactors: list(factor, most) },
  {
    theme_id: identifier,
    [earlierThemeMember]: identifier,
    // Other services list here what a password's owner may do beside signing in. A document without any may say so.
    actions: list(unknown, most),
    secondFactors: list(factor, most),
    enrollActions: list(enrollAction, most),
    dangerousBootstrap: oneOf('off', 'users-without-authenticator'),
  },
);

const nobody = () => {};
export const isSoundCriteria = (value: unknown): boolean => accessCriteria(value, '', nobody);
export const isSoundFactor = (value: unknown): boolean => factor(value, '', nobody);
export const isSoundAction = (value: unknown): boolean => enrollAction(value, '', nobody);
