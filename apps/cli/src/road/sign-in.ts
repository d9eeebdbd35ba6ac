import { AuthenticationCredentialJson, RequestOptionsJson } from '@keywarden/api';
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { CliError } from '../errors.ts';
import { parseJson, readAnswer } from './answers.ts';
import type { RoadSession } from './open-session.ts';
import { type ClientRegistration, relyingClient, type SignedIn } from './relying-client.ts';
import { type StepRunner, unwatched } from './steps.ts';
import type { OperationEvent, PinSource } from './workstation-connection.ts';

/** Answers of the authentication service, as far as a back-end client reads them. */
const FlowAnswer = Type.Object({
  firstFactors: Type.Array(
    Type.Object({ factorId: Type.String(), type: Type.String(), code: Type.String() }),
  ),
});
const CodeAnswer = Type.Object({
  code: Type.String(),
  state: Type.Optional(Type.String()),
  iss: Type.String(),
});
const OAuthError = Type.Object({
  error: Type.String(),
  error_description: Type.Optional(Type.String()),
});

/** Answers a challenge with an assertion; the key's way or, in a test, any other. */
export type Asserter = (
  options: Static<typeof RequestOptionsJson>,
) => Promise<Static<typeof AuthenticationCredentialJson>>;

export interface SignInOptions {
  /** `<publicUrl>/<tenant>` */
  readonly issuer: string;
  readonly client: ClientRegistration;
  readonly username: string;
  readonly assert: Asserter;
  readonly step?: StepRunner;
}

/** A key on the desk signs, by an order of the management API: the test of a key that an operator may make. */
export function assertWithKey(options: {
  session: RoadSession;
  connectionId: string;
  pins: PinSource;
  onEvent?: (event: OperationEvent) => void;
}): Asserter {
  const { management, workstation, hello } = options.session;
  return async (challenge) => {
    const { order } = await management.orderAuthentication({
      workstationId: hello.workstationId,
      connectionId: options.connectionId,
      options: challenge,
    });
    const { result } = await workstation.run(order, {
      pins: options.pins,
      ...(options.onEvent && { onEvent: options.onEvent }),
    });
    if (result.action !== 'authenticate') {
      throw new CliError('answer-unexpected', `The key was to sign in but answered ${result.action}.`);
    }
    return readAnswer(AuthenticationCredentialJson, result.credential, 'The key');
  };
}

/** One transaction: every call names `request_uri` and carries the newest `server-csrf-token`. */
function transaction(requestUri: string) {
  let csrf: string | null = null;
  return async function call<S extends TSchema>(
    request: { method: 'GET' | 'POST'; url: string; members?: Record<string, unknown> },
    schema: S,
  ): Promise<Static<S>> {
    const url = new URL(request.url);
    const members = { request_uri: requestUri, ...request.members };
    if (request.method === 'GET') {
      for (const [name, value] of Object.entries(members)) url.searchParams.set(name, String(value));
    }
    const response = await fetch(url, {
      method: request.method,
      headers: {
        accept: 'application/json',
        ...(csrf !== null && { 'server-csrf-token': csrf }),
        ...(request.method === 'POST' && { 'content-type': 'application/json' }),
      },
      ...(request.method === 'POST' && { body: JSON.stringify(members) }),
      signal: AbortSignal.timeout(30_000),
    });
    csrf = response.headers.get('server-csrf-token') ?? csrf;
    const body = parseJson(await response.text());
    if (response.ok) return readAnswer(schema, body, `${request.method} ${url.pathname}`);
    const why = Value.Check(OAuthError, body) ? `${body.error}: ${body.error_description ?? ''}` : '';
    throw new CliError(
      'sign-in-refused',
      `${request.method} ${url.pathname} answered ${response.status} ${why}`.trim(),
    );
  };
}

/** Signs the user in as a confidential back-end client does, and verifies what it is given. */
export async function signIn(options: SignInOptions): Promise<SignedIn> {
  const step = options.step ?? unwatched;
  const { username } = options;
  const client = await step('Discover the authentication service', () =>
    relyingClient(options.issuer, options.client),
  );
  const pushed = await step('Push the authorization request (PAR, PKCE)', () => client.push());
  const { flow_endpoint: flowUrl, code_endpoint: codeUrl } = client.endpoints;
  const call = transaction(pushed.requestUri);
  const postCode = <S extends TSchema>(members: Record<string, unknown>, schema: S) =>
    call({ method: 'POST', url: codeUrl, members: { username, ...members } }, schema);

  const authType = await step(
    'Ask which factors the user has',
    async () => {
      const flow = await call({ method: 'GET', url: flowUrl, members: { username } }, FlowAnswer);
      const factor = flow.firstFactors.find((entry) => entry.type === 'FIDO');
      if (factor === undefined) {
        throw new CliError(
          'sign-in-refused',
          `The authentication service offers ${username} no FIDO factor.`,
        );
      }
      return factor.code;
    },
    (code) => code,
  );
  const challenge = await step('Ask for a challenge', () =>
    postCode({ grant_type: 'fido_challenge', authType }, RequestOptionsJson),
  );
  const assertion = await step('Sign it with the key', () => options.assert(challenge));
  await step('Verify the assertion', () =>
    postCode({ grant_type: 'password', authType, password: assertion }, Type.Unknown()),
  );
  const granted = await step('Ask for the code', () =>
    postCode({ grant_type: 'code_request', authType }, CodeAnswer),
  );
  const callback = new URL(options.client.redirectUri);
  for (const [name, value] of Object.entries(granted)) callback.searchParams.set(name, value);
  return client.redeem(pushed, callback, step);
}
