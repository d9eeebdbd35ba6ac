import { createHash, createSecretKey } from 'node:crypto';
import { fromBase64Url, toBase64Url } from '@keywarden/fido2/bytes';
import { decode } from '@keywarden/fido2/cbor';
import { webAuthnErrorCodes } from '@keywarden/fido2/webauthn';
import { describe, expect, it } from 'vitest';
import type { Ports, UserAuthenticators } from '../ports/index.ts';
import { decoysOf, nobodysPublicKey, nobodysSentence } from './decoys.ts';
import { offered, offeredActions } from './flow.ts';
import { heldFactors } from './holdings.ts';
import { failureOf, grantFailureCodes } from './refusal.ts';
import { rotated, tokenIssuer } from './token.ts';
import { type AuthenticationTransaction, freshTransactionState } from './transaction.ts';
import { type EnrollAction, type Factor, usualWorkflow, type Workflow } from './workflow.ts';
import { workflowFaults } from './workflow-validation.ts';

/** The few ports that these parts reach; the keys are as different as tenants and purposes. */
function ports(): Ports {
  let drawn = 0;
  const partial: Pick<Ports, 'secrets' | 'random' | 'surroundings' | 'clock'> = {
    clock: { now: () => new Date(0), wait: async () => {} },
    secrets: {
      key: async (tenantId, purpose) =>
        createSecretKey(createHash('sha256').update(`${tenantId} ${purpose}`).digest()),
      seal: async (_tenant, _purpose, bytes) => bytes,
      open: async (_tenant, _purpose, bytes) => bytes,
    },
    random: {
      bytes(length) {
        drawn += 1;
        return new Uint8Array(length).fill(drawn);
      },
      uuid: () => '01900000-0000-7000-8000-000000000000',
    },
    surroundings: { publicUrl: 'https://keys.example:8443', workstationUrl: 'ws://127.0.0.1:9333' },
  };
  return partial as Ports;
}

const [usualAction] = usualWorkflow.enrollActions;
const [fidoFactor, passwordFactor] = usualWorkflow.firstFactors;

function changed(changes: {
  action?: Partial<EnrollAction>;
  factor?: Partial<Factor>;
  whole?: Partial<Workflow>;
}): Workflow {
  return {
    ...usualWorkflow,
    firstFactors: [{ ...fidoFactor, ...changes.factor } as Factor, passwordFactor as Factor],
    enrollActions: [{ ...usualAction, ...changes.action } as EnrollAction],
    ...changes.whole,
  };
}

describe('a workflow', () => {
  it('as everybody gets it fits together', () => {
    expect(workflowFaults(usualWorkflow)).toEqual([]);
  });

  it.each<[string, Workflow, string]>([
    ['no first factor', changed({ whole: { firstFactors: [] } }), '/firstFactors'],
    ['two factors of one authType', changed({ factor: { code: 'AT_EMPPWD' } }), '/firstFactors/1/code'],
    ['an id without its prefix', changed({ factor: { factorId: 'fido' } }), '/firstFactors/0/factorId'],
    [
      'an id that is there twice',
      changed({ factor: { factorId: 'factor.password' } }),
      '/firstFactors/1/factorId',
    ],
    [
      'access criteria that are not there',
      changed({ factor: { accessCriteriaId: 'access_criteria.x' } }),
      '/firstFactors/0/accessCriteriaId',
    ],
    [
      'an enroll action that is not there',
      changed({ factor: { enrollActions: ['enroll_action.x'] } }),
      '/firstFactors/0/enrollActions/0',
    ],
    ['no tries', changed({ factor: { retry: 0 } }), '/firstFactors/0/retry'],
    [
      'a threshold of nothing',
      changed({ factor: { disableThreshold: 0 } }),
      '/firstFactors/0/disableThreshold',
    ],
    [
      'a second factor that nobody has',
      changed({ factor: { stepUp: 'required' } }),
      '/firstFactors/0/stepUp',
    ],
    [
      'an RP ID without origins',
      changed({ factor: { rpId: 'keys.example' } as Partial<Factor> }),
      '/firstFactors/0/origins',
    ],
    [
      'an origin of another site',
      changed({ action: { rpId: 'keys.example', origins: ['https://evilkeys.example'] } }),
      '/enrollActions/0/origins/0',
    ],
    [
      'an origin with a path',
      changed({ action: { rpId: 'keys.example', origins: ['https://keys.example/'] } }),
      '/enrollActions/0/origins/0',
    ],
    ['an upon that is no factor', changed({ action: { upon: ['factor.x'] } }), '/enrollActions/0/upon/0'],
    [
      'an action that nobody could use',
      changed({ action: { upon: [], protectionFactor: null } }),
      '/enrollActions/0/upon',
    ],
    [
      'a protection that protects nothing',
      changed({ action: { protectionFactor: { authType: null, pendingDevice: false } } }),
      '/enrollActions/0/protectionFactor',
    ],
    [
      'a protection that nobody can prove',
      changed({ action: { protectionFactor: { authType: 'AT_X', pendingDevice: false } } }),
      '/enrollActions/0/protectionFactor/authType',
    ],
    ['no algorithm', changed({ action: { algorithms: [] } }), '/enrollActions/0/algorithms'],
    [
      'trust without roots',
      changed({ action: { attestationTrust: 'roots' } }),
      '/enrollActions/0/attestationRoots',
    ],
    [
      'trust in what is not asked for',
      changed({
        action: { attestationTrust: 'roots', attestationRoots: ['AAAA'], attestationVerification: 'none' },
      }),
      '/enrollActions/0/attestationVerification',
    ],
    [
      'models that nobody proves',
      changed({ action: { allowedAaguids: ['00000000-0000-0000-0000-000000000000'] } }),
      '/enrollActions/0/allowedAaguids',
    ],
    [
      'a root that is no base64url',
      changed({ action: { attestationTrust: 'roots', attestationRoots: ['+'] } }),
      '/enrollActions/0/attestationRoots/0',
    ],
  ])('with %s is refused at its place', (_what, workflow, at) => {
    expect(workflowFaults(workflow).map((fault) => fault.at)).toContain(at);
  });

  it('takes a page of a subdomain and an application', () => {
    const origins = ['https://login.keys.example', 'https://keys.example', 'android:apk-key-hash:AAAA'];
    const workflow = changed({ action: { rpId: 'keys.example', origins } });
    expect(workflowFaults(workflow)).toEqual([]);
  });
});

describe('what is offered', () => {
  const user = {
    userId: 'u',
    username: 'alice',
    displayName: 'Alice',
    email: null,
    status: 'active',
    createdAt: new Date(0),
  } as const;
  const holder = (passwordHash: string | null): UserAuthenticators => ({
    user,
    passwordHash,
    passwordExpiresAt: null,
    oneTimeCodeApps: [],
    pendingDevices: [],
    groups: [],
    roles: [],
    credentials: [],
  });

  it('an enroll action needs a factor that lists it and an authenticator of its upon', () => {
    const held = heldFactors(ports(), usualWorkflow, holder('hash'));
    expect([...held]).toEqual(['factor.password']);
    expect(offeredActions(usualWorkflow, held)).toHaveLength(1);
    expect(offeredActions(usualWorkflow, heldFactors(ports(), usualWorkflow, holder(null)))).toEqual([]);
    const unlisted = {
      ...usualWorkflow,
      firstFactors: usualWorkflow.firstFactors.map((factor) => ({ ...factor, enrollActions: [] })),
    };
    expect(offeredActions(unlisted, held)).toEqual([]);
    expect(offeredActions(changed({ action: { upon: ['factor.fido'] } }), held)).toEqual([]);
    expect(offeredActions(usualWorkflow, null)).toEqual([]);
  });

  it('a relying party that the workflow leaves open is that of the public URL, without its port', () => {
    const flow = offered(ports(), usualWorkflow, null);
    expect(flow.firstFactors[0]).toMatchObject({ rpId: 'keys.example' });
  });
});

describe('decoys', () => {
  it('are the same again, and differ by tenant, username and relying party', async () => {
    const decoys = await decoysOf(ports(), 'demo');
    const [one] = decoys.credentialDescriptors('nobody', 'keys.example');
    expect(decoys.credentialDescriptors('nobody', 'keys.example')).toEqual([one]);
    // As usernames are.
    expect(decoys.credentialDescriptors('Nobody', 'keys.example')).toEqual([one]);
    const others = [
      ...decoys.credentialDescriptors('nobody-else', 'keys.example'),
      ...decoys.credentialDescriptors('nobody', 'other.example'),
      ...(await decoysOf(ports(), 'other')).credentialDescriptors('nobody', 'keys.example'),
    ];
    expect(new Set([one, ...others].map((descriptor) => descriptor?.id)).size).toBe(4);
    expect(decoys.userHandle('nobody', 'keys.example')).toHaveLength(43);
  });

  it('come in the lengths and kinds of real credentials', async () => {
    const decoys = await decoysOf(ports(), 'demo');
    const lengths = Array.from(
      { length: 200 },
      (_, number) => decoys.credentialDescriptors(`nobody ${number}`, 'keys.example')[0]?.id.length,
    );
    expect(new Set(lengths)).toEqual(new Set([43, 64, 86]));
  });

  it('the key that nobody has is a point of P-256 whose x is the hash of its sentence', () => {
    const key = decode(nobodysPublicKey);
    if (!(key instanceof Map)) throw new Error('no COSE_Key');
    expect([key.get(1), key.get(3), key.get(-1)]).toEqual([2, -7, 1]);
    expect(toBase64Url(key.get(-2))).toBe(createHash('sha256').update(nobodysSentence).digest('base64url'));
    const p = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
    const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
    const [x, y] = [key.get(-2), key.get(-3)].map((bytes) =>
      BigInt(`0x${Buffer.from(bytes).toString('hex')}`),
    );
    if (x === undefined || y === undefined) throw new Error('no point');
    expect((y * y - (x * x * x - 3n * x + b)) % p).toBe(0n);
  });
});

describe('the server-csrf-token', () => {
  const transaction: AuthenticationTransaction = {
    requestUri: 'urn:ietf:params:oauth:request_uri:one',
    clientId: 'client',
    request: {
      clientId: 'client',
      redirectUri: 'https://client.example/',
      responseMode: null,
      scope: 'openid',
      state: null,
      nonce: null,
      codeChallenge: null,
      codeChallengeMethod: null,
      acrValues: null,
      loginHint: null,
      uiLocales: null,
      claims: null,
      dpopJkt: null,
    },
    requestObject: '',
    trusted: true,
    state: freshTransactionState,
    version: 1,
    createdAt: new Date(0),
    expiresAt: new Date(300_000),
  };
  const given = ports();
  const next = (of: AuthenticationTransaction) => ({ ...of, state: rotated(given, of.state) });

  it('is not asked for before the first answer', async () => {
    const tokens = await tokenIssuer(given, 'demo');
    expect(tokens.newest(transaction)).toBeNull();
    for (const presented of [null, 'anything']) expect(tokens.accepts(transaction, presented)).toBe(true);
  });

  it('is the newest or the one before, of this transaction and this tenant', async () => {
    const tokens = await tokenIssuer(given, 'demo');
    const one = next(transaction);
    const two = next(one);
    const three = next(two);
    const [first, second, third] = [one, two, three].map((of) => tokens.newest(of));
    expect(fromBase64Url(third ?? '')).toHaveLength(32);
    expect(tokens.accepts(three, third ?? '')).toBe(true);
    expect(tokens.accepts(three, second ?? '')).toBe(true);
    expect(tokens.accepts(three, first ?? '')).toBe(false);
    for (const presented of [null, '', 'A', 'not base64url!', 'A'.repeat(43), 'A'.repeat(100)]) {
      expect(tokens.accepts(three, presented)).toBe(false);
    }
    const other = { ...three, requestUri: 'urn:ietf:params:oauth:request_uri:other' };
    expect(tokens.accepts(other, third ?? '')).toBe(false);
    expect((await tokenIssuer(given, 'other')).accepts(three, third ?? '')).toBe(false);
    // What is stored is not what is sent.
    expect(third).not.toBe(three.state.tokenSeed);
  });
});

describe('reasons', () => {
  it('every refusal of WebAuthn has one of the list', () => {
    for (const code of webAuthnErrorCodes) expect(grantFailureCodes).toContain(failureOf(code));
  });
});
