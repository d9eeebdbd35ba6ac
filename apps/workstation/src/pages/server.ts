import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '@keywarden/fido2/ctap2';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { isErrno } from '../atomic-file.ts';
import type { Pairings } from '../pairings.ts';
import { version } from '../version.ts';
import { hostsOf, namesUs, originOf, type Refusal, refuseUpgrade } from './gate.ts';
import { PageConnection, type PageRequests } from './page.ts';

/** Bytes: the longest order and its envelope. */
const messageLimit = 140_000;
const connectionLimit = 64;
const pageLimit = 32;
/** Milliseconds that pages get to close by themselves. */
const farewell = 500;

export interface PageServerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly pairings: Pairings;
  readonly requests: PageRequests;
  readonly clock: Clock;
  /** A new name for a connection. */
  readonly newId: () => string;
  readonly log: Logger;
}

/** The door for pages: HTTP and WebSocket on the loopback addresses of this machine and on nothing else. */
export class PageServer {
  readonly port: number;
  readonly #options: PageServerOptions;
  readonly #servers: readonly Server[];
  readonly #webSockets: WebSocketServer;
  readonly #pages = new Set<PageConnection>();
  #stopping = false;

  private constructor(options: PageServerOptions, servers: readonly Server[], port: number) {
    this.#options = options;
    this.#servers = servers;
    this.port = port;
    this.#webSockets = new WebSocketServer({
      noServer: true,
      maxPayload: messageLimit,
      // Compression costs memory for each page and orders hardly shrink.
      perMessageDeflate: false,
    });
    for (const server of servers) {
      server.on('request', (request, response) => void this.#serve(request, response));
      server.on('upgrade', (request, socket, head) => void this.#upgrade(request, { socket, head }));
    }
  }

  /** @throws Error with `code` EADDRINUSE where something else holds the port */
  static async listen(options: PageServerOptions): Promise<PageServer> {
    const { servers, port } = await listenOnLoopback(options.port);
    if (servers.length === 1)
      options.log.info('this machine has no IPv6 loopback address; serving 127.0.0.1 alone');
    return new PageServer(options, servers, port);
  }

  /** Pages are told to go (1001), then connections are cut. */
  async close(): Promise<void> {
    this.#stopping = true;
    const closed = this.#servers.map(
      (server) => new Promise<void>((done) => void server.close(() => done())),
    );
    for (const page of this.#pages) page.close(1001, 'the workstation service is stopping');
    const cancel = this.#options.clock.after(farewell, () => {
      for (const page of this.#pages) page.terminate();
      for (const server of this.#servers) server.closeAllConnections();
    });
    for (const server of this.#servers) server.closeIdleConnections();
    await Promise.all(closed);
    cancel();
  }

  async #upgrade(
    request: IncomingMessage,
    { socket, head }: { socket: Duplex; head: Buffer },
  ): Promise<void> {
    socket.on('error', () => socket.destroy());
    try {
      const refusal = await this.#refusal(request);
      if (refusal !== null) refuse(socket, refusal);
      else {
        this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
          this.#welcome(webSocket, originOf(request) ?? '');
        });
      }
    } catch (error) {
      this.#options.log.error({ err: error }, 'upgrade failed');
      socket.destroy();
    }
  }

  #welcome(webSocket: WebSocket, origin: string): void {
    const { clock, requests, log, newId } = this.#options;
    const page = new PageConnection(webSocket, { id: newId(), origin, clock, requests, log });
    this.#pages.add(page);
    webSocket.once('close', () => this.#pages.delete(page));
    log.info({ page: page.id, origin }, 'page connected');
  }

  async #refusal(request: IncomingMessage): Promise<Refusal | null> {
    if (this.#stopping || this.#pages.size >= pageLimit) return { status: 503, reason: 'No more pages now.' };
    const { pairings, log } = this.#options;
    const refusal = await refuseUpgrade(request, { hosts: hostsOf(this.port), pairings });
    if (refusal !== null) log.warn({ ...refusal, origin: originOf(request) }, 'page refused');
    return refusal;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#respond(request, response);
    } catch (error) {
      this.#options.log.error({ err: error }, 'request failed');
      response.destroy();
    }
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // What a request carries in its body is never of interest.
    request.resume();
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
    response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
    response.setHeader('Vary', 'Origin');
    response.writeHead(await this.#statusFor(request, response));
    response.end(response.hasHeader('Content-Type') ? JSON.stringify({ version }) : undefined);
  }

  /** Sets the headers that go with the status. */
  async #statusFor(request: IncomingMessage, response: ServerResponse): Promise<number> {
    if (!namesUs(request, hostsOf(this.port))) return 421;
    const origin = originOf(request);
    if (origin !== null) {
      if (!(await this.#options.pairings.allowsOrigin(origin))) return 403;
      response.setHeader('Access-Control-Allow-Origin', origin);
    }
    if (request.method === 'OPTIONS') return origin === null ? 403 : preflight(request, response);
    if (request.method !== 'GET') return 405;
    if (request.url === '/') {
      response.setHeader('Upgrade', 'websocket');
      return 426;
    }
    if (request.url !== '/health') return 404;
    // A page that we do not trust may learn that somebody answers here, as an opaque response without Origin: it can then
    // tell its operator to pair the workstation instead of to start it.
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    response.setHeader('Content-Type', 'application/json');
    return 200;
  }
}

/**
 * CORS, and the preflight by which Chromium before 142 asked whether a public site may reach this machine (Private
 * Network Access); later versions ask the person instead. Only origins of our pairings get this far.
 */
function preflight(request: IncomingMessage, response: ServerResponse): number {
  response.setHeader('Access-Control-Allow-Methods', 'GET');
  response.setHeader('Access-Control-Max-Age', '60');
  if (request.headers['access-control-request-private-network'] === 'true') {
    response.setHeader('Access-Control-Allow-Private-Network', 'true');
  }
  return 204;
}

function refuse(socket: Duplex, { status, reason }: Refusal): void {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(reason)}`,
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${reason}`);
}

/** Both families on one port, so that no other program can answer as `localhost` in our place. */
async function listenOnLoopback(wanted: number): Promise<{ servers: readonly Server[]; port: number }> {
  for (let tries = 0; ; tries += 1) {
    const first = await listen('127.0.0.1', wanted);
    const port = portOf(first);
    try {
      return { servers: [first, await listen('::1', port)], port };
    } catch (error) {
      if (isErrno(error, 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL')) return { servers: [first], port };
      await new Promise((closed) => first.close(closed));
      if (wanted !== 0 || tries === 5) throw error;
    }
  }
}

function listen(host: string, port: number): Promise<Server> {
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000, keepAliveTimeout: 2_000 });
  server.maxConnections = connectionLimit;
  server.maxHeadersCount = 100;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}
