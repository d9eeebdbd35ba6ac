import { AuthnError, CredentialOptions, EnrollFido, FactorProven, ProveProtection } from '@keywarden/api';
import {
  type Answered,
  type CreationOptions,
  proveProtection,
  registerCredential,
  requestRegistration,
} from '@keywarden/domain';
import { Type } from 'typebox';
import { type Answer, type Call, type Route, route } from '../http/route.ts';
import { readProof } from './code.ts';
import { exchange } from './conversation.ts';
import { Parameters } from './parameters.ts';

const steps = ['getcredentialoptions', 'registercredential'] as const;
const errors = { 400: AuthnError, 403: AuthnError };
const nothing = Type.Null({ description: 'no body' });

function enrollFido(call: Call): Promise<Answer> {
  return exchange<CreationOptions | null>(call, call.request.body, {
    ask: (conversation, parameters): Promise<Answered<CreationOptions | null>> => {
      const step = parameters.oneOf('enroll_step', steps);
      const input = {
        username: parameters.text('username'),
        authType: parameters.text('authType'),
        enrollId: parameters.optionalText('enrollId'),
      };
      switch (step) {
        case 'getcredentialoptions':
          return requestRegistration(conversation, input);
        case 'registercredential':
          return registerCredential(conversation, {
            ...input,
            credential: parameters.registration('credential'),
          });
      }
    },
    show: (options) =>
      options === null ? { status: 201 } : { status: 200, body: { publicKeyCredentialOptions: options } },
  });
}

function enrollCode(call: Call): Promise<Answer> {
  return exchange(call, call.request.body, {
    ask: (conversation, parameters) => {
      parameters.oneOf('grant_type', ['password']);
      return proveProtection(conversation, readProof(parameters));
    },
    show: ({ expiresIn }) => ({ status: 200, body: { expires_in: expiresIn } }),
  });
}

export const enrollRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/:tenant/authn/enroll',
    door: 'authn',
    access: 'transaction',
    summary: 'Either of the two below, told apart by `enroll_step` and `grant_type`',
    schema: {
      documented: { body: Type.Union([ProveProtection, EnrollFido]) },
      response: { 200: Type.Union([FactorProven, CredentialOptions]), 201: nothing, ...errors },
    },
    handle: (call) =>
      new Parameters(call.request.body).has('grant_type') ? enrollCode(call) : enrollFido(call),
  }),
  route({
    method: 'POST',
    path: '/:tenant/authn/enroll/code',
    door: 'authn',
    access: 'transaction',
    summary: 'Proves what protects the enrollment of a new authenticator',
    schema: { documented: { body: ProveProtection }, response: { 200: FactorProven, ...errors } },
    handle: enrollCode,
  }),
  route({
    method: 'POST',
    path: '/:tenant/authn/enroll/fido',
    door: 'authn',
    access: 'transaction',
    summary: 'Gives creation options for a passkey, or registers the one that was made',
    schema: {
      documented: { body: EnrollFido },
      response: { 200: CredentialOptions, 201: nothing, ...errors },
    },
    handle: enrollFido,
  }),
];
