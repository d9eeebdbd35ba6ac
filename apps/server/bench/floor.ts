/**
 * What no server of this machine can leave out of a sign-in: six HTTP requests on node:http with JSON read and written, as many
 * round trips to PostgreSQL as ours needs with one row each and as many durable commits, the assertion's signature checked and
 * an ID token's made. It checks nothing, refuses nothing and knows one kind of everything: a measure, not a service.
 */
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import process from 'node:process';
import pg from 'pg';
import { type Dispatch, fly } from '../src/storage/flight.ts';
import { type FloorProvider, openFloorProvider } from './floor-provider.ts';

const { FLOOR_DATABASE = '', FLOOR_KEY = '', FLOOR_PORT = '', FLOOR_CLIENT, FLOOR_ISSUER = '' } = process.env;
const pool = new pg.Pool({ ...(JSON.parse(FLOOR_DATABASE) as pg.PoolConfig), max: 20 });
const holdersKey = createPublicKey({ key: JSON.parse(FLOOR_KEY), format: 'jwk' });
/** Where there is a client, the OpenID provider does its part of the work. */
const provider =
  FLOOR_CLIENT === undefined ? null : openFloorProvider(FLOOR_ISSUER, JSON.parse(FLOOR_CLIENT));
const ownKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
process.on('disconnect', () => process.exit());
process.on('SIGTERM', () => process.exit());

interface State {
  readonly challenge?: string;
  readonly proven?: string;
}

/** Who asks is our own load generator, which is believed. */
interface Body {
  readonly request_uri: string;
  readonly username: string;
  readonly grant_type?: string;
  readonly password: { readonly response: Readonly<Record<string, string>> };
}

const asText = () => (text: string) => text;

async function send(dispatches: readonly Dispatch[]) {
  const client = await pool.connect();
  try {
    return await fly(client, dispatches, asText);
  } finally {
    client.release();
  }
}

const dispatch = (name: string, text: string, values: readonly unknown[]): Dispatch => ({
  name,
  text,
  values,
});
const insert = (id: string, state: State) =>
  dispatch('insert', 'INSERT INTO transactions (id, state, version) VALUES ($1, $2, 0)', [id, state]);
const load = (id: string) => dispatch('load', 'SELECT state, version FROM transactions WHERE id = $1', [id]);
const find = (name: string) => dispatch('find', 'SELECT credential FROM holders WHERE name = $1', [name]);
const update = (id: string, state: State) =>
  dispatch('update', 'UPDATE transactions SET state = $2, version = version + 1 WHERE id = $1', [id, state]);
const count = (name: string) =>
  dispatch('count', 'UPDATE holders SET uses = uses + 1 WHERE name = $1', [name]);
const note = (what: string) =>
  dispatch('note', 'INSERT INTO notes (id, what) VALUES ($1, $2)', [randomBytes(16).toString('hex'), what]);

/** By request: what is kept, and what is answered. */
async function serve(request: IncomingMessage, text: string): Promise<unknown> {
  if (request.url?.endsWith('/par')) {
    const id = randomBytes(32).toString('base64url');
    await send([insert(id, {})]);
    return { request_uri: id };
  }
  if (request.url?.endsWith('/token')) {
    const id = new URLSearchParams(text).get('code') ?? '';
    await send([load(id)]);
    const token = sign('sha256', Buffer.from(id), { key: ownKey, dsaEncoding: 'ieee-p1363' });
    await send([update(id, { proven: 'consumed' }), note('token')]);
    return { id_token: token.toString('base64url') };
  }
  const body = JSON.parse(text) as Body;
  const { request_uri: id, username, grant_type: step = 'flow' } = body;
  const [loaded] = await send([load(id), find(username)]);
  const [row] = (loaded?.rows ?? []) as { state: string }[];
  const state = JSON.parse(row?.state ?? '{}') as State;
  switch (step) {
    case 'fido_challenge': {
      const challenge = randomBytes(32).toString('base64url');
      await send([update(id, { ...state, challenge })]);
      return { challenge, rpId: 'localhost', userVerification: 'preferred', allowCredentials: [] };
    }
    case 'password': {
      const { response } = body.password;
      const part = (name: string) => Buffer.from(response[name] ?? '', 'base64url');
      const clientDataHash = createHash('sha256').update(part('clientDataJSON')).digest();
      const signed = Buffer.concat([part('authenticatorData'), clientDataHash]);
      const right = verify('sha256', signed, holdersKey, part('signature'));
      await send([update(id, { ...state, proven: String(right) }), count(username), note('proven')]);
      return {};
    }
    case 'code_request': {
      const code =
        provider === null ? randomBytes(32).toString('base64url') : await provider.code(id, username);
      await send([update(id, state), insert(code, state), note('code')]);
      return { code };
    }
    default:
      await send([update(id, state)]);
      return { firstFactors: [], enrollActions: [] };
  }
}

/** The provider's own calls, with the round trips that they have above. */
function provide(from: FloorProvider, request: IncomingMessage, response: ServerResponse): boolean {
  if (request.url?.endsWith('/par')) {
    from.serve(request, response, {
      after: ({ body }) => send([insert((body as { request_uri: string }).request_uri, {})]),
    });
    return true;
  }
  if (request.url?.endsWith('/token')) {
    from.serve(request, response, {
      before: () => send([load('')]),
      after: ({ code }) => send([update(code, { proven: 'consumed' }), note('token')]),
    });
    return true;
  }
  return false;
}

createServer((request, response) => {
  if (provider !== null && provide(provider, request, response)) return;
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', async () => {
    const answer = JSON.stringify(await serve(request, Buffer.concat(pieces).toString()));
    response.writeHead(request.url?.endsWith('/par') ? 201 : 200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(answer),
      'server-csrf-token': 'none',
    });
    response.end(answer);
  });
}).listen(Number(FLOOR_PORT), '127.0.0.1', () => {
  process.send?.({ type: 'listening', baseUrl: `http://localhost:${FLOOR_PORT}`, port: Number(FLOOR_PORT) });
});
