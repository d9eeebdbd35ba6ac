import { randomUUID } from 'node:crypto';
import type { ConnectedKey, OrderAction, OrderResult } from '@keywarden/domain';
import { workstationIdOf } from '@keywarden/domain';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { TestKey } from './soft-key.ts';

/** A workstation service as the server sees it: a paired key that signs receipts for what it was ordered to do. */
export interface TestWorkstation {
  readonly workstationId: string;
  readonly publicKey: Readonly<Record<string, unknown>>;
  /** Returns the connection id. */
  plugIn(key: TestKey): string;
  pullOut(connectionId: string): void;
  /** Carries an order out and returns the receipt. */
  run(order: string): Promise<string>;
  /** A receipt that says what it is told to, for an order that was never run. */
  forge(order: string, result: OrderResult): Promise<string>;
}

export function actionOf(order: string): OrderAction {
  const { order: action } = decodeJwt<{ order: OrderAction }>(order);
  return action;
}

export async function testWorkstation(now: () => Date = () => new Date()): Promise<TestWorkstation> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const { kty, crv, x, y } = await exportJWK(publicKey);
  const jwk = { kty, crv, x, y };
  const workstationId = workstationIdOf(jwk);
  const keys = new Map<string, TestKey>();

  const sign = async (order: string, result: OrderResult): Promise<string> => {
    const { iss = '', jti = '' } = decodeJwt(order);
    return new SignJWT({ result })
      .setProtectedHeader({ alg: 'ES256', typ: 'keywarden-receipt+jwt' })
      .setIssuer(workstationId)
      .setAudience(iss)
      .setJti(jti)
      .setIssuedAt(now())
      .sign(privateKey);
  };

  const keyOf = (connectionId: string): TestKey => {
    const key = keys.get(connectionId);
    if (key === undefined) throw new Error(`no key at ${connectionId}`);
    return key;
  };

  const carryOut = async (action: OrderAction): Promise<OrderResult> => {
    switch (action.action) {
      case 'session': {
        const devices: ConnectedKey[] = [];
        for (const [connectionId, key] of keys) {
          devices.push({
            connectionId,
            transport: 'virtual',
            model: key.model,
            serial: key.serial,
            virtual: true,
            facts: await key.facts(),
            tag: action.identify === null ? null : await key.identify(action.identify),
          });
        }
        return { action: 'session', devices };
      }
      case 'configure': {
        const key = keyOf(action.device);
        const assetTag = await key.configure(action);
        return { action: 'configure', facts: await key.facts(), assetTag };
      }
      case 'enroll': {
        const key = keyOf(action.device);
        const credential = await key.enroll(action);
        return { action: 'enroll', credential, facts: await key.facts() };
      }
      case 'remove-credential':
        return { action: 'remove-credential', removed: await keyOf(action.device).remove(action) };
      case 'reset': {
        const key = keyOf(action.device);
        await key.reset();
        return { action: 'reset', facts: await key.facts() };
      }
      case 'authenticate':
        throw new Error('not ordered in these tests');
    }
  };

  return {
    workstationId,
    publicKey: jwk,
    plugIn(key) {
      const connectionId = randomUUID();
      keys.set(connectionId, key);
      return connectionId;
    },
    pullOut(connectionId) {
      keys.delete(connectionId);
    },
    run: async (order) => sign(order, await carryOut(actionOf(order))),
    forge: sign,
  };
}
