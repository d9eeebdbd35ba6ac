import { connect, type Socket } from 'node:net';

export interface WireAnswer {
  readonly status: number;
  /** Names in lower case; of a name that comes twice all values, one a line. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface WireRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Whole lines, without Host and Content-Length. */
  readonly headers: readonly string[];
  readonly body: string;
}

const headEnd = Buffer.from('\r\n\r\n');

/**
 * One kept-alive HTTP/1.1 connection with one request at a time. A load generator on the machine that it measures must be
 * cheap: this costs a fifth of fetch.
 */
export class WireConnection {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #hostLine: string;
  #socket: Socket | null = null;
  #received: Buffer = Buffer.alloc(0);
  #waiting: { resolve(answer: WireAnswer): void; reject(error: Error): void } | null = null;

  constructor(origin: string) {
    const { hostname, port, host } = new URL(origin);
    this.#target = { host: hostname === 'localhost' ? '127.0.0.1' : hostname, port: Number(port) };
    this.#hostLine = `Host: ${host}`;
  }

  async send({ method, path, headers, body }: WireRequest): Promise<WireAnswer> {
    const socket = this.#socket ?? (await this.#open());
    const lines = [`${method} ${path} HTTP/1.1`, this.#hostLine, ...headers];
    if (method === 'POST') lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  #open(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#target);
      socket.setNoDelay(true);
      socket.once('connect', () => {
        this.#socket = socket;
        resolve(socket);
      });
      const fail = (error: Error) => {
        if (this.#socket === socket) this.#socket = null;
        this.#received = Buffer.alloc(0);
        const waiting = this.#waiting;
        this.#waiting = null;
        (waiting?.reject ?? reject)(error);
      };
      socket.on('error', fail);
      socket.on('close', () => fail(new Error('the server closed the connection')));
      socket.on('data', (chunk) => this.#take(chunk));
    });
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const answer = parse(this.#received);
    if (answer === null) return;
    this.#received = Buffer.alloc(0);
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve(answer);
  }
}

function parse(received: Buffer): WireAnswer | null {
  const end = received.indexOf(headEnd);
  if (end === -1) return null;
  const [statusLine = '', ...lines] = received.toString('latin1', 0, end).split('\r\n');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}\n${value}`);
  }
  const start = end + headEnd.length;
  const status = Number(statusLine.slice(9, 12));
  if (headers.get('transfer-encoding') === 'chunked') {
    const body = readChunks(received.subarray(start));
    return body === null ? null : { status, headers, body };
  }
  const length = Number(headers.get('content-length') ?? 0);
  if (received.length < start + length) return null;
  return { status, headers, body: received.toString('utf8', start, start + length) };
}

function readChunks(bytes: Buffer): string | null {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return null;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const start = lineEnd + 2;
    if (bytes.length < start + size + 2) return null;
    if (size === 0) return Buffer.concat(parts).toString('utf8');
    parts.push(bytes.subarray(start, start + size));
    at = start + size + 2;
  }
}

/** @throws Error that shows the answer, where the status is another one */
export function expectStatus(answer: WireAnswer, status: number, what: string): void {
  if (answer.status === status) return;
  throw new Error(`${what} answered ${answer.status} instead of ${status}: ${answer.body.slice(0, 400)}`);
}
