import { createHash } from 'node:crypto';
import { equalBytes, FormatError, fromBase64Url, toBase64Url } from '@keywarden/fido2/bytes';
import { type CertificationLevel, certificationLevels, metadataTrust } from '@keywarden/fido2/metadata';
import {
  type AttestationTrust,
  TrustAnchors,
  type VerifiedRegistration,
  verifyRegistration,
  WebAuthnError,
} from '@keywarden/fido2/webauthn';
import { recordEvent } from '../commands/audit-trail.ts';
import type { Credential } from '../credential.ts';
import type { RegistrationCredential } from '../enrollment.ts';
import { deviceOf, usualPasskeyName } from '../passkey-device.ts';
import { modelOfPasskey } from '../passkey-model.ts';
import type { AuthenticatorMetadata, Ports, Tables } from '../ports/index.ts';
import type { User } from '../user.ts';
import {
  type Answered,
  type AuthenticationCall,
  converse,
  readUserAhead,
  type Scene,
  type Settlement,
} from './conversation.ts';
import { enrollActionOf, requireEnrollPermission } from './enroll-permission.ts';
import { relyingPartyOf } from './holdings.ts';
import { languageWish } from './languages.ts';
import { notifyUser } from './notify-user.ts';
import { requiredUsername } from './parameters.ts';
import { userActor } from './prove.ts';
import {
  AuthenticationRefusal,
  failureOf,
  type GrantFailure,
  invalidGrant,
  modelForbidden,
} from './refusal.ts';
import { requireSameUsername, requireUnchanged, requireUnchangedUsername } from './subject.ts';
import type { RegistrationChallenge } from './transaction.ts';
import type { EnrollAction } from './workflow.ts';

interface RegistrationInHand {
  readonly action: EnrollAction;
  readonly challenge: RegistrationChallenge;
  /** Whom it was permitted to; null where it comes again, or where nobody has this username. */
  readonly user: User | null;
}

/** Verifies a new passkey and keeps it. The same one again is told so again; done is done. */
export function registerCredential(
  call: AuthenticationCall,
  input: {
    readonly authType: string;
    readonly enrollId: string | null;
    readonly username: string;
    readonly credential: RegistrationCredential;
  },
): Promise<Answered<null>> {
  const answeredBy = digestOf(input.credential);
  return converse<null, RegistrationInHand>(call, {
    ahead: (tables) => readUserAhead(tables, input.username),
    async decide(scene, tables) {
      const { transaction, workflow, now } = scene;
      const username = requiredUsername(input.username);
      requireSameUsername(transaction.state, username);
      const challenge = transaction.state.registrationChallenge;
      const { authType } = input;
      // The options said which of several actions it is; the registration may leave that out.
      const begun = challenge?.authType === authType ? challenge.enrollId : null;
      const action = enrollActionOf(workflow, { authType, enrollId: input.enrollId ?? begun });
      if (challenge !== null) {
        requireUnchangedUsername(challenge.username, username);
        requireUnchanged('authType', challenge.authType, action.code);
        requireUnchanged('enrollId', challenge.enrollId, action.enrollId);
      }
      const again = challenge !== null && challenge.answeredBy === answeredBy;
      const authenticators = again ? null : await tables.authenticators.findByUsername(username);
      if (!again) {
        requireEnrollPermission(scene, { action, username, authenticators });
      }
      if (
        challenge === null ||
        (challenge.answeredBy !== null && !again) ||
        Date.parse(challenge.expiresAt) <= now.getTime()
      ) {
        throw new AuthenticationRefusal(invalidGrant('challenge-unusable', action.code));
      }
      return {
        kind: 'go-on',
        pace: 'at-once',
        state: again
          ? transaction.state
          : { ...transaction.state, registrationChallenge: { ...challenge, answeredBy } },
        carry: { action, challenge, user: authenticators?.user ?? null },
      };
    },
    async conclude(inHand, scene) {
      return settleRegistration(scene, inHand, judge(scene, inHand, input.credential));
    },
  });
}

type Judged = VerifiedRegistration | { readonly failure: GrantFailure; readonly detail: string };

function judge(
  { call, now }: Scene,
  { action, challenge }: RegistrationInHand,
  credential: RegistrationCredential,
): Judged {
  const { rpId, origins } = relyingPartyOf(call.ports, action);
  try {
    const verified = verifyRegistration({
      credential,
      expected: {
        challenge: challenge.challenge,
        origins,
        rpId,
        algorithms: action.algorithms,
        userVerification: action.userVerification,
        attestation: action.attestationVerification,
        deniedAaguids: action.deniedAaguids,
        requireDeviceBound: action.deviceBoundOnly,
        ...(action.allowedAaguids.length > 0 && { allowedAaguids: action.allowedAaguids }),
      },
      trust: attestationTrust(call.ports, action, now),
      now,
    });
    // Nobody has this username: everything was judged as for anybody, and nothing is kept.
    if (challenge.userId === null) return { failure: 'bad-credential', detail: 'no such user' };
    return verified;
  } catch (error) {
    if (!(error instanceof WebAuthnError)) throw error;
    return { failure: failureOf(error.code), detail: error.message };
  }
}

/** Metadata is asked of the model at hand: without metadata, or with metadata that is overdue, nobody is believed. */
function attestationTrust(
  { metadata }: Ports,
  action: EnrollAction,
  now: Date,
): Pick<AttestationTrust, 'anchors' | 'requireTrusted'> {
  if (action.attestationTrust !== 'metadata') {
    return {
      anchors: anchorsOf(action),
      requireTrusted: action.attestationTrust === 'roots',
    };
  }
  return metadataTrust({
    snapshot: metadata.current(),
    policy: {
      unknownModels: 'refuse',
      minimumCertification: certificationOf(action.minimumCertification),
      maximumOverdue: action.staleMetadata === 'accept' ? undefined : 0,
    },
    now,
  });
}

/** By the action of the workflow that is in force: what it read of certificates goes with it. */
const anchorsByAction = new WeakMap<EnrollAction, TrustAnchors>();

/** Roots that can't be read stay bytes: verification says so, of attestation that has a chain. */
function anchorsOf(action: EnrollAction): TrustAnchors | readonly Uint8Array[] {
  const known = anchorsByAction.get(action);
  if (known !== undefined) return known;
  const roots = action.attestationRoots.map(fromBase64Url);
  try {
    const anchors = new TrustAnchors(roots);
    anchorsByAction.set(action, anchors);
    return anchors;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return roots;
  }
}

/** A level that nobody knows is above all that anybody has. */
function certificationOf(level: string | null): CertificationLevel | undefined {
  if (level === null) return undefined;
  const [highest] = certificationLevels.slice(-1);
  return certificationLevels.find((known) => known === level) ?? highest;
}

function settleRegistration(scene: Scene, inHand: RegistrationInHand, judged: Judged): Settlement<null> {
  const { action, challenge } = inHand;
  const { call, now } = scene;
  const { ports } = call;
  const target = { kind: 'user', id: challenge.userId ?? '', name: challenge.username };
  const user = { userId: challenge.userId ?? '', username: challenge.username };
  const actor = userActor(call.actor, user);
  return async (fresh, tables) => {
    const kept =
      'failure' in judged
        ? judged
        : await keep(tables, {
            judged,
            action,
            challenge,
            rpId: relyingPartyOf(ports, action).rpId,
            deviceId: ports.random.uuid(),
            metadata: ports.metadata,
            now,
          });
    if (kept === 'already') return { state: fresh, answer: { kind: 'done', body: null } };
    if (kept === 'kept') {
      const owner = inHand.user ?? (await tables.users.get(user.userId));
      if (owner === null) throw new Error(`a passkey was kept for ${user.userId}, who is gone`);
      await notifyUser(
        { ports, tables, actor, languages: languageWish(scene.call, scene.transaction.request.uiLocales) },
        {
          user: owner,
          kind: 'authenticator.added',
          authenticator: { type: 'passkey', name: usualPasskeyName },
          description: `${challenge.username} enrolled a passkey for ${action.code}${
            fresh.subject === null ? ' without any proof, as the bootstrap of this tenant allows' : ''
          }`,
        },
      );
      return { state: { ...fresh }, answer: { kind: 'done', body: null } };
    }
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'credential.refused',
        target,
        outcome: 'failure',
        description: `A passkey for ${action.code} was refused: ${kept.detail}.`,
      },
    );
    const refusal =
      kept.failure === 'model-not-allowed'
        ? modelForbidden(action.code, kept.detail)
        : invalidGrant(kept.failure, action.code, kept.detail);
    return { state: fresh, answer: { kind: 'refused', refusal } };
  };
}

async function keep(
  tables: Tables,
  input: {
    readonly judged: VerifiedRegistration;
    readonly action: EnrollAction;
    readonly challenge: RegistrationChallenge;
    readonly rpId: string;
    readonly deviceId: string;
    readonly metadata: AuthenticatorMetadata;
    readonly now: Date;
  },
): Promise<'kept' | 'already' | { readonly failure: GrantFailure; readonly detail: string }> {
  const { judged, action, challenge, rpId, now } = input;
  const { userId } = challenge;
  if (userId === null) return { failure: 'bad-credential', detail: 'no such user' };
  const credential: Credential = {
    credentialId: judged.credentialId,
    userId,
    rpId,
    userHandle: challenge.userHandle,
    publicKey: judged.publicKey,
    algorithm: judged.algorithm,
    signCount: judged.signCount,
    aaguid: judged.aaguid,
    attestationFormat: judged.attestationFormat,
    attestationTrusted: judged.attestationTrusted,
    transports: judged.transports,
    backupEligible: judged.backupEligible,
    backedUp: judged.backedUp,
    userVerified: judged.userVerified,
    discoverable: judged.discoverable,
    deviceId: null,
    friendlyName: modelOfPasskey(input.metadata, judged.aaguid).name ?? usualPasskeyName,
    authType: action.code,
    status: 'ACTIVE',
    validFrom: null,
    validUntil: null,
    failures: 0,
    createdAt: now,
    lastUsedAt: null,
  };
  const registered = await tables.passkeyDevices.register({
    credential,
    device: deviceOf(credential, { deviceId: input.deviceId, deviceType: action.deviceType }),
    pending: challenge.pending,
  });
  if (registered) {
    await tables.users.keepHandle(userId, rpId, challenge.userHandle);
    return 'kept';
  }
  const known = await tables.credentials.get(judged.credentialId);
  if (known === null) return { failure: 'factor-not-proven', detail: 'the device that waited is gone' };
  const same =
    known.userId === userId &&
    known.rpId === rpId &&
    known.status === 'ACTIVE' &&
    equalBytes(known.publicKey, judged.publicKey);
  return same
    ? 'already'
    : { failure: 'credential-known', detail: 'the credential id is registered already' };
}

function digestOf({ response }: RegistrationCredential): string {
  return toBase64Url(
    createHash('sha256')
      .update(response.clientDataJSON)
      .update('\0')
      .update(response.attestationObject)
      .digest(),
  );
}
