import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCommand } from './command-line.ts';
import { readSettings } from './settings.ts';
import { version } from './version.ts';

describe('the command line', () => {
  it('serves without virtual keys unless the flag says how many', () => {
    expect(parseCommand([])).toEqual({ name: 'serve', virtualKeys: 0 });
    expect(parseCommand(['--virtual-keys', '4'])).toEqual({ name: 'serve', virtualKeys: 4 });
  });

  it('pairs with everything but the code in its arguments', () => {
    const argv = ['pair', '--server', 'https://k.example', '--tenant', 'acme', '--name', 'Front desk'];
    const command = { name: 'pair', server: 'https://k.example', tenant: 'acme', title: 'Front desk' };
    expect(parseCommand(argv)).toEqual(command);
    expect(() => parseCommand([...argv, '--code', 'x'])).toThrow(RangeError);
    expect(() => parseCommand(argv.slice(0, 3))).toThrow(/--tenant/);
  });

  it('refuses what it does not know', () => {
    const wrong = [
      ['--virtual-keys', 'x'],
      ['--virtual-keys', '0'],
      ['--virtual-keys', '17'],
      ['dance'],
      ['list', 'x'],
    ];
    for (const argv of [...wrong, ['--pin', '1234'], ['unpair']]) {
      expect(() => parseCommand(argv), argv.join(' ')).toThrow(RangeError);
    }
  });
});

describe('the settings', () => {
  it('have defaults', () => {
    const folder = path.resolve('data/workstation');
    expect(readSettings({})).toEqual({ port: 9333, folder, logLevel: 'info', reaction: 800 });
  });

  it('are refused with a sentence that names the variable', () => {
    expect(() => readSettings({ WORKSTATION_PORT: 'x' })).toThrow(/WORKSTATION_PORT/);
    expect(() => readSettings({ WORKSTATION_PORT: '65536' })).toThrow(/WORKSTATION_PORT/);
    expect(() => readSettings({ LOG_LEVEL: 'loud' })).toThrow(/LOG_LEVEL/);
    for (const wrong of ['soon', '-1', '60001']) {
      expect(() => readSettings({ VIRTUAL_KEY_REACTION: wrong })).toThrow(/VIRTUAL_KEY_REACTION/);
    }
  });
});

it('the version is that of package.json', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(manifest.version).toBe(version);
});
