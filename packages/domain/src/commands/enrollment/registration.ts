import { FormatError } from '@keywarden/fido2/bytes';
import { verifyRegistration, WebAuthnError } from '@keywarden/fido2/webauthn';
import type { Device } from '../../device.ts';
import type { Enrollment } from '../../enrollment.ts';
import { DomainError } from '../../errors.ts';
import type { IssuedOrder, OrderResult } from '../../order.ts';
import type { Policy } from '../../policy.ts';
import type { IdentityProvider, Ports, RemoteCredential, VerifiedRegistration } from '../../ports/index.ts';
import { recordEvent } from '../audit-trail.ts';
import { deviceName } from '../devices.ts';
import { openProvider, userDisabled } from '../directory.ts';
import { moveDevice, moveEnrollment } from '../transitions.ts';
import { orderRemoval, rollBack } from './compensation.ts';
import { notWritten } from './configuration.ts';
import { attestationTrust } from './model-trust.ts';
import {
  isFinal,
  lease,
  lockSubject,
  type Saga,
  type SagaStep,
  saveEnrollment,
  settled,
  type Turn,
  withLease,
} from './saga.ts';

type EnrollResult = Extract<OrderResult, { action: 'enroll' }>;

/** AAGUID of an attestation that tells no model (WebAuthn L3 §5.1.3 step 27: conveyance none). */
const noAaguid = '00000000-0000-0000-0000-000000000000';

/** Keeps what the key made and verifies it, in one transaction: the challenge is used up by the first try, good or bad. */
export async function acceptCredential(
  step: SagaStep,
  answer: { enrollment: Enrollment; order: IssuedOrder; result: EnrollResult },
): Promise<Turn> {
  const { enrollment, result } = answer;
  const { policy } = await lockSubject(step.tables, enrollment);
  const created = await saveEnrollment(step, enrollment, {
    state: moveEnrollment(enrollment.state, 'credential-created'),
    credential: result.credential,
  });
  // CTAP 2.1 §6.11.4: written last, because a key that demands a new PIN gives no token for anything else.
  if (policy?.rules.forcePINChange === true && !result.facts.forcePINChange) {
    const misfit = {
      field: 'forcePINChange',
      message: 'The key does not demand a new PIN, as the policy wants.',
    };
    return orderRemoval(step, await rollBack(step, created, notWritten(misfit)));
  }
  return verifyStoredCredential(step, created);
}

/** CREDENTIAL_CREATED → VERIFIED with the lease for the provider's call, or → COMPENSATING. */
export async function verifyStoredCredential(step: SagaStep, enrollment: Enrollment): Promise<Turn> {
  const { device, policy } = await lockSubject(step.tables, enrollment);
  try {
    verifyCredential(step.ports, enrollment, { device, policy });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return orderRemoval(step, await rollBack(step, enrollment, error));
  }
  const verified = await saveEnrollment(step, enrollment, {
    state: moveEnrollment(enrollment.state, 'verified'),
    leaseUntil: lease(step.ports),
  });
  return { kind: 'register', enrollment: verified, attempted: false };
}

/**
 * The whole registration (WebAuthn L3 §7.1), before anything is sent to a provider, whatever the provider checks; and
 * that it comes from the model that was chosen and the policy allows.
 *
 * @throws DomainError `credential-rejected`
 */
function verifyCredential(
  ports: Pick<Ports, 'metadata' | 'clock'>,
  enrollment: Enrollment,
  by: { device: Device; policy: Policy | null },
): VerifiedRegistration {
  const { credential, options, origin } = evidenceOf(enrollment);
  let verified: VerifiedRegistration;
  try {
    verified = verifyRegistration({
      credential,
      expected: {
        challenge: options.challenge,
        origins: [origin],
        rpId: options.rp.id,
        algorithms: options.pubKeyCredParams.map((parameter) => parameter.alg),
        userVerification: options.authenticatorSelection.userVerification,
        attestation: options.attestation,
        excludeCredentialIds: options.excludeCredentials.map(({ id }) => id),
      },
      trust: attestationTrust(ports, by.policy),
      now: ports.clock.now(),
    });
  } catch (error) {
    if (error instanceof WebAuthnError || error instanceof FormatError) {
      throw rejected('What the key answered does not pass verification.', error.message, error);
    }
    throw error;
  }
  checkModel(verified, by);
  return verified;
}

function evidenceOf(enrollment: Enrollment) {
  const { credential, options, origin } = enrollment;
  if (credential === null || options === null || origin === null) {
    throw rejected('The enrollment lost its credential.', 'no credential or no options stored');
  }
  return { credential, options, origin };
}

function checkModel(verified: VerifiedRegistration, by: { device: Device; policy: Policy | null }): void {
  const rules = by.policy?.rules;
  if (rules !== undefined && rules.attestation !== 'none' && verified.attestationFormat === 'none') {
    throw rejected('The policy asks for an attestation and the key gave none.', 'attestation format none');
  }
  const told = verified.aaguid !== noAaguid;
  if (
    rules !== undefined &&
    rules.allowedAaguids.length > 0 &&
    !rules.allowedAaguids.includes(verified.aaguid)
  ) {
    throw rejected('The policy does not allow this model.', `AAGUID ${verified.aaguid}`);
  }
  if (told && verified.aaguid !== by.device.aaguid) {
    throw rejected(
      'Another model answered than the one that was chosen.',
      `AAGUID ${verified.aaguid} instead of ${by.device.aaguid}`,
    );
  }
}

function rejected(message: string, detail: string, cause?: WebAuthnError | FormatError): DomainError {
  return new DomainError(
    'credential-rejected',
    `${message} The key is not assigned, and what it made is taken off again.`,
    { detail, ...(cause === undefined ? {} : { cause, particulars: { check: cause.code } }) },
  );
}

/** The outside call of VERIFIED. The caller holds the lease. */
export async function registerCredential(
  saga: Saga,
  turn: Extract<Turn, { kind: 'register' }>,
): Promise<Turn> {
  const { enrollment, attempted } = turn;
  let remoteId: string;
  try {
    remoteId = await register(saga, enrollment, attempted);
  } catch (error) {
    const final = isFinal(error);
    const after = await withLease(saga, enrollment, async (step, current) =>
      final
        ? orderRemoval(step, await rollBack(step, current, error))
        : // Whether the provider has it is unknown: it stays VERIFIED, and the next one to come looks there first.
          settled(step, await saveEnrollment(step, current, { leaseUntil: null })),
    );
    if (final || after.kind === 'held') return after;
    throw error;
  }
  return withLease(saga, enrollment, async (step, current) => {
    const state =
      current.state === 'REGISTERED' ? current.state : moveEnrollment(current.state, 'registered');
    return finishEnrollment(step, { ...current, state }, remoteId);
  });
}

async function register(
  { ports, tenantId }: Saga,
  enrollment: Enrollment,
  attempted: boolean,
): Promise<string> {
  const { provider, record } = await openProvider(ports, tenantId, enrollment.identityProviderId);
  const { credential } = evidenceOf(enrollment);
  const { reference, displayName } = enrollment.user;
  if (attempted) {
    const there = findCredential(await provider.listCredentials(reference), credential.id);
    if (there !== null) return there.remoteId;
  }
  const subject = await ports.store.transaction(tenantId, (tables) => lockSubject(tables, enrollment));
  const verified = verifyCredential(ports, enrollment, subject);
  const user = await provider.getUser(reference);
  if (user === null) {
    throw new DomainError('user-not-found', `${record.name} does not know ${displayName} any more.`);
  }
  if (!user.enabled) throw userDisabled(user, record.name);
  return completeOrFind(provider, {
    handle: enrollment.handle ?? '',
    user,
    credential,
    verified,
    label: deviceName(subject.device),
    deviceId: enrollment.deviceId,
  });
}

/** After a time-out the provider is listed and compared by credential id before anybody concludes anything. */
async function completeOrFind(
  provider: IdentityProvider,
  registration: Parameters<IdentityProvider['complete']>[0],
): Promise<string> {
  try {
    return (await provider.complete(registration)).remoteId;
  } catch (error) {
    if (isFinal(error)) throw error;
    const listed = await provider.listCredentials(registration.user.reference);
    const there = findCredential(listed, registration.verified.credentialId);
    if (there === null) throw error;
    return there.remoteId;
  }
}

function findCredential(
  credentials: readonly RemoteCredential[],
  credentialId: string,
): RemoteCredential | null {
  return credentials.find((credential) => credential.credentialId === credentialId) ?? null;
}

/** REGISTERED → COMPLETE: the key belongs to the person. */
async function finishEnrollment(step: SagaStep, enrollment: Enrollment, remoteId: string): Promise<Turn> {
  const { device } = await lockSubject(step.tables, enrollment);
  const owner = enrollment.user;
  await step.tables.devices.update({
    ...device,
    state: moveDevice(device.state, 'assigned'),
    owner,
    credentialId: enrollment.credential?.id ?? null,
    remoteId,
    updatedAt: step.ports.clock.now(),
  });
  const complete = await saveEnrollment(step, enrollment, {
    state: moveEnrollment(enrollment.state, 'completed'),
    leaseUntil: null,
    orderId: null,
  });
  await recordEvent(step, {
    type: 'device.enrolled',
    target: { kind: 'device', id: device.deviceId, name: deviceName(device) },
    description: `Enrolled for ${owner.displayName} (${owner.username}).`,
  });
  await recordEvent(step, {
    type: 'enrollment.completed',
    target: { kind: 'enrollment', id: enrollment.enrollmentId, name: owner.username },
    description: `${deviceName(device)} can be used by ${owner.displayName} now.`,
  });
  return settled(step, complete);
}
