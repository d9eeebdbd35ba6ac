import { toBase64Url } from '@keywarden/fido2/bytes';
import type { Tables } from '../ports/index.ts';
import { type Answered, type AuthenticationCall, converse, readUserAhead } from './conversation.ts';
import { decoysOf } from './decoys.ts';
import { relyingPartyOf, usableCredentials } from './holdings.ts';
import { factorOf, normalisedUsername } from './parameters.ts';
import { AuthenticationRefusal, invalidRequest } from './refusal.ts';
import { requireSameUsername } from './subject.ts';

/** Seconds in which a challenge must be answered; the transaction may end before. */
export const challengeLifetime = 300;

export interface AssertionOptions {
  readonly challenge: string;
  readonly rpId: string;
  readonly userVerification: 'required' | 'preferred' | 'discouraged';
  readonly allowCredentials: readonly {
    readonly type: 'public-key';
    readonly id: string;
    readonly transports?: readonly string[];
  }[];
}

/**
 * A challenge for a FIDO factor; it replaces the one before. With a username, the user's credentials are named; who has
 * none, or does not exist, is told decoys. Without, any discoverable credential may answer.
 */
export function requestAssertion(
  call: AuthenticationCall,
  input: { readonly authType: string; readonly username: string | null },
): Promise<Answered<AssertionOptions>> {
  return converse(call, {
    ahead: (tables) => readUserAhead(tables, input.username),
    async decide({ transaction, workflow, now }, tables) {
      const username = normalisedUsername(input.username);
      requireSameUsername(transaction.state, username);
      const { factor } = factorOf(workflow, input.authType);
      if (factor.type !== 'FIDO') {
        throw new AuthenticationRefusal(invalidRequest('This authType is not a FIDO factor'));
      }
      const { rpId } = relyingPartyOf(call.ports, factor);
      const challenge = toBase64Url(call.ports.random.bytes(32));
      const descriptors =
        username === null ? [] : await credentialDescriptors(call, tables, { username, rpId, factor });
      return {
        kind: 'answer',
        state: {
          ...transaction.state,
          assertionChallenge: {
            challenge,
            authType: factor.code,
            username,
            expiresAt: new Date(now.getTime() + challengeLifetime * 1000).toISOString(),
          },
        },
        body: {
          challenge,
          rpId,
          userVerification: factor.userVerification,
          allowCredentials: descriptors.map(({ id, transports }) => ({
            type: 'public-key' as const,
            id,
            ...(transports.length > 0 && { transports }),
          })),
        },
      };
    },
  });
}

async function credentialDescriptors(
  { ports, tenantId }: AuthenticationCall,
  tables: Tables,
  { username, rpId, factor }: { username: string; rpId: string; factor: { code: string } },
): Promise<readonly { readonly id: string; readonly transports: readonly string[] }[]> {
  const decoys = (await decoysOf(ports, tenantId)).credentialDescriptors(username, rpId);
  const authenticators = await tables.authenticators.findByUsername(username);
  const usable = usableCredentials(authenticators?.credentials ?? [], {
    rpId,
    code: factor.code,
    now: ports.clock.now(),
  });
  const real = authenticators?.user.status === 'active' ? usable : [];
  return real.length === 0
    ? decoys
    : real.map(({ credentialId, transports }) => ({ id: credentialId, transports }));
}
