import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type OrderAction, type ReceiptClaims, receiptType, type WorkstationErrorCode } from '@keywarden/api';
import { compactVerify, generateKeyPair, importJWK } from 'jose';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrderSigner, type OrderOverrides, type OrderSigner } from '../../test/order-signer.ts';
import { WorkstationFailure } from '../failure.ts';
import { type Identity, openIdentity } from '../identity.ts';
import { Pairings } from '../pairings.ts';
import { Receipts } from './receipts.ts';
import { UsedOrders } from './used-orders.ts';
import { clockSkew, verifyOrder } from './verify-order.ts';

const now = (): Date => new Date();
const seconds = (): number => Math.floor(Date.now() / 1000);
const reset: OrderAction = { action: 'reset', device: 'abc' };

let folder = '';
let identity: Identity;
let pairings: Pairings;
let server: OrderSigner;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'keywarden-orders-'));
  identity = await openIdentity(folder);
  pairings = new Pairings(folder, pino({ level: 'silent' }));
  server = await createOrderSigner();
  await pairings.put(server.pairing(identity.workstationId));
});
afterAll(() => rm(folder, { recursive: true }));

const verify = (text: string, origin = server.origin) =>
  verifyOrder(text, { workstationId: identity.workstationId, pairings, origin, now });

async function refusal(attempt: Promise<unknown>): Promise<WorkstationErrorCode | 'none'> {
  try {
    await attempt;
    return 'none';
  } catch (error) {
    if (error instanceof WorkstationFailure) return error.code;
    throw error;
  }
}

const withOverrides = async (overrides: OrderOverrides, action: unknown = reset) =>
  refusal(verify(await server.order(identity.workstationId, action, overrides)));

describe('an order', () => {
  it('is accepted when the pinned key signed it for this workstation just now', async () => {
    const jti = randomUUID();
    const text = await server.order(identity.workstationId, reset, { claims: { jti } });
    expect(await verify(text)).toMatchObject({ issuer: server.issuer, jti, action: reset });
  });

  it('is malformed when it is no compact JWS, too long, or names no issuer', async () => {
    for (const text of ['', 'abc', 'a.b.c', 'x'.repeat(200_000)]) {
      expect(await refusal(verify(text))).toBe('ORDER_MALFORMED');
    }
    expect(await withOverrides({ claims: { iss: undefined } })).toBe('ORDER_MALFORMED');
  });

  it('of an issuer that this workstation is not paired with is refused', async () => {
    const stranger = await createOrderSigner('other');
    const text = await stranger.order(identity.workstationId, reset);
    expect(await refusal(verify(text))).toBe('NOT_PAIRED');
  });

  it('is refused when the page that brings it is not one of that issuer', async () => {
    const text = await server.order(identity.workstationId, reset);
    expect(await refusal(verify(text, 'https://evil.example'))).toBe('NOT_PAIRED');
  });

  it('with a changed parameter, or signed by another key, is refused', async () => {
    const text = await server.order(identity.workstationId, reset);
    const [header = '', payload = '', signature = ''] = text.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    claims.order.device = 'another';
    const changed = Buffer.from(JSON.stringify(claims)).toString('base64url');
    expect(await refusal(verify(`${header}.${changed}.${signature}`))).toBe('ORDER_SIGNATURE');
    const { privateKey } = await generateKeyPair('ES256');
    expect(await withOverrides({ key: privateKey })).toBe('ORDER_SIGNATURE');
  });

  it('naming a key that is not pinned is refused, whatever it is signed with', async () => {
    expect(await withOverrides({ header: { kid: 'another' } })).toBe('ORDER_SIGNATURE');
    expect(await withOverrides({ header: { kid: undefined } })).toBe('ORDER_SIGNATURE');
  });

  it('with alg none is refused', async () => {
    const text = await server.order(identity.workstationId, reset);
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'keywarden-order+jwt' })).toString(
      'base64url',
    );
    expect(await refusal(verify(`${none}.${text.split('.')[1]}.`))).toBe('ORDER_SIGNATURE');
  });

  it('with alg HS256 over the public key as a secret is refused', async () => {
    const { x = '' } = server.pairing('').orderKeys[0] ?? {};
    const key = new Uint8Array(Buffer.from(x, 'base64url'));
    expect(await withOverrides({ header: { alg: 'HS256' }, key })).toBe('ORDER_SIGNATURE');
  });

  it('of another typ, such as a receipt, is refused', async () => {
    expect(await withOverrides({ header: { typ: receiptType } })).toBe('ORDER_MALFORMED');
    expect(await withOverrides({ header: { typ: undefined } })).toBe('ORDER_MALFORMED');
  });

  it('for another workstation is refused', async () => {
    expect(await refusal(verify(await server.order('another-workstation', reset)))).toBe('ORDER_AUDIENCE');
    expect(await withOverrides({ claims: { aud: [identity.workstationId] } })).toBe('ORDER_MALFORMED');
  });

  it('that is expired, or from the future, is refused beyond the clock skew', async () => {
    const at = (offset: number) => ({ claims: { iat: seconds() + offset, exp: seconds() + offset + 60 } });
    expect(await withOverrides(at(-60 - clockSkew - 5))).toBe('ORDER_EXPIRED');
    expect(await withOverrides(at(clockSkew + 5))).toBe('ORDER_EXPIRED');
    expect(await withOverrides(at(-60 - clockSkew + 5))).toBe('none');
    expect(await withOverrides(at(clockSkew - 5))).toBe('none');
  });

  it('that lives longer than 120 s is refused, whoever signed it', async () => {
    const iat = seconds();
    expect(await withOverrides({ claims: { iat, exp: iat + 121 } })).toBe('ORDER_MALFORMED');
    expect(await withOverrides({ claims: { iat, exp: iat } })).toBe('ORDER_MALFORMED');
    expect(await withOverrides({ claims: { iat, exp: iat + 120 } })).toBe('none');
  });

  it('with an action outside of the schema is refused', async () => {
    for (const action of [
      { action: 'format-disk' },
      { action: 'reset' },
      { action: 'reset', device: '' },
      null,
    ]) {
      expect(await withOverrides({}, action)).toBe('ORDER_MALFORMED');
    }
    expect(await withOverrides({ claims: { jti: 'not a uuid' } })).toBe('ORDER_MALFORMED');
  });

  it('for a site outside of the pairing is refused, in every action that names one', async () => {
    const options = {
      challenge: 'AAAA',
      rpId: 'bank.example',
      allowCredentials: [],
      userVerification: 'required',
    };
    const identify = { rpId: 'bank.example', challenge: 'AAAA' };
    const remove = {
      device: 'a',
      rpId: 'bank.example',
      credentialId: null,
      userHandle: 'AA',
      keepCredentialIds: [],
    };
    expect(await withOverrides({}, { action: 'session', identify })).toBe('RP_ID_FORBIDDEN');
    expect(await withOverrides({}, { action: 'remove-credential', ...remove })).toBe('RP_ID_FORBIDDEN');
    const authenticate = { action: 'authenticate', device: 'a', options, origin: 'https://bank.example' };
    expect(await withOverrides({}, authenticate)).toBe('RP_ID_FORBIDDEN');
    expect(await withOverrides({}, enrollFor('bank.example', 'https://bank.example'))).toBe(
      'RP_ID_FORBIDDEN',
    );
    const assetTag = { rpId: 'bank.example', rpName: 'x', userHandle: 'AA', challenge: 'AAAA' };
    const pin = { mode: 'none', minimumLength: 4, maximumLength: 8, characters: 'any' };
    const configure = { action: 'configure', device: 'a', pin, minPINLength: null, alwaysUv: null, assetTag };
    expect(await withOverrides({}, configure)).toBe('RP_ID_FORBIDDEN');
  });

  it('whose origin is not of its RP ID, or not secure, is refused', async () => {
    expect(await withOverrides({}, enrollFor('localhost', 'http://localhost:8080'))).toBe('none');
    expect(await withOverrides({}, enrollFor('localhost', 'http://sub.localhost'))).toBe('none');
    for (const origin of [
      'https://evil.example',
      'http://keywarden.example',
      'https://notlocalhost',
      'localhost',
      'https://localhost/',
    ]) {
      expect(await withOverrides({}, enrollFor('localhost', origin)), origin).toBe('RP_ID_FORBIDDEN');
    }
  });

  it('of a pairing that was removed meanwhile is refused, and accepted when it is back, without a restart', async () => {
    const text = await server.order(identity.workstationId, reset);
    await pairings.remove(server.issuer);
    expect(await refusal(verify(text))).toBe('NOT_PAIRED');
    await pairings.put(server.pairing(identity.workstationId));
    expect(await refusal(verify(text))).toBe('none');
  });
});

function enrollFor(rp: string, origin: string): unknown {
  return {
    action: 'enroll',
    device: 'a',
    origin,
    forcePINChange: false,
    options: {
      rp: { id: rp, name: 'x' },
      user: { id: 'AA', name: 'x', displayName: 'x' },
      challenge: 'AAAA',
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
      excludeCredentials: [],
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      attestation: 'none',
    },
  };
}

describe('an order counts once', () => {
  const order = () => ({ jti: randomUUID(), expiresAt: seconds() + 60 });

  it('in one process, also when two pages bring it at the same moment', async () => {
    const used = await UsedOrders.open(await mkdtemp(path.join(folder, 'used-')), now);
    const once = order();
    const outcomes = await Promise.all([1, 2, 3].map(() => refusal(used.use(once))));
    expect(outcomes.sort()).toEqual(['ORDER_USED', 'ORDER_USED', 'none']);
  });

  it('across a restart, until it is expired beyond the clock skew', async () => {
    const place = await mkdtemp(path.join(folder, 'used-'));
    const once = order();
    await (await UsedOrders.open(place, now)).use(once);
    const later = (milliseconds: number) => () => new Date(Date.now() + milliseconds);
    expect(await refusal((await UsedOrders.open(place, later(89_000))).use(once))).toBe('ORDER_USED');
    // Verification refuses it by then, so that nothing needs to remember it.
    expect(await refusal((await UsedOrders.open(place, later(95_000))).use(once))).toBe('none');
  });
});

describe('a receipt', () => {
  const result = { action: 'remove-credential', removed: 1 } as const;
  const contents = () => ({ issuer: server.issuer, jti: randomUUID(), device: 'abc', result });

  it("is signed with the workstation's own key and says who did what for whom", async () => {
    const receipts = await Receipts.open(await mkdtemp(path.join(folder, 'receipts-')), identity, now);
    const done = contents();
    const { payload, protectedHeader } = await compactVerify(
      await receipts.sign(done),
      await importJWK(identity.publicKey, 'ES256'),
    );
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: receiptType, kid: identity.workstationId });
    const claims: ReceiptClaims = JSON.parse(new TextDecoder().decode(payload));
    expect(claims).toMatchObject({ iss: identity.workstationId, aud: done.issuer, jti: done.jti, result });
  });

  it('waits, across a restart, until it is acknowledged by a page of the same tenant', async () => {
    const place = await mkdtemp(path.join(folder, 'receipts-'));
    const done = contents();
    const receipt = await (await Receipts.open(place, identity, now)).signAndKeep(done);
    const receipts = await Receipts.open(place, identity, now);
    const waiting = { jti: done.jti, action: 'remove-credential', device: 'abc', receipt };
    expect(receipts.list(done.issuer).receipts).toEqual([waiting]);
    expect(receipts.list('http://localhost:8080/other').receipts).toEqual([]);
    await receipts.acknowledge('http://localhost:8080/other', done.jti);
    expect(receipts.list(done.issuer).receipts).toEqual([waiting]);
    await receipts.acknowledge(done.issuer, done.jti);
    await receipts.acknowledge(done.issuer, done.jti);
    expect((await Receipts.open(place, identity, now)).list(done.issuer).receipts).toEqual([]);
  });
});

describe('the identity', () => {
  it('is made once, also by two processes that start at once, and is readable by its owner alone', async () => {
    const place = await mkdtemp(path.join(folder, 'identity-'));
    const made = await Promise.all([openIdentity(place), openIdentity(place), openIdentity(place)]);
    expect(new Set(made.map((one) => one.workstationId)).size).toBe(1);
    expect((await stat(path.join(place, 'identity.json'))).mode & 0o777).toBe(0o600);
    expect(JSON.stringify(made[0]?.publicKey)).not.toContain('"d"');
  });
});
