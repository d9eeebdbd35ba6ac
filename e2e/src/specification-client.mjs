/**
 * A back-end client and an authenticator, written from the specification of the service alone: Node's own modules and
 * plain fetch, nothing of ours. In a tenant that lets a user without an authenticator enroll her first one, it provisions
 * her over SCIM, enrolls her, signs her in, and tidies up. Prints what it saw as one JSON object.
 *
 *   node specification-client.mjs data/demo.json
 */
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import process from 'node:process';

const { baseUrl, openDemo } = JSON.parse(await readFile(process.argv[2], 'utf8'));
const { tenant, client } = openDemo;
const authn = `${baseUrl}/${tenant}/authn`;
const scim = `${baseUrl}/${tenant}/scim/v2`;
const origin = new URL(baseUrl).origin;
const saw = {};

const basic = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`;
const username = `spec-${randomBytes(4).toString('hex')}`;
const form = (members) => new URLSearchParams(members).toString();
const isForm = { 'content-type': 'application/x-www-form-urlencoded' };
const isJson = { 'content-type': 'application/json' };

async function call(method, url, { headers = {}, body } = {}) {
  const response = await fetch(url, { method, headers, ...(body !== undefined && { body }) });
  const text = await response.text();
  const json = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
  return {
    status: response.status,
    csrf: response.headers.get('server-csrf-token'),
    body: json ? JSON.parse(text) : text,
  };
}

// ── Its own token, then the user's account over SCIM ──────────────────────────────────────────────────────────────────
saw.tokenOptions = (await call('OPTIONS', `${authn}/token`)).status;
const own = await call('POST', `${authn}/token`, {
  headers: { ...isForm, authorization: basic },
  body: form({ grant_type: 'client_credentials' }),
});
// The one token for both: the specification names no other, and no scope.
const bearer = `Bearer ${own.body.access_token}`;
const directory = { authorization: bearer, 'content-type': 'application/scim+json' };

const person = JSON.stringify({
  userName: username,
  externalId: `hr-${username}`,
  groups: [{ value: 'UG_ROOT' }],
});
const created = await call('POST', `${scim}/Users`, { headers: directory, body: person });
saw.created = created.status;
saw.createdAgain = (await call('POST', `${scim}/Users`, { headers: directory, body: person })).status;
const found = await call('POST', `${scim}/Users/.search`, {
  headers: { ...directory, ...isJson },
  body: JSON.stringify({ filter: `userName eq ${username}` }),
});
saw.found = [
  found.body.Resources?.[0]?.userName === username,
  found.body.resources?.[0]?.userName === username,
];
const userId = created.body.id;

// ── An authenticator: ES256, packed self attestation ──────────────────────────────────────────────────────────────────
function cbor(value) {
  const head = (major, size) =>
    size < 24
      ? Buffer.of((major << 5) | size)
      : size < 256
        ? Buffer.of((major << 5) | 24, size)
        : Buffer.of((major << 5) | 25, size >> 8, size & 255);
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string')
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  return Buffer.concat([head(5, value.length), ...value.flat().map(cbor)]);
}
const sha256 = (data) => createHash('sha256').update(data).digest();
const b64 = (bytes) => Buffer.from(bytes).toString('base64url');

const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const spki = keys.publicKey.export({ format: 'der', type: 'spki' });
const jwk = createPublicKey({ key: spki, format: 'der', type: 'spki' }).export({ format: 'jwk' });
const credentialId = randomBytes(32);
let counter = 0;
function authenticatorData(rpId, flags, attested = Buffer.alloc(0)) {
  counter += 1;
  const count = Buffer.alloc(4);
  count.writeUInt32BE(counter);
  return Buffer.concat([sha256(rpId), Buffer.of(flags), count, attested]);
}
function clientData(type, challenge) {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
}
const signed = (authData, client) =>
  sign('sha256', Buffer.concat([authData, sha256(client)]), keys.privateKey);

function makeCredential(options) {
  const client = clientData('webauthn.create', options.challenge);
  const coseKey = cbor([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, Buffer.from(jwk.x, 'base64url')],
    [-3, Buffer.from(jwk.y, 'base64url')],
  ]);
  const attested = Buffer.concat([
    Buffer.alloc(16),
    Buffer.of(0, credentialId.length),
    credentialId,
    coseKey,
  ]);
  // UP, UV, AT
  const authData = authenticatorData(options.rp.id, 0x45, attested);
  const statement = [
    ['alg', -7],
    ['sig', signed(authData, client)],
  ];
  const attestationObject = cbor([
    ['fmt', 'packed'],
    ['attStmt', statement],
    ['authData', authData],
  ]);
  return {
    id: b64(credentialId),
    rawId: b64(credentialId),
    type: 'public-key',
    response: { clientDataJSON: b64(client), attestationObject: b64(attestationObject), transports: ['usb'] },
  };
}
function getAssertion({ challenge, rpId }, userHandle) {
  const client = clientData('webauthn.get', challenge);
  const authData = authenticatorData(rpId, 0x05);
  const signature = signed(authData, client);
  return {
    clientDataJSON: b64(client),
    authenticatorData: b64(authData),
    signature: b64(signature),
    userHandle,
  };
}

// ── A transaction: the request_uri and the newest csrf header are all that it holds ───────────────────────────────────
async function begin(scope = 'openid') {
  const pushed = await call('POST', `${authn}/par`, {
    headers: { ...isForm, authorization: bearer },
    body: form({ response_type: 'code', client_id: client.id, redirect_uri: client.redirectUri, scope }),
  });
  let csrf = null;
  const step = async (method, path, headers, body) => {
    const all = { ...headers, ...(csrf !== null && { 'server-csrf-token': csrf }) };
    const answer = await call(method, `${authn}${path}`, { headers: all, body });
    csrf = answer.csrf ?? csrf;
    return answer;
  };
  return {
    status: pushed.status,
    request_uri: pushed.body.request_uri,
    json: (path, members) => step('POST', path, isJson, JSON.stringify(members)),
    form: (method, path, members) => step(method, path, isForm, form(members)),
  };
}

// ── Enrolls: /enroll/fido without a csrf header, then with it ─────────────────────────────────────────────────────────
const enrollment = await begin();
saw.pushed = enrollment.status;
const about = { username, request_uri: enrollment.request_uri, authType: 'AT_FIDO' };
const asked = await enrollment.json('/enroll/fido', { enroll_step: 'getcredentialoptions', ...about });
saw.options = asked.status;
const options = asked.body.publicKeyCredentialOptions;
const credential = makeCredential(options);
const registered = await enrollment.json('/enroll/fido', {
  enroll_step: 'registercredential',
  ...about,
  credential,
});
saw.registered = [registered.status, registered.body];

// ── Signs her in ──────────────────────────────────────────────────────────────────────────────────────────────────────
const signIn = await begin();
const who = { request_uri: signIn.request_uri, authType: 'AT_FIDO', username };
const challenge = await signIn.json('/code', { grant_type: 'fido_challenge', ...who });
saw.challenge = [challenge.status, challenge.body.allowCredentials];
const proof = getAssertion(challenge.body, options.user.id);
const proven = await signIn.json('/code', { grant_type: 'password', ...who, password: proof });
saw.proven = proven.status;
let code = await signIn.form('POST', '/code', { grant_type: 'code_request', ...who });
saw.code = [code.status, code.body.error ?? null];
if (code.status === 400) {
  const sharings = JSON.stringify([{ scope: 'openid', status: 'accepted', exp: -1 }]);
  const consent = { request_uri: signIn.request_uri, username, sharings };
  saw.consent = (await signIn.form('PUT', '/consent', consent)).status;
  code = await signIn.form('POST', '/code', { grant_type: 'code_request', ...who });
  saw.codeAfterConsent = code.status;
}
const redeemed = await call('POST', `${authn}/token`, {
  headers: { ...isForm, authorization: basic },
  body: form({ grant_type: 'authorization_code', code: code.body.code, redirect_uri: client.redirectUri }),
});
saw.token = redeemed.status;
const [head, claims, signature] = (redeemed.body.id_token ?? '..').split('.');
const { kid } = JSON.parse(Buffer.from(head, 'base64url'));
const published = (await call('GET', `${authn}/jwks`)).body.keys.find((key) => key.kid === kid);
const key = { key: createPublicKey({ key: published, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
const { iss, aud, sub } = JSON.parse(Buffer.from(claims, 'base64url'));
saw.idToken = {
  verifies: verify('sha256', Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, 'base64url')),
  ofThisIssuer: iss === `${baseUrl}/${tenant}`,
  forThisClient: aud === client.id,
  ofThisUser: sub === userId,
};

// ── Her device over SCIM ──────────────────────────────────────────────────────────────────────────────────────────────
const owned = () =>
  call('GET', `${scim}/Device?${form({ filter: `owner.value eq ${userId}` })}`, { headers: directory });
const [device] = (await owned()).body.resources ?? [];
const put = (members) =>
  call('PUT', `${scim}/Device/${device.id}`, { headers: directory, body: JSON.stringify(members) });
saw.renamed = (await put({ friendlyName: 'Her blue key' })).body.friendlyName;
saw.suspended = (await put({ status: { status: 'SUSPENDED' } })).body.status?.status;
saw.unassigned = (await put({ owner: { value: '' } })).status;
saw.ownedAfter = (await owned()).body.totalResults;
saw.deleted = (await call('DELETE', `${scim}/Device/${device.id}`, { headers: directory })).status;
process.stdout.write(`${JSON.stringify(saw)}\n`);
