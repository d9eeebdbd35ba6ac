import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { type OrderAction, orderType, PairWorkstation } from '@keywarden/api';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Value } from 'typebox/value';
import type { DemoStack } from './demo-stack.ts';

/**
 * A fake server that the workstation is really paired with and whose order key the test holds: the only way to have
 * orders that are wrong in exactly one thing.
 */
export interface OrderIssuer {
  readonly origin: string;
  readonly issuer: string;
  readonly workstationId: string;
  sign(action: OrderAction, wrong?: WrongOrder): Promise<string>;
  close(): Promise<void>;
}

export interface WrongOrder {
  readonly audience?: string;
  /** Seconds relative to now. */
  readonly issuedAt?: number;
  readonly expiresAt?: number;
  readonly jti?: string;
  readonly type?: string;
  /** Signed with another key than the pinned one. */
  readonly foreignKey?: boolean;
}

const tenant = 'other';

async function readBody(request: AsyncIterable<unknown>): Promise<unknown> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text);
}

export async function startOrderIssuer(stack: DemoStack): Promise<OrderIssuer> {
  const keys = await generateKeyPair('ES256', { extractable: true });
  const foreign = await generateKeyPair('ES256');
  const orderKey = { ...(await exportJWK(keys.publicKey)), kid: 'test', alg: 'ES256', use: 'sig' };
  const { workstationId } = await readHello(stack);
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      if (!Value.Check(PairWorkstation, body)) {
        response.writeHead(400).end();
        return;
      }
      const pairing = {
        workstationId,
        issuer,
        orderKeys: [orderKey],
        origins: [origin],
        rpIds: ['localhost'],
      };
      response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(pairing));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const origin = `http://localhost:${port}`;
  const issuer = `${origin}/${tenant}`;
  await stack.pairWith({
    baseUrl: origin,
    tenant,
    pairingCode: async () => ({
      code: 'c'.repeat(32),
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
    }),
  });
  return {
    origin,
    issuer,
    workstationId,
    async sign(action, wrong = {}) {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({ order: action })
        .setProtectedHeader({ alg: 'ES256', typ: wrong.type ?? orderType, kid: 'test' })
        .setIssuer(issuer)
        .setAudience(wrong.audience ?? workstationId)
        .setJti(wrong.jti ?? randomUUID())
        .setIssuedAt(now + (wrong.issuedAt ?? 0))
        .setExpirationTime(now + (wrong.expiresAt ?? 60))
        .sign(wrong.foreignKey === true ? foreign.privateKey : keys.privateKey);
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function readHello(stack: DemoStack): Promise<{ workstationId: string }> {
  const session = await stack.openSession();
  await session.workstation.close();
  return session.hello;
}
