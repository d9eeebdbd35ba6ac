import type { Server } from 'node:http';
import type { Socket } from 'node:net';
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
  connection: 'close',
});

/**
 * What costs the server next to nothing, before anything else looks: an address that goes on although it was told 429 again
 * and again is told so once more, without more ado, and hung up on; a connection whose requests come long before their
 * answers are read is hung up on at once. Node.js hands over all requests of a packet, several hundred of them, before
 * anybody else's turn, and keeps each until those before it are answered.
 */
export function keepFloodsOut(server: Server, throttle: Throttle): void {
  keepOutConnections(server, throttle);
  keepOutRequests(server, throttle);
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
    const lines = Object.entries(headers(milliseconds)).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 429 Too Many Requests\r\n${lines.join('')}\r\n${words}`);
    // Closed with something unread, TCP would take back the answer.
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), lingering).unref();
    socket.once('close', () => clearTimeout(timer));
  });
}

/** Of connections that were there before. */
function keepOutRequests(server: Server, throttle: Throttle): void {
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
    if (milliseconds > 0 && first) response.writeHead(429, headers(milliseconds)).end(words);
    else if (milliseconds > 0 || (!first && tooFarAhead(socket))) socket.destroy();
    else for (const listener of listeners) listener.call(server, request, response);
  });
}
