import { describe, expect, it } from 'vitest';
import { readArguments } from './arguments.ts';
import { CliError } from './errors.ts';

function refusal(...argv: string[]): CliError {
  try {
    readArguments(argv);
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
  throw new Error(`${argv.join(' ')} was accepted`);
}

describe('arguments', () => {
  it('start and demo need nothing more', () => {
    expect(readArguments(['start'])).toEqual({ command: 'start' });
    expect(readArguments(['demo'])).toEqual({ command: 'demo' });
  });

  it('demo --once assigns a virtual key to alice unless told otherwise', () => {
    expect(readArguments(['demo', '--once'])).toEqual({
      command: 'once',
      user: 'alice',
      key: 'virtual',
      json: false,
    });
    expect(readArguments(['demo', '--once', '--user', 'bob', '--key', 'hid', '--json'])).toEqual({
      command: 'once',
      user: 'bob',
      key: 'hid',
      json: true,
    });
  });

  it('a username is normalised to NFC', () => {
    expect(readArguments(['demo', '--once', '--user', 'jose\u0301'])).toMatchObject({ user: 'josé' });
  });

  it.each([
    [['demo', '--once', '--key', 'bluetooth'], 'bluetooth'],
    [['demo', '--once', '--user', ''], '1 to 256'],
    [['demo', '--user', 'alice'], '--once'],
    [['demo', '--json'], '--once'],
    [['frobnicate'], 'frobnicate'],
    [['start', '--once'], '--once'],
    [['start', 'now'], 'start'],
  ])('%j is refused and says why', (argv, word) => {
    const error = refusal(...argv);
    expect(error.code).toBe('arguments-invalid');
    expect(error.message).toContain(word);
  });

  it('tenants are listed, made, and their owners let in', () => {
    expect(readArguments(['tenants', 'list'])).toEqual({ command: 'tenants', action: { kind: 'list' } });
    expect(readArguments(['tenants', 'add', 'acme', '--name', 'Acme Ltd'])).toEqual({
      command: 'tenants',
      action: { kind: 'add', tenantId: 'acme', name: 'Acme Ltd' },
    });
    expect(readArguments(['tenants', 'owner-link', 'acme'])).toEqual({
      command: 'tenants',
      action: { kind: 'owner-link', tenantId: 'acme' },
    });
    expect(readArguments(['tenants', '--help'])).toMatchObject({
      command: 'print',
      text: expect.stringContaining('owner-link <id>'),
    });
    for (const argv of [
      ['tenants', 'add'],
      ['tenants', 'remove', 'acme'],
      ['tenants', 'list', 'acme'],
    ]) {
      expect(refusal(...argv).code).toBe('arguments-invalid');
    }
  });

  it('--help is printed, not an error', () => {
    const instruction = readArguments(['demo', '--help']);
    expect(instruction).toMatchObject({ command: 'print', text: expect.stringContaining('--once') });
  });
});
