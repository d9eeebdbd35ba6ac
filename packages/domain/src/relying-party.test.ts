import { describe, expect, it } from 'vitest';
import { tagUserHandle } from './asset-tag.ts';
import { retryDelay } from './commands/deliver-outbox.ts';
import { DomainError } from './errors.ts';
import { assetTagRpId, builtInRelyingParty, issuerOf } from './relying-party.ts';
import { workstationIdOf } from './workstation.ts';

describe('names that other parties hold us to', () => {
  const surroundings = { publicUrl: 'https://keys.example:8443', workstationUrl: 'ws://127.0.0.1:9333' };

  it('takes RP ID and origin from the public URL', () => {
    expect(builtInRelyingParty(surroundings)).toEqual({
      rpId: 'keys.example',
      origin: 'https://keys.example:8443',
    });
    expect(issuerOf(surroundings, 'demo')).toBe('https://keys.example:8443/demo');
    expect(assetTagRpId(surroundings, 'demo')).toBe('demo.asset-tag.keys.example');
  });

  it('makes the tag’s user handle of the device id’s 16 bytes', () => {
    expect(tagUserHandle('00112233-4455-6677-8899-aabbccddeeff')).toBe('ABEiM0RVZneImaq7zN3u_w');
  });

  it('names a workstation by the RFC 7638 thumbprint of its key, extra members or not', () => {
    const key = {
      kty: 'EC',
      crv: 'P-256',
      x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
      y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
    };
    // jose's calculateJwkThumbprint says the same.
    expect(workstationIdOf(key)).toBe('cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s');
    expect(workstationIdOf({ use: 'sig', kid: 'x', ...key })).toBe(workstationIdOf(key));
    expect(() => workstationIdOf({ kty: 'OKP', crv: 'Ed25519', x: key.x })).toThrow(DomainError);
  });

  it('tries an outbox effect again after 5 s, doubling, at most every 15 min', () => {
    expect([0, 1, 2, 3].map(retryDelay)).toEqual([5000, 10_000, 20_000, 40_000]);
    expect(retryDelay(50)).toBe(900_000);
  });
});
