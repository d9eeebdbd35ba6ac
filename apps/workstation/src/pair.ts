import { Pairing, type PairWorkstation, Problem } from '@keywarden/api';
import { Compile } from 'typebox/compile';
import type { Identity } from './identity.ts';
import type { Pairings } from './pairings.ts';

/** Milliseconds for the whole conversation; bytes of the answer. */
const patience = 20_000;
const answerLimit = 256 * 1024;

const pairingSchema = Compile(Pairing);
const problemSchema = Compile(Problem);

export interface PairRequest {
  /** `https://keywarden.example`; plain http on this machine alone. */
  readonly server: string;
  readonly tenant: string;
  readonly name: string;
  /** Single use; never an argument of a program, where every user of the machine could read it. */
  readonly code: string;
}

/** Why it did not work, in a sentence for the person who tries. */
export class PairingFailure extends Error {
  override readonly name = 'PairingFailure';
}

/** Shows the server our public key and pins what it answers: order keys, origins, RP IDs. @throws PairingFailure */
export async function pair(
  request: PairRequest,
  own: { readonly identity: Identity; readonly pairings: Pairings; readonly fetch: typeof fetch },
): Promise<Pairing> {
  const issuer = issuerOf(request);
  const body: PairWorkstation = { code: request.code, name: request.name, publicKey: own.identity.publicKey };
  const answer = await post(`${issuer}/api/v1/workstations`, body, own.fetch);
  if (!pairingSchema.Check(answer)) throw new PairingFailure('The server gave an answer that is no pairing.');
  // Whoever answers may speak for the server that was asked, and for no other.
  if (answer.issuer !== issuer || answer.workstationId !== own.identity.workstationId) {
    throw new PairingFailure('The server answered for somebody else. Check its public URL.');
  }
  await own.pairings.put(answer);
  return answer;
}

function issuerOf({ server, tenant }: PairRequest): string {
  const url = URL.canParse(server) ? new URL(server) : null;
  const loopback = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url === null || (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback))) {
    // Over plain http anybody on the way could hand us order keys of his own.
    throw new PairingFailure('--server must be an https URL (http only for localhost).');
  }
  if (url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new PairingFailure('--server must be a plain URL such as https://keywarden.example.');
  }
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(tenant))
    throw new PairingFailure('--tenant is not the name of a tenant.');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}/${tenant}`;
}

async function post(url: string, body: unknown, send: typeof fetch): Promise<unknown> {
  let response: Response;
  let text: string;
  try {
    response = await send(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(patience),
    });
    text = await bounded(response);
  } catch (cause) {
    throw new PairingFailure(`The server at ${url} cannot be reached.`, { cause });
  }
  const answer = parse(text);
  if (response.ok) return answer;
  const problem = problemSchema.Check(answer) ? answer : null;
  const reason =
    problem === null
      ? `status ${response.status}`
      : [problem.title, problem.detail].filter(Boolean).join(' ');
  throw new PairingFailure(`The server refused the pairing: ${reason}`);
}

async function bounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > answerLimit) throw new Error('the answer is too long');
  }
  return text + decoder.decode();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
