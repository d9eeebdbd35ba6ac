import { aaguidBytes } from '../authenticator-data/index.ts';
import { infoMember } from '../ctap2/info.ts';
import { virtualAlgorithms } from './credential-key.ts';
import { isUvConfigured, type VirtualCommand, type VirtualKey } from './key.ts';
import { virtualLimits } from './profile.ts';

const optionsOf = (key: VirtualKey): ReadonlyMap<string, boolean> => {
  const { rules, state, person } = key;
  const options = new Map<string, boolean>([
    ['rk', true],
    ['up', true],
    ['plat', false],
    ['clientPin', state.pinHash !== null],
  ]);
  if (person.canBeVerified) options.set('uv', isUvConfigured(key));
  if (rules.credentialManagement === 'standard') options.set('credMgmt', true);
  if (rules.credentialManagement === 'preview') options.set('credentialMgmtPreview', true);
  if (rules.permissionTokens) {
    options.set('pinUvAuthToken', true);
    options.set('makeCredUvNotRqd', !state.alwaysUv);
  }
  if (rules.config) {
    options.set('authnrCfg', true);
    options.set('alwaysUv', state.alwaysUv);
    options.set('setMinPINLength', true);
    if (key.attestation !== 'self' && key.attestation !== 'none')
      options.set('ep', state.enterpriseAttestation);
  }
  if (rules.largeBlobs) options.set('largeBlobs', true);
  if (person.canBeVerified && rules.bioEnrollment !== null) {
    const name = rules.bioEnrollment === 'standard' ? 'bioEnroll' : 'userVerificationMgmtPreview';
    options.set(name, state.fingerprints.length > 0);
    if (rules.bioEnrollment === 'standard' && rules.config) options.set('uvBioEnroll', true);
    if (rules.config) options.set('uvAcfg', true);
  }
  return options;
};

/** CTAP 2.1 §7.2.4: while every use needs verification, CTAP1 is off; and it needs a certificate. */
const versionsOf = ({ rules, state, attestation }: VirtualKey): readonly string[] => {
  const u2f = !state.alwaysUv && attestation !== 'self' && attestation !== 'none';
  return rules.versions.filter((version) => u2f || version !== 'U2F_V2');
};

/** CTAP 2.1 §6.4. */
export const getInfo: VirtualCommand = async (key) => {
  const { rules, state } = key;
  const info = new Map<number, unknown>([
    [infoMember.versions, versionsOf(key)],
    [infoMember.extensions, rules.extensions],
    [infoMember.aaguid, aaguidBytes(rules.aaguid)],
    [infoMember.options, optionsOf(key)],
    [infoMember.maxMsgSize, rules.maxMsgSize],
    [infoMember.pinUvAuthProtocols, rules.pinUvAuthProtocols],
  ]);
  if (!rules.describesItself) return info;
  info.set(infoMember.maxCredentialCountInList, rules.maxCredentialCountInList);
  info.set(infoMember.maxCredentialIdLength, virtualLimits.maxCredentialIdLength);
  info.set(infoMember.transports, ['usb']);
  info.set(
    infoMember.algorithms,
    virtualAlgorithms.map((alg) => ({ alg, type: 'public-key' })),
  );
  info.set(infoMember.forcePINChange, state.forcePINChange);
  info.set(infoMember.minPINLength, state.minPINLength);
  info.set(infoMember.firmwareVersion, 0x0100);
  info.set(
    infoMember.remainingDiscoverableCredentials,
    virtualLimits.discoverableCredentials - state.credentials.length,
  );
  if (rules.config) info.set(infoMember.maxRPIDsForSetMinPINLength, virtualLimits.maxRPIDsForSetMinPINLength);
  if (rules.extensions.includes('credBlob'))
    info.set(infoMember.maxCredBlobLength, virtualLimits.maxCredBlobLength);
  if (rules.largeBlobs) {
    info.set(infoMember.maxSerializedLargeBlobArray, virtualLimits.maxSerializedLargeBlobArray);
  }
  if (key.person.canBeVerified) {
    info.set(infoMember.preferredPlatformUvAttempts, virtualLimits.maxUvRetries);
    // FIDO registry §3.1: USER_VERIFY_FINGERPRINT_INTERNAL.
    info.set(infoMember.uvModality, 0x02);
  }
  return info;
};
