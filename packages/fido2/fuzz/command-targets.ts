import { toBase64Url } from '../src/bytes/index.ts';
import {
  createCredential,
  getAssertion,
  listCredentials,
  pinRetries,
  rememberPin,
} from '../src/client/index.ts';
import { type CtapDevice, ctapStatusName, hidCommand } from '../src/ctap2/index.ts';
import { createVirtualAuthenticator, type VirtualAuthenticator } from '../src/virtual-authenticator/index.ts';
import { TurnedClock } from './clock.ts';
import { corpus, fromHex } from './corpus.ts';
import type { Seed, Target } from './fuzz.ts';
import { SeededRandom } from './random.ts';
import { outcomeOf, require } from './refusals.ts';

const chance = new SeededRandom('client');
const random = (length: number): Uint8Array => Uint8Array.from({ length }, () => chance.below(256));

const answers: readonly Seed[] = corpus.exchanges.map(({ name, answer }, index) => ({
  name: `${index} ${name}`,
  bytes: fromHex(answer),
}));
const requests: readonly Seed[] = corpus.exchanges.map(({ name, request }, index) => ({
  name: `${index} ${name}`,
  bytes: fromHex(request),
}));

/** The recorded answer to each command and subcommand. */
const recorded = new Map<string, Uint8Array>(
  corpus.exchanges.map(({ request, answer }) => [kindOf(fromHex(request)), fromHex(answer)]),
);

/** Command, map head, first two members: enough to tell subcommands apart. */
function kindOf(request: Uint8Array): string {
  return [0x06, 0x0a].includes(request[0] ?? 0) ? request.subarray(0, 6).join() : String(request[0]);
}

const mostCalls = 400;

/** A key that answers as recorded, but for one command, whose answer is the input. */
function lyingKey(input: Uint8Array, from: Seed): CtapDevice {
  const exchange = corpus.exchanges[Number.parseInt(from.name, 10)];
  const lie = exchange === undefined ? '' : kindOf(fromHex(exchange.request));
  let calls = 0;
  return {
    transport: 'hid',
    capabilities: { wink: false, cbor: true, msg: false },
    deviceVersion: [1, 0, 0],
    vendor: async () => new Uint8Array(),
    close: async () => {},
    call: async (command, payload) => {
      calls += 1;
      require(calls <= mostCalls, 'a client does not ask for ever');
      require(command === hidCommand.cbor, 'a CTAP2 key is asked by CTAP2');
      const kind = kindOf(payload);
      return (kind === lie ? input : recorded.get(kind)) ?? Uint8Array.of(0x01);
    },
  };
}

const challenge = toBase64Url(new Uint8Array(32).fill(9));
const origin = 'https://example.org';
const creation = {
  rp: { id: 'example.org', name: 'Example' },
  user: { id: toBase64Url(new Uint8Array(16)), name: 'alice', displayName: 'Alice' },
  challenge,
  pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  attestation: 'direct',
  extensions: { credProps: true, minPinLength: true, prf: {} },
};

const ctap2Answer: Target = {
  name: 'ctap2-answer',
  seeds: answers,
  cborAt: 1,
  longestInput: 8192,
  run: async (input, from) => {
    const device = lyingKey(input, from);
    const clock = new TurnedClock();
    let asked = 0;
    const { pin } = rememberPin(async () => {
      asked += 1;
      require(asked <= 20, 'a person is not asked for ever');
      return '123456';
    });
    const access = { device, random, clock, pin };
    const command = corpus.exchanges[Number.parseInt(from.name, 10)]?.name;
    if (command === 'getAssertion') {
      const options = { challenge, rpId: 'example.org', userVerification: 'required' };
      return outcomeOf(getAssertion({ ...access, options, origin, chooseAccount: async () => 0 }));
    }
    if (command === 'credentialManagement') return outcomeOf(listCredentials(access));
    if (command === 'clientPIN') return outcomeOf(pinRetries({ device }));
    return outcomeOf(createCredential({ ...access, options: creation, origin }));
  },
};

interface Plugged {
  readonly key: VirtualAuthenticator;
  readonly clock: TurnedClock;
  uses: number;
}

/** A fresh key now and then: credentials fill it up. Signing takes most of the time. */
function keyMaker(): () => Promise<Plugged> {
  let plugged: Plugged | null = null;
  return async () => {
    if (plugged === null || plugged.uses >= 2000) {
      const clock = new TurnedClock();
      const key = await createVirtualAuthenticator({
        serial: 'FUZZ',
        store: { load: async () => null, save: async () => {} },
        clock,
        random,
        touch: 1,
        attestation: 'self',
        userVerification: { answer: async () => true, enrolled: true },
      });
      plugged = { key, clock, uses: 0 };
    }
    plugged.uses += 1;
    return plugged;
  };
}
const nextKey = keyMaker();

const ctap2Request: Target = {
  name: 'ctap2-request',
  seeds: requests,
  cborAt: 1,
  longestInput: 8192,
  run: async (input) => {
    const { key, clock } = await nextKey();
    const card = key.connectCard();
    const applet = Uint8Array.of(0, 0xa4, 4, 0, 8, 0xa0, 0, 0, 6, 0x47, 0x2f, 0, 1, 0);
    await clock.settle(card.transmit(applet));
    const head = Uint8Array.of(0x80, 0x10, 0, 0, 0, input.length >> 8, input.length & 0xff);
    const empty = Uint8Array.of(0x80, 0x10, 0, 0, 0, 0, 0);
    const apdu = input.length === 0 ? empty : Uint8Array.from([...head, ...input, 0, 0]);
    const response = await clock.settle(card.transmit(apdu));
    const status = response[0] ?? 0x7f;
    require(response.length > 2, 'a key answers every message with a status');
    // A failure inside is answered like one of the store.
    require(status !== 0x7f, 'a key knows what is wrong with a message');
    return status === 0 ? 'accepted' : ctapStatusName(status);
  },
};

export const commandTargets: readonly Target[] = [ctap2Answer, ctap2Request];
