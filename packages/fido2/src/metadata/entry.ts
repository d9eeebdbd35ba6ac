/** A JSON object as it came: members that this package does not know included. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** FIDO MDS 3.0 §3.1.3. `members` holds everything as it came. */
export interface StatusReport {
  /** AuthenticatorStatus (§3.1.4), for example `REVOKED`; values of later specifications are kept. */
  readonly status: string;
  /** Milliseconds since 1970, the beginning of that day in UTC. Null: in effect while it is listed. */
  readonly effectiveFrom: number | null;
  /** From then on a certification counts no longer (FIDO MDS 3.1). */
  readonly sunsetFrom: number | null;
  /** Firmware. */
  readonly authenticatorVersion: number | null;
  /** The certificates that the status is about, base64 as they came; none: it is about the model. */
  readonly certificates: readonly string[];
  readonly url: string | null;
  readonly members: JsonObject;
}

/** FIDO MDS 3.0 §3.1.1: one authenticator model. `members` holds everything as it came. */
export interface MetadataEntry {
  /** UUID, lower case. */
  readonly aaguid: string | null;
  /** FIDO UAF. */
  readonly aaid: string | null;
  /** SHA-1 of the public key of attestation certificates, lower-case hexadecimal: models without AAGUID. */
  readonly attestationCertificateKeyIdentifiers: readonly string[];
  /** FIDO Metadata Statement. */
  readonly statement: JsonObject | null;
  /** In the order in which they take effect. */
  readonly statusReports: readonly StatusReport[];
  readonly rogueList: { readonly url: string; readonly hash: string } | null;
  readonly members: JsonObject;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const keyIdentifier = /^[0-9a-f]{40}$/;
const calendarDate = /^(\d{4})-(\d{2})-(\d{2})$/;
const noAaguid = '00000000-0000-0000-0000-000000000000';

/** An entry that can't be relied on: it must cost neither the others nor let its model pass for an unknown one. */
export interface UnreadableEntry {
  /** A sentence for the log. */
  readonly fault: string;
  /** AAGUID and key identifiers that it is about, as far as they can be read. */
  readonly models: readonly string[];
}

export function readEntry(value: unknown): MetadataEntry | UnreadableEntry {
  if (!isObject(value)) return { fault: 'an entry is no object', models: [] };
  const entry = readParts(value);
  if (typeof entry !== 'string') return entry;
  const identifiers = texts(value['attestationCertificateKeyIdentifiers']);
  const models = [text(value['aaguid']) ?? '', ...identifiers].map((model) => model.toLowerCase());
  return { fault: entry, models: models.filter((model) => isAaguid(model) || keyIdentifier.test(model)) };
}

/** All zeros is what every U2F authenticator has: no model's name. */
export function isAaguid(model: string): boolean {
  return uuid.test(model) && model !== noAaguid;
}

/** The names by which a model is looked up. */
export function modelsOf(entry: MetadataEntry): readonly string[] {
  const { aaguid, attestationCertificateKeyIdentifiers } = entry;
  return [...(aaguid === null ? [] : [aaguid]), ...attestationCertificateKeyIdentifiers];
}

function readParts(value: JsonObject): MetadataEntry | string {
  const aaguid = text(value['aaguid'])?.toLowerCase() ?? null;
  const aaid = text(value['aaid']);
  const identifiers = texts(value['attestationCertificateKeyIdentifiers']).map((one) => one.toLowerCase());
  const of = JSON.stringify((aaguid ?? aaid ?? identifiers[0] ?? 'nothing').slice(0, 64));
  if (aaguid !== null && !isAaguid(aaguid)) return `${of} is no AAGUID`;
  if (identifiers.some((one) => !keyIdentifier.test(one))) return `a key identifier of ${of} is not SHA-1`;
  if (aaguid === null && aaid === null && identifiers.length === 0) return 'an entry is of no authenticator';
  if (!Array.isArray(value['statusReports'])) return `${of} has no status reports`;
  const reports = value['statusReports'].map(readStatusReport);
  const read = reports.filter((report) => report !== null);
  // A report that can't be read may be the one that revokes it.
  if (read.length < reports.length) return `a status report of ${of} is malformed`;
  const statement = value['metadataStatement'];
  const rogueListUrl = text(value['rogueListURL']);
  return {
    aaguid,
    aaid,
    attestationCertificateKeyIdentifiers: identifiers,
    statement: isObject(statement) ? statement : null,
    statusReports: inTimeOrder(read),
    rogueList: rogueListUrl === null ? null : { url: rogueListUrl, hash: text(value['rogueListHash']) ?? '' },
    members: value,
  };
}

function readStatusReport(value: unknown): StatusReport | null {
  if (!isObject(value) || typeof value['status'] !== 'string') return null;
  const effectiveFrom = readOptionalDate(value['effectiveDate']);
  const sunsetFrom = readOptionalDate(value['sunsetDate']);
  if (effectiveFrom === undefined || sunsetFrom === undefined) return null;
  const version = value['authenticatorVersion'];
  return {
    status: value['status'],
    effectiveFrom,
    sunsetFrom,
    authenticatorVersion: typeof version === 'number' ? version : null,
    certificates: [value['certificate'], value['batchCertificate']].filter((one) => typeof one === 'string'),
    url: text(value['url']),
    members: value,
  };
}

/** One without a date keeps its place: it counts as of the one before it. Of one day, the order of the list. */
function inTimeOrder(reports: readonly StatusReport[]): readonly StatusReport[] {
  let last = Number.NEGATIVE_INFINITY;
  return reports
    .map((report) => {
      last = report.effectiveFrom ?? last;
      return { report, from: last };
    })
    .sort((a, b) => (a.from === b.from ? 0 : a.from - b.from))
    .map(({ report }) => report);
}

/** Undefined: no date. */
function readOptionalDate(value: unknown): number | null | undefined {
  return value === undefined || value === null ? null : (readDate(value) ?? undefined);
}

/** ISO 8601 calendar date, as milliseconds since 1970 at its beginning in UTC. */
export function readDate(value: unknown): number | null {
  const match = typeof value === 'string' ? calendarDate.exec(value) : null;
  if (match === null) return null;
  const [, year, month, day] = match.map(Number);
  const time = Date.UTC(year ?? 0, (month ?? 0) - 1, day);
  // Date.UTC would carry a 13th month or a 30th of February over.
  return new Date(time).toISOString().slice(0, 10) === match[0] ? time : null;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
