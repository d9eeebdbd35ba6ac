import { toBase64Url } from '@keywarden/fido2/bytes';
import type { CredentialStatus } from '../credential.ts';
import type { CreationOptions } from '../enrollment.ts';
import { type Answered, type AuthenticationCall, converse, readUserAhead } from './conversation.ts';
import { decoysOf } from './decoys.ts';
import { enrollActionOf, requireEnrollPermission } from './enroll-permission.ts';
import { relyingPartyOf } from './holdings.ts';
import { requiredUsername, usernameOrNull } from './parameters.ts';
import { requireSameUsername } from './subject.ts';
import { userHandleFor } from './user-handle.ts';

/** Seconds in which a registration must come back. */
export const registrationLifetime = 300;

/** What the user already has there, so that no second credential is made on the same passkey. */
const alreadyHers: readonly CredentialStatus[] = ['PENDING', 'ACTIVE', 'SUSPENDED'];

/** Creation options for a new passkey of the user; a new call replaces the challenge of the one before. */
export function requestRegistration(
  call: AuthenticationCall,
  input: { readonly authType: string; readonly enrollId: string | null; readonly username: string },
): Promise<Answered<CreationOptions>> {
  const { ports, tenantId } = call;
  return converse<CreationOptions>(call, {
    ahead(tables) {
      readUserAhead(tables, input.username);
      tables.tenants.readAhead();
      const username = usernameOrNull(input.username);
      if (username !== null) tables.users.readHandlesAhead(username);
    },
    async decide(scene, tables) {
      const { transaction, workflow, now } = scene;
      const username = requiredUsername(input.username);
      requireSameUsername(transaction.state, username);
      const action = enrollActionOf(workflow, input);
      const authenticators = await tables.authenticators.findByUsername(username);
      const { pending } = requireEnrollPermission(scene, { action, username, authenticators });
      const { rpId } = relyingPartyOf(ports, action);
      const user = authenticators?.user ?? null;
      const handles = await tables.users.handles(username);
      const userHandle =
        user === null
          ? (await decoysOf(ports, tenantId)).userHandle(username, rpId)
          : (handles.get(rpId) ?? (await userHandleFor(ports, tenantId, { userId: user.userId, rpId })));
      const challenge = toBase64Url(ports.random.bytes(32));
      const tenant = action.rpName === null ? await tables.tenants.get() : null;
      const known = (authenticators?.credentials ?? []).filter(
        (credential) => credential.rpId === rpId && alreadyHers.includes(credential.status),
      );
      return {
        kind: 'answer',
        state: {
          ...transaction.state,
          registrationChallenge: {
            challenge,
            authType: action.code,
            enrollId: action.enrollId,
            userId: user?.userId ?? null,
            username,
            userHandle,
            pending,
            expiresAt: new Date(now.getTime() + registrationLifetime * 1000).toISOString(),
            answeredBy: null,
          },
        },
        body: {
          rp: { id: rpId, name: action.rpName ?? tenant?.name ?? rpId },
          user: {
            id: userHandle,
            name: user?.username ?? username,
            displayName: user?.displayName ?? username,
          },
          challenge,
          pubKeyCredParams: action.algorithms.map((alg) => ({ type: 'public-key', alg })),
          timeout: registrationLifetime * 1000,
          excludeCredentials: known.map(({ credentialId, transports }) => ({
            type: 'public-key',
            id: credentialId,
            ...(transports.length > 0 && { transports }),
          })),
          authenticatorSelection: {
            residentKey: action.residentKey,
            userVerification: action.userVerification,
          },
          attestation: action.attestationVerification,
          extensions: { credProps: true },
        },
      };
    },
  });
}
