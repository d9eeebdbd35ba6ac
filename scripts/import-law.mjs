/**
 * The import law: who may know whom, as one table. `node scripts/import-law.mjs` writes it as Biome overrides into
 * import-law.json, which biome.json extends; a test keeps the two equal and shows that each row bites.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const nodeIo = [
  'child_process',
  'cluster',
  'dgram',
  'dns',
  'dns/promises',
  'fs',
  'fs/promises',
  'http',
  'http2',
  'https',
  'module',
  'net',
  'os',
  'process',
  'readline',
  'repl',
  'timers/promises',
  'tls',
  'v8',
  'vm',
  'worker_threads',
].map((name) => `node:${name}`);

const ban = (group, message) => ({ group, message });

const virtualKeys = ban(
  ['**/virtual-authenticator', '**/virtual-authenticator/**'],
  "The virtual authenticator is for tests, benchmarks and the workstation's virtual keys alone.",
);
const onlyWire = (who) =>
  ban(
    ['@keywarden/**', '!@keywarden/fido2/**', '!@keywarden/api', '!@keywarden/api/**'],
    `${who} imports fido2 and api alone.`,
  );

/** Inside fido2 a room may import the rooms named here and nothing else of ours. */
const fido2Rooms = {
  bytes: [],
  cbor: ['bytes'],
  cose: ['bytes', 'cbor'],
  'authenticator-data': ['bytes', 'cbor', 'cose'],
  x509: ['bytes'],
  webauthn: ['bytes', 'cbor', 'cose', 'authenticator-data', 'x509'],
  metadata: ['bytes', 'cbor', 'cose', 'x509', 'webauthn'],
  ctap2: ['bytes', 'cbor', 'cose', 'authenticator-data'],
  ctaphid: ['bytes', 'cbor', 'ctap2'],
  iso7816: ['bytes', 'cbor', 'ctap2'],
  client: ['bytes', 'cbor', 'cose', 'authenticator-data', 'ctap2', 'ctaphid', 'iso7816', 'webauthn'],
  'virtual-authenticator': [
    'bytes',
    'cbor',
    'cose',
    'authenticator-data',
    'ctap2',
    'ctaphid',
    'iso7816',
    'webauthn',
  ],
};

const rows = [
  ...Object.entries(fido2Rooms).map(([room, allowed]) => [
    `packages/fido2/src/${room}/**`,
    ban(
      [...nodeIo, 'node-hid', 'koffi', 'ws'],
      'fido2 is bytes and rules: clock, randomness and connections are arguments.',
    ),
    ban(['@keywarden/**'], 'fido2 imports nothing of ours: it is usable on its own.'),
    ban(
      // Twice: a room may have folders.
      ['../*/**', ...allowed.flatMap((name) => [`!../${name}/**`, `!../../${name}/**`])],
      'Inside fido2: bytes → cbor, x509 → cose, authenticator-data → ctap2 | webauthn; only client and virtual-authenticator see both.',
    ),
  ]),
  [
    'packages/domain/src/**',
    ban(['@keywarden/**', '!@keywarden/fido2/**'], 'domain imports fido2 alone: no wire, no application.'),
    ban(
      [...nodeIo, 'pg', 'kysely', 'fastify', 'jose', 'pino'],
      'domain has no IO and no driver: it reaches the world through its ports.',
    ),
    virtualKeys,
  ],
  [
    'packages/api/src/**',
    ban(
      ['@keywarden/**', '!@keywarden/fido2/**'],
      'api is the wire: it knows neither domain nor applications.',
    ),
    ban(nodeIo, 'api is shapes alone and runs in a browser too.'),
    virtualKeys,
  ],
  ...['authn', 'openid', 'management', 'scim', 'site'].map((door) => [
    `apps/server/src/${door}/**`,
    ban(
      ['../*/**', '!../http/**'],
      'A door reaches the server through domain commands and server/http alone; storage, idp or another door would bypass policy and audit.',
    ),
    ban(['../compose.ts', '../main.ts', '../demo.ts'], 'compose sees the doors, never the other way round.'),
    ban(['pg', 'kysely'], 'SQL lives in server/storage.'),
    virtualKeys,
  ]),
  ...['storage', 'idp', 'mail'].map((room) => [
    `apps/server/src/${room}/**`,
    ban(['../*/**'], `${room} implements the domain's ports: it knows no door, no http, no sibling.`),
    ban(
      ['@keywarden/**', '!@keywarden/domain', '!@keywarden/fido2/**'],
      `${room} speaks the domain's types, not the wire's.`,
    ),
    ban(['fastify', '@fastify/**'], `${room} knows nothing of serving HTTP.`),
    virtualKeys,
  ]),
  ['apps/workstation/src/**', onlyWire('The workstation service'), virtualKeys],
  ['apps/workstation/src/virtual/**', onlyWire('The workstation service')],
  ['apps/cli/src/**', onlyWire('The command line'), virtualKeys],
  [
    'apps/web/src/**',
    ban(['@keywarden/**', '!@keywarden/api', '!@keywarden/api/**'], 'Pages know the wire alone.'),
    ban(['node:*'], 'Pages run in a browser.'),
  ],
];

const override = (includes, style) => ({ includes, linter: { rules: { style } } });

export const law = {
  overrides: [
    ...rows.map(([room, ...patterns]) =>
      override([room], { noRestrictedImports: { level: 'error', options: { patterns } } }),
    ),
    override(['**/*.test.ts', '**/*.fake.ts', '**/test/**', 'packages/fido2/bench/**'], {
      noRestrictedImports: 'off',
    }),
  ],
};

/** One override a line: the table above is what people read. */
export const lawText = `{\n  "overrides": [\n${law.overrides.map((row) => `    ${JSON.stringify(row)}`).join(',\n')}\n  ]\n}\n`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(path.join(path.dirname(path.dirname(process.argv[1])), 'import-law.json'), lawText);
}
