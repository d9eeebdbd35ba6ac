import { expect } from 'vitest';
import { pushRequest, Transaction } from './back-end-client.ts';
import { assertWith, createPasskey, type Deviation, type Passkey } from './passkey.ts';
import type { Room, ServerRig } from './rig.ts';

export const password = { grant_type: 'password', authType: 'AT_EMPPWD' };
export const fido = { authType: 'AT_FIDO' };
export const options = { enroll_step: 'getcredentialoptions', ...fido };
export const register = { enroll_step: 'registercredential', ...fido };
export const challenge = { grant_type: 'fido_challenge', ...fido };
export const assertion = { grant_type: 'password', ...fido };

/** The user's yes to everything; a factor must be proven. */
export async function consent(transaction: Transaction, username: string, scope: string): Promise<void> {
  const sharings = scope.split(' ').map((one) => ({ scope: one, status: 'accepted', exp: -1 }));
  const reply = await transaction.call('/consent', { username, sharings }, { method: 'PUT' });
  expect(reply.status, JSON.stringify(reply.body)).toBe(200);
}

/** What tests do again and again, each as a client would. */
export interface Steps {
  begin(of: Room, extra?: Record<string, string>): Promise<Transaction>;
  /** A transaction in which the user proved what protects the enrollment. */
  protectedBy(username: string, of: Room): Promise<Transaction>;
  enroll(username: string, of: Room, deviation?: Deviation): Promise<Passkey>;
  /** A challenge, and the assertion that answers it. */
  answered(
    transaction: Transaction,
    passkey: Passkey,
    member: { username?: string },
    deviation?: Deviation,
  ): Promise<ReturnType<typeof assertWith>>;
}

export function stepsOf(rig: ServerRig): Steps {
  const steps: Steps = {
    async begin(of, extra = {}) {
      return new Transaction(of.issuer, (await pushRequest(of.client, extra)).requestUri);
    },
    async protectedBy(username, of) {
      const transaction = await steps.begin(of);
      const secret = of.passwords[username];
      const reply = await transaction.call('/enroll/code', { ...password, username, password: secret });
      expect(reply.status, JSON.stringify(reply.body)).toBe(200);
      return transaction;
    },
    async enroll(username, of, deviation = {}) {
      const transaction = await steps.protectedBy(username, of);
      const asked = await transaction.call('/enroll/fido', { ...options, username });
      const made = createPasskey(asked.body.publicKeyCredentialOptions, rig.publicUrl, deviation);
      const { credential } = made;
      const reply = await transaction.call('/enroll/fido', { ...register, username, credential });
      expect(reply.status, JSON.stringify(reply.body)).toBe(201);
      return made.passkey;
    },
    async answered(transaction, passkey, member, deviation = {}) {
      const asked = await transaction.call('/code', { ...challenge, ...member });
      expect(asked.status, JSON.stringify(asked.body)).toBe(200);
      return assertWith(passkey, { challenge: asked.body.challenge, origin: rig.publicUrl }, deviation);
    },
  };
  return steps;
}

/** A refusal as the specification shows it, with a token whatever it is. */
export function refusal(status: number, error: string, reason?: number, authType = 'AT_FIDO') {
  return {
    status,
    token: expect.stringMatching(/^[\w-]{43}$/),
    body: {
      error,
      error_description: expect.stringMatching(/./),
      ...(reason !== undefined && { hid_failure: { reason, authType } }),
    },
  };
}
