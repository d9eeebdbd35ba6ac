import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import { BlockList, isIP, type Socket } from 'node:net';
import { csrfHeader } from '@keywarden/api';
import type { Throttle } from './throttle.ts';

/** Requests of one connection that wait for the answers of earlier ones: nobody who means well sends so many ahead. */
const mostAhead = 16;
/** Milliseconds for which whoever was hung up on may still read why. */
const lingering = 2_000;

const words = 'Too many requests came from your address.\n';
const headers = (milliseconds: number) => ({
  'content-type': 'text/plain; charset=utf-8',
  'content-length': String(words.length),
  'cache-control': 'no-store',
  'retry-after': String(Math.max(1, Math.ceil(milliseconds / 1000))),
});

/**
 * What costs the server next to nothing, before anything else looks: an address that goes on although it was told 429 again
 * and again is told so once more, without more ado, and hung up on; a connection whose requests come long before their
 * answers are read is hung up on at once. Node.js hands over all requests of a packet, several hundred of them, before
 * anybody else's turn, and keeps each until those before it are answered. A proxy is not hung up on for whom it speaks.
 *
 * @param trustedProxies addresses and networks whose X-Forwarded-For is believed
 */
export function keepFloodsOut(
  server: Server,
  throttle: Throttle,
  trustedProxies: readonly string[] = [],
): void {
  keepOutConnections(server, throttle);
  keepOutRequests(server, throttle, forwarding(trustedProxies));
}

/** Not even parsed. */
function keepOutConnections(server: Server, throttle: Throttle): void {
  const listeners = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket) => {
    const milliseconds = throttle.floodOf(socket.remoteAddress);
    if (milliseconds === 0) {
      for (const listener of listeners) listener.call(server, socket);
      return;
    }
    socket.on('error', () => {});
    const told = { ...headers(milliseconds), connection: 'close' };
    const lines = Object.entries(told).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 429 Too Many Requests\r\n${lines.join('')}\r\n${words}`);
    // Closed with something unread, TCP would take back the answer.
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), lingering).unref();
    socket.once('close', () => clearTimeout(timer));
  });
}

/** Of connections that were there before, and of those that a proxy makes for many. */
function keepOutRequests(server: Server, throttle: Throttle, forwardedFor: Forwarding | null): void {
  const listeners = server.listeners('request');
  const ahead = new WeakMap<Socket, number>();

  function tooFarAhead(socket: Socket): boolean {
    const waiting = (ahead.get(socket) ?? 0) + 1;
    ahead.set(socket, waiting);
    return waiting > mostAhead;
  }

  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const { socket } = request;
    // What was in the same packet.
    if (socket.destroyed) return;
    // Only the first in the queue of its connection has the socket.
    const first = response.socket !== null;
    if (first && ahead.has(socket)) ahead.delete(socket);
    const milliseconds = throttle.floodOf(socket.remoteAddress);
    if (milliseconds > 0 && first) {
      response
        .writeHead(429, { ...headers(milliseconds), ...token(request), connection: 'close' })
        .end(words);
    } else if (milliseconds > 0 || (!first && tooFarAhead(socket))) {
      socket.destroy();
    } else {
      const behind = forwardedFor === null || throttle.calm ? 0 : throttle.floodOf(forwardedFor(request));
      if (behind > 0) response.writeHead(429, { ...headers(behind), ...token(request) }).end(words);
      else for (const listener of listeners) listener.call(server, request, response);
    }
  });
}

/** What every answer of the authentication service has: the caller keeps the one that she has. */
function token({ url, headers: { [csrfHeader]: presented } }: IncomingMessage): Record<string, string> {
  if (url === undefined || !/^\/[^/]+\/authn\//.test(url)) return {};
  const known = typeof presented === 'string' && /^[\w-]{43}$/.test(presented);
  return { [csrfHeader]: known ? presented : randomBytes(32).toString('base64url') };
}

/** For whom a proxy speaks; undefined where no proxy that is trusted does. */
type Forwarding = (request: IncomingMessage) => string | undefined;

/** As Fastify finds `request.ip`: the last one in X-Forwarded-For that is no trusted proxy. */
function forwarding(trustedProxies: readonly string[]): Forwarding | null {
  if (trustedProxies.length === 0) return null;
  const trusted = new BlockList();
  for (const entry of trustedProxies) {
    const [address = '', prefix] = entry.split('/', 2);
    const version = isIP(address);
    const family = version === 6 ? 'ipv6' : 'ipv4';
    // What is written otherwise takes the slow way.
    if (version === 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) continue;
    if (prefix === undefined) trusted.addAddress(address, family);
    else if (+prefix <= (version === 6 ? 128 : 32)) trusted.addSubnet(address, +prefix, family);
  }
  const isTrusted = (address: string) => {
    const version = isIP(address);
    return version !== 0 && trusted.check(address, version === 6 ? 'ipv6' : 'ipv4');
  };
  return ({ socket, headers: { 'x-forwarded-for': forwarded } }) => {
    if (forwarded === undefined || socket.remoteAddress === undefined || !isTrusted(socket.remoteAddress)) {
      return undefined;
    }
    const speakers = String(forwarded).split(',');
    return speakers.map((speaker) => speaker.trim()).findLast((speaker) => !isTrusted(speaker));
  };
}
