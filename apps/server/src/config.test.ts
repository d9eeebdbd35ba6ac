import { describe, expect, test } from 'vitest';
import { ConfigurationError, readConfiguration } from './config.ts';

const read = (environment: Record<string, string>) => readConfiguration(environment, '/srv');

function complaints(environment: Record<string, string>): readonly string[] {
  try {
    read(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.complaints;
    throw error;
  }
  throw new Error('nothing was wrong');
}

describe('the settings', () => {
  test('have defaults that work for one person on one machine', () => {
    expect(read({})).toEqual({
      port: 8080,
      host: '127.0.0.1',
      publicUrl: null,
      dataFolder: '/srv/data',
      databaseUrl: null,
      workstationPort: 9333,
      processes: 1,
      trustedProxies: [],
      logLevel: 'info',
      demo: false,
      scimPath: null,
      limits: { address: 12_000, client: 600_000, user: 300, failures: 120, clientFailures: 6_000 },
      keyRotationInterval: 90 * 24 * 60 * 60_000,
      masterKey: null,
      metadata: null,
      mail: null,
      breachedPasswordsUrl: null,
    });
  });

  test('numbers are read as numbers', () => {
    const settings = read({
      PORT: '0',
      WORKSTATION_PORT: '9444',
      KEYWARDEN_KEY_ROTATION_DAYS: '30',
      KEYWARDEN_REQUESTS_PER_MINUTE: '1',
      KEYWARDEN_CLIENT_REQUESTS_PER_MINUTE: '2',
      KEYWARDEN_USER_REQUESTS_PER_MINUTE: '3',
      KEYWARDEN_FAILURES_PER_MINUTE: '4',
      KEYWARDEN_CLIENT_FAILURES_PER_MINUTE: '5',
      KEYWARDEN_PROCESSES: '4',
    });
    expect(settings).toMatchObject({
      port: 0,
      workstationPort: 9444,
      keyRotationInterval: 30 * 24 * 60 * 60_000,
      limits: { address: 1, client: 2, user: 3, failures: 4, clientFailures: 5 },
      processes: 4,
    });
    expect(read({ KEYWARDEN_KEY_ROTATION_DAYS: '0' }).keyRotationInterval).toBeNull();
  });

  test('mail needs a server and somebody whose mail it is', () => {
    const KEYWARDEN_SMTP_URL = 'smtps://user:p%40ss@mail.example.com:2465';
    const { mail } = read({ KEYWARDEN_SMTP_URL, KEYWARDEN_MAIL_FROM: 'Example Inc <no-reply@example.com>' });
    expect(mail).toEqual({
      url: new URL(KEYWARDEN_SMTP_URL),
      from: { name: 'Example Inc', address: 'no-reply@example.com' },
    });
    expect(
      read({ KEYWARDEN_SMTP_URL: 'smtp://[::1]', KEYWARDEN_MAIL_FROM: 'a@b.example' }).mail?.from,
    ).toEqual({
      name: '',
      address: 'a@b.example',
    });
    expect(read({ KEYWARDEN_MAIL_FROM: 'a@b.example' }).mail).toBeNull();
    expect(complaints({ KEYWARDEN_SMTP_URL })).toEqual([
      'KEYWARDEN_MAIL_FROM is missing; with KEYWARDEN_SMTP_URL it must be whose mails they are, such as Example <no-reply@example.com>.',
    ]);
    for (const from of [
      'nobody',
      'A\u0007 <a@b.example>',
      'A <a@b>\nBcc: <c@d>',
      'a@b, c@d',
      '"A" <a@b.example>',
    ]) {
      expect(complaints({ KEYWARDEN_SMTP_URL, KEYWARDEN_MAIL_FROM: from })).toHaveLength(1);
    }
    for (const url of ['http://mail.example', 'smtp://user:pass@', 'smtp://mail.example/x?tls=no', 'mail']) {
      const [complaint] = complaints({ KEYWARDEN_SMTP_URL: url, KEYWARDEN_MAIL_FROM: 'a@b.example' });
      expect(complaint).toContain('KEYWARDEN_SMTP_URL is something else (not shown)');
    }
  });

  test('breached passwords are asked about at an address to which five digits are put', () => {
    const address = 'https://api.pwnedpasswords.com/range/';
    expect(read({ KEYWARDEN_BREACHED_PASSWORDS_URL: address }).breachedPasswordsUrl).toBe(address);
    for (const url of ['https://api.pwnedpasswords.com/range', 'http://elsewhere.example/', 'range/']) {
      expect(complaints({ KEYWARDEN_BREACHED_PASSWORDS_URL: url })).toHaveLength(1);
    }
  });

  test('are read from the environment; an empty one is not set, and others are nobody’s business', () => {
    expect(
      read({
        PORT: '0',
        HOST: '0.0.0.0',
        PUBLIC_URL: 'https://Keys.example.com/',
        DATA_DIR: '../elsewhere',
        DATABASE_URL: 'postgres://keywarden@db/keywarden',
        WORKSTATION_PORT: '',
        TRUSTED_PROXIES: '10.0.0.0/8, ::1',
        LOG_LEVEL: 'debug',
        KEYWARDEN_DEMO: '1',
        PATH: '/bin',
      }),
    ).toMatchObject({
      port: 0,
      host: '0.0.0.0',
      publicUrl: 'https://keys.example.com',
      dataFolder: '/elsewhere',
      databaseUrl: 'postgres://keywarden@db/keywarden',
      workstationPort: 9333,
      trustedProxies: ['10.0.0.0/8', '::1'],
      logLevel: 'debug',
      demo: true,
    });
  });

  test('SCIM may be at another path, and at none that something else has', () => {
    expect(read({ KEYWARDEN_SCIM_PATH: 'provisioning/v2' }).scimPath).toBe('provisioning/v2');
    for (const path of ['/scim/v2', 'scim/v2/', 'api/v1', 'authn/scim', 'scim?x', 'scim/../api', ':tenant']) {
      expect(() => read({ KEYWARDEN_SCIM_PATH: path }), path).toThrow('KEYWARDEN_SCIM_PATH');
    }
  });

  test('metadata of authenticators is off without an address, whatever else is set', () => {
    expect(read({ KEYWARDEN_METADATA_ROOTS: 'roots.pem' }).metadata).toBeNull();
    expect(read({ KEYWARDEN_METADATA_URL: 'https://mds3.fidoalliance.org/' }).metadata).toEqual({
      url: 'https://mds3.fidoalliance.org/',
      rootsFile: null,
      signerName: null,
    });
    expect(
      read({
        KEYWARDEN_METADATA_URL: 'http://localhost:8000/blob',
        KEYWARDEN_METADATA_ROOTS: 'roots.pem',
        KEYWARDEN_METADATA_SIGNER: 'metadata.example.org',
      }).metadata,
    ).toEqual({
      url: 'http://localhost:8000/blob',
      rootsFile: '/srv/roots.pem',
      signerName: 'metadata.example.org',
    });
    expect(complaints({ KEYWARDEN_METADATA_URL: 'http://example.org/?token=secret' })).toEqual([
      expect.stringMatching(/^KEYWARDEN_METADATA_URL is something else \(not shown\)/),
    ]);
  });

  test.each([
    ['PORT', '80a'],
    ['PORT', '0x50'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '8080.5'],
    ['WORKSTATION_PORT', '0'],
    ['KEYWARDEN_PROCESSES', '0'],
    ['KEYWARDEN_PROCESSES', '65'],
    ['PUBLIC_URL', 'keys.example.com'],
    ['PUBLIC_URL', 'https://keys.example.com/keywarden'],
    ['PUBLIC_URL', 'https://user:password@keys.example.com'],
    ['PUBLIC_URL', 'https://[bad'],
    ['LOG_LEVEL', 'loud'],
    ['KEYWARDEN_DEMO', 'yes'],
    ['TRUSTED_PROXIES', 'all of them'],
  ])('say in one line what is wrong with %s=%s', (name, value) => {
    const lines = complaints({ [name]: value });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`${name} is ${JSON.stringify(value)}; it must be`);
    expect(lines[0]).not.toContain('\n');
  });

  test('say everything that is wrong at once, and never show a secret', () => {
    const lines = complaints({ PORT: 'x', DATABASE_URL: 'mysql://root:hunter2@db', LOG_LEVEL: 'y' });
    expect(lines).toHaveLength(3);
    expect(lines.join('\n')).not.toContain('hunter2');
  });
});
