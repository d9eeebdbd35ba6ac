import { resolve } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { type RequestLimits, usualLimits } from './http/throttle.ts';

const day = 24 * 60 * 60_000;
const usualKeyRotationDays = 90;

/** What is wrong with the settings, one sentence each. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly complaints: readonly string[];

  constructor(complaints: readonly string[]) {
    super(complaints.join('\n'));
    this.complaints = complaints;
  }
}

const port = (minimum: number) => Type.Integer({ minimum, maximum: 65_535 });

const mailbox = '[^\\s@<>()\\[\\]\\\\,;:"]{1,64}@[^\\s@<>()\\[\\]\\\\,;:"]{1,253}';

const perMinute = Type.Integer({ minimum: 0, maximum: 100_000_000 });

const Environment = Type.Object({
  PORT: Type.Optional(port(0)),
  HOST: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  PUBLIC_URL: Type.Optional(Type.String({ pattern: '^https?://[^/?#@\\s]+/?$' })),
  DATA_DIR: Type.Optional(Type.String({ minLength: 1 })),
  DATABASE_URL: Type.Optional(Type.String({ pattern: '^postgres(ql)?://' })),
  WORKSTATION_PORT: Type.Optional(port(1)),
  KEYWARDEN_PROCESSES: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
  TRUSTED_PROXIES: Type.Optional(Type.String({ pattern: '^[0-9a-fA-F.:/, ]+$' })),
  LOG_LEVEL: Type.Optional(Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])),
  KEYWARDEN_DEMO: Type.Optional(Type.Enum(['0', '1'])),
  KEYWARDEN_MASTER_KEY: Type.Optional(Type.String()),
  KEYWARDEN_KEY_ROTATION_DAYS: Type.Optional(Type.Integer({ minimum: 0, maximum: 3650 })),
  KEYWARDEN_REQUESTS_PER_MINUTE: Type.Optional(perMinute),
  KEYWARDEN_CLIENT_REQUESTS_PER_MINUTE: Type.Optional(perMinute),
  KEYWARDEN_USER_REQUESTS_PER_MINUTE: Type.Optional(perMinute),
  KEYWARDEN_FAILURES_PER_MINUTE: Type.Optional(perMinute),
  KEYWARDEN_CLIENT_FAILURES_PER_MINUTE: Type.Optional(perMinute),
  KEYWARDEN_METADATA_URL: Type.Optional(
    Type.String({
      pattern: '^(https://|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])[:/])\\S+$',
      maxLength: 2048,
    }),
  ),
  KEYWARDEN_METADATA_ROOTS: Type.Optional(Type.String({ minLength: 1 })),
  KEYWARDEN_SCIM_PATH: Type.Optional(
    Type.String({
      pattern: '^(?!(api|authn|console|assign-user)(/|$))[a-z0-9-]+(/[a-z0-9-]+){0,3}$',
      maxLength: 64,
    }),
  ),
  KEYWARDEN_METADATA_SIGNER: Type.Optional(Type.String({ pattern: '^[a-zA-Z0-9.-]{1,253}$' })),
  KEYWARDEN_SMTP_URL: Type.Optional(
    Type.String({ pattern: '^smtps?://([^/?#@\\s]+@)?[^/?#@\\s]+/?$', maxLength: 1024 }),
  ),
  KEYWARDEN_MAIL_FROM: Type.Optional(
    Type.String({ pattern: `^(${mailbox}|[^<>"\\p{Cc}]{1,64} <${mailbox}>)$`, maxLength: 320 }),
  ),
  KEYWARDEN_BREACHED_PASSWORDS_URL: Type.Optional(
    Type.String({
      pattern: '^(https://|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])[:/])\\S+/$',
      maxLength: 2048,
    }),
  ),
});
type Environment = Static<typeof Environment>;

const meaning: Readonly<Record<keyof Environment, string>> = {
  PORT: 'a port number from 0 to 65535 (0: any free one)',
  HOST: 'the address to listen on, such as 127.0.0.1 or 0.0.0.0',
  PUBLIC_URL: 'an address such as https://keys.example.com, without a path',
  DATA_DIR: 'the path of a folder',
  DATABASE_URL: 'the address of a PostgreSQL database, such as postgres://user:password@host/database',
  WORKSTATION_PORT: 'a port number from 1 to 65535',
  KEYWARDEN_PROCESSES: 'how many processes serve, from 1 to 64',
  TRUSTED_PROXIES: 'addresses or networks of proxies, separated by commas',
  LOG_LEVEL: 'one of fatal, error, warn, info, debug, trace, silent',
  KEYWARDEN_DEMO: '1 for demo data, or not set',
  KEYWARDEN_MASTER_KEY: '32 bytes, as 43 characters of base64url or 64 of hexadecimal',
  KEYWARDEN_KEY_ROTATION_DAYS: 'after how many days another key signs ID tokens (0: never by itself)',
  KEYWARDEN_REQUESTS_PER_MINUTE: 'how many requests one address may send in a minute (0: any number)',
  KEYWARDEN_CLIENT_REQUESTS_PER_MINUTE:
    'how many requests the address of an authenticated client may send in a minute (0: any number)',
  KEYWARDEN_USER_REQUESTS_PER_MINUTE:
    'how many steps may name one and the same user in a minute (0: any number)',
  KEYWARDEN_FAILURES_PER_MINUTE: 'how many wrong proofs one address may bring in a minute (0: any number)',
  KEYWARDEN_CLIENT_FAILURES_PER_MINUTE:
    'how many wrong proofs may be brought for one client in a minute (0: any number)',
  KEYWARDEN_METADATA_URL: 'an https address of FIDO metadata, such as https://mds3.fidoalliance.org/',
  KEYWARDEN_METADATA_ROOTS: 'the path of a PEM file with the roots of whoever signs the metadata',
  KEYWARDEN_SCIM_PATH: 'a path below a tenant that nothing else has, such as scim/v2',
  KEYWARDEN_METADATA_SIGNER: 'the DNS name in the certificate that signs the metadata',
  KEYWARDEN_SMTP_URL: 'the address of a mail server, such as smtps://user:password@mail.example.com',
  KEYWARDEN_MAIL_FROM: 'whose mails they are, such as Example <no-reply@example.com>',
  KEYWARDEN_BREACHED_PASSWORDS_URL:
    'an https address that ends in a slash, such as https://api.pwnedpasswords.com/range/',
};

export interface Configuration {
  /** 0: any free one. */
  readonly port: number;
  readonly host: string;
  /** null: http://localhost and the port. */
  readonly publicUrl: string | null;
  /** Absolute. */
  readonly dataFolder: string;
  /** null: the embedded PostgreSQL. */
  readonly databaseUrl: string | null;
  readonly workstationPort: number;
  /** That serve, side by side. */
  readonly processes: number;
  readonly trustedProxies: readonly string[];
  readonly logLevel: string;
  readonly demo: boolean;
  /** null: scim/v2. */
  readonly scimPath: string | null;
  /** null: the file in the data folder. */
  readonly masterKey: string | null;
  /** Requests per minute; 0: any number. */
  readonly limits: RequestLimits;
  /** Milliseconds for which a key of OpenID signs; null: until somebody rotates. */
  readonly keyRotationInterval: number | null;
  /** null: no metadata of authenticators is used. */
  readonly metadata: MetadataConfiguration | null;
  /** null: no mail is sent. */
  readonly mail: MailSettings | null;
  /** null: nobody is asked whether a password was seen in a breach. */
  readonly breachedPasswordsUrl: string | null;
}

export interface MailSettings {
  readonly url: URL;
  readonly from: { readonly name: string; readonly address: string };
}

export interface MetadataConfiguration {
  readonly url: string;
  /** Absolute path of a PEM file; null: the roots of the FIDO Alliance. */
  readonly rootsFile: string | null;
  /** null: the FIDO Alliance's. */
  readonly signerName: string | null;
}

/**
 * The settings of the environment; an empty one is not set.
 *
 * @throws ConfigurationError
 */
export function readConfiguration(
  environment: Readonly<Record<string, string | undefined>>,
  workingFolder: string,
): Configuration {
  const given = Object.fromEntries(
    Object.keys(meaning)
      .map((name) => [name, environment[name]] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  const settings = toNumbers(given);
  if (!Value.Check(Environment, settings)) {
    const wrong = new Set(Value.Errors(Environment, settings).map((error) => error.instancePath.slice(1)));
    throw new ConfigurationError(
      Object.entries(meaning)
        .filter(([name]) => wrong.has(name))
        .map(([name]) => complaint(name, given[name])),
    );
  }
  return {
    port: settings.PORT ?? 8080,
    host: settings.HOST ?? '127.0.0.1',
    publicUrl: settings.PUBLIC_URL === undefined ? null : readPublicUrl(settings.PUBLIC_URL),
    dataFolder: resolve(workingFolder, settings.DATA_DIR ?? 'data'),
    databaseUrl: settings.DATABASE_URL ?? null,
    workstationPort: settings.WORKSTATION_PORT ?? 9333,
    processes: settings.KEYWARDEN_PROCESSES ?? 1,
    trustedProxies: (settings.TRUSTED_PROXIES ?? '')
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
    logLevel: settings.LOG_LEVEL ?? 'info',
    demo: settings.KEYWARDEN_DEMO === '1',
    scimPath: settings.KEYWARDEN_SCIM_PATH ?? null,
    masterKey: settings.KEYWARDEN_MASTER_KEY ?? null,
    limits: {
      address: settings.KEYWARDEN_REQUESTS_PER_MINUTE ?? usualLimits.address,
      client: settings.KEYWARDEN_CLIENT_REQUESTS_PER_MINUTE ?? usualLimits.client,
      user: settings.KEYWARDEN_USER_REQUESTS_PER_MINUTE ?? usualLimits.user,
      failures: settings.KEYWARDEN_FAILURES_PER_MINUTE ?? usualLimits.failures,
      clientFailures: settings.KEYWARDEN_CLIENT_FAILURES_PER_MINUTE ?? usualLimits.clientFailures,
    },
    keyRotationInterval: (settings.KEYWARDEN_KEY_ROTATION_DAYS ?? usualKeyRotationDays) * day || null,
    metadata: readMetadata(settings, workingFolder),
    mail: readMail(settings),
    breachedPasswordsUrl: settings.KEYWARDEN_BREACHED_PASSWORDS_URL ?? null,
  };
}

function readMetadata(settings: Environment, workingFolder: string): MetadataConfiguration | null {
  const { KEYWARDEN_METADATA_URL: url, KEYWARDEN_METADATA_ROOTS: rootsFile } = settings;
  if (url === undefined) return null;
  return {
    url,
    rootsFile: rootsFile === undefined ? null : resolve(workingFolder, rootsFile),
    signerName: settings.KEYWARDEN_METADATA_SIGNER ?? null,
  };
}

const numbers = /(PORT|_PER_MINUTE|_DAYS|_PROCESSES)$/;

function readMail({ KEYWARDEN_SMTP_URL: url, KEYWARDEN_MAIL_FROM: from }: Environment): MailSettings | null {
  if (url === undefined) return null;
  if (from === undefined) {
    throw new ConfigurationError([
      `KEYWARDEN_MAIL_FROM is missing; with KEYWARDEN_SMTP_URL it must be ${meaning.KEYWARDEN_MAIL_FROM}.`,
    ]);
  }
  const [, name = '', address = from] = /^(.*) <(.*)>$/u.exec(from) ?? [];
  if (!URL.canParse(url)) throw new ConfigurationError([complaint('KEYWARDEN_SMTP_URL', url)]);
  return { url: new URL(url), from: { name, address } };
}

/** Only plain digits count: `0x50`, `8e3` and ` 80 ` are mistakes. */
function toNumbers(given: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      numbers.test(name) && value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : value,
    ]),
  );
}

const secretSettings = [
  'DATABASE_URL',
  'KEYWARDEN_MASTER_KEY',
  'KEYWARDEN_METADATA_URL',
  'KEYWARDEN_SMTP_URL',
  'KEYWARDEN_BREACHED_PASSWORDS_URL',
];

function complaint(name: string, value: string | undefined): string {
  const what = Object.entries(meaning).find(([known]) => known === name)?.[1];
  return `${name} is ${quote(name, value)}; it must be ${what}.`;
}

function quote(name: string, value: string | undefined): string {
  return secretSettings.includes(name) ? 'something else (not shown)' : JSON.stringify(value);
}

function readPublicUrl(text: string): string {
  try {
    return new URL(text).origin;
  } catch {
    throw new ConfigurationError([
      `PUBLIC_URL is ${JSON.stringify(text)}; it must be ${meaning.PUBLIC_URL}.`,
    ]);
  }
}
