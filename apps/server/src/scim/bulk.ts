import { type ScimBulkRequest, ScimPatch, scimBulkLimits, scimMessages } from '@keywarden/api';
import { DomainError } from '@keywarden/domain';
import { tell } from '../http/problem.ts';
import { HttpRefusal } from '../http/refusal.ts';
import { requestValidator } from '../http/validation.ts';
import { readIfMatch } from '../http/versions.ts';
import { type Caller, locationOf, type ResourceDoor, type Shown } from './door.ts';
import { everything } from './projection.ts';
import { isRecord, type Json } from './schema.ts';

type Operation = ScimBulkRequest['Operations'][number];

interface Done {
  readonly status: number;
  readonly location?: string;
  readonly version?: string;
  /** What it is called from now on, for those that refer to it. */
  readonly id?: string;
  readonly error?: object;
}

const readPatch = requestValidator('body', ScimPatch);

/** Told where an operation failed for a reason that is not the client's. */
export type OnFault = (error: unknown) => void;

/**
 * RFC 7644 §3.7: one operation after the other, each for itself. One that refers to what another is going to make waits for
 * it; what waits for itself is refused. Where the server itself fails, it stops: what was done before is done, and told.
 */
export async function answerBulk(
  caller: Caller,
  doors: readonly ResourceDoor[],
  { request, onFault }: { request: ScimBulkRequest; onFault: OnFault },
): Promise<Json> {
  const { Operations: operations, failOnErrors = Number.POSITIVE_INFINITY } = request;
  if (operations.length > scimBulkLimits.maxOperations) {
    throw new HttpRefusal('body-too-large', 'The request has too many operations.', {
      advice: `Send at most ${scimBulkLimits.maxOperations}.`,
    });
  }
  const made = new Map<string, string>();
  const failed = new Set<string>();
  const expected = new Set(operations.flatMap(({ bulkId }) => (bulkId === undefined ? [] : [bulkId])));
  const answers = new Map<Operation, Done>();
  let waiting: readonly Operation[] = operations;
  let errors = 0;
  let faulty = false;
  while (waiting.length > 0 && errors < failOnErrors && !faulty) {
    const later: Operation[] = [];
    for (const operation of waiting) {
      if (errors >= failOnErrors || faulty) break;
      const open = references(operation).filter((id) => !made.has(id));
      if (open.some((id) => expected.has(id) && !failed.has(id))) {
        later.push(operation);
        continue;
      }
      const [unmade = null] = open;
      const done = await attempt(caller, { unmade, onFault }, () =>
        perform(caller, doors, resolved(operation, made)),
      );
      answers.set(operation, done);
      const { bulkId } = operation;
      if (done.error !== undefined) errors += 1;
      faulty = done.status >= 500;
      if (bulkId !== undefined) {
        if (done.id === undefined) failed.add(bulkId);
        else made.set(bulkId, done.id);
      }
    }
    // Nothing went on: they wait for each other.
    if (later.length === waiting.length) {
      for (const { bulkId } of later) if (bulkId !== undefined) failed.add(bulkId);
    }
    waiting = later;
  }
  return {
    schemas: [scimMessages.bulkResponse],
    // In the order of the request; those after the last error that was allowed were not tried.
    Operations: operations.flatMap((operation) => {
      const done = answers.get(operation);
      return done === undefined ? [] : [answerView(operation, done)];
    }),
  };
}

function answerView({ method, bulkId }: Operation, { status, location, version, error }: Done): Json {
  return {
    method: method.toUpperCase(),
    ...(bulkId === undefined ? {} : { bulkId }),
    ...(version === undefined ? {} : { version }),
    ...(location === undefined ? {} : { location }),
    status: String(status),
    ...(error === undefined ? {} : { response: error }),
  };
}

async function attempt(
  caller: Caller,
  { unmade, onFault }: { unmade: string | null; onFault: OnFault },
  work: () => Promise<Done>,
): Promise<Done> {
  try {
    if (unmade !== null) {
      throw new DomainError(
        'input-invalid',
        `“bulkId:${unmade}” is what no operation made. Nothing was changed.`,
      );
    }
    return await work();
  } catch (error) {
    const told = tell(error, { door: 'scim', requestId: caller.actor.requestId ?? '' });
    if (told.status >= 500) onFault(error);
    return { status: told.status, error: told.body };
  }
}

const bulkReference = /^bulkId:(.{1,256})$/;
const pathReference = /\/bulkId:([^/]{1,256})/;

/** The bulkIds that an operation names: in its path, and wherever a value of its data is one. */
function references({ path, data }: Operation): readonly string[] {
  const found: string[] = [];
  const [, inPath] = pathReference.exec(path) ?? [];
  if (inPath !== undefined) found.push(inPath);
  visit(data, (text) => {
    const [, id] = bulkReference.exec(text) ?? [];
    if (id !== undefined) found.push(id);
    return text;
  });
  return found;
}

function resolved(operation: Operation, made: ReadonlyMap<string, string>): Operation {
  const path = operation.path.replace(pathReference, (whole, id: string) => {
    const known = made.get(id);
    return known === undefined ? whole : `/${known}`;
  });
  const data = visit(operation.data, (text) => {
    const [, id] = bulkReference.exec(text) ?? [];
    return (id === undefined ? undefined : made.get(id)) ?? text;
  });
  return { ...operation, path, data };
}

/** A copy with every text replaced. */
function visit(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === 'string') return replace(value);
  if (Array.isArray(value)) return value.map((element) => visit(element, replace));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, visit(member, replace)]));
}

async function perform(caller: Caller, doors: readonly ResourceDoor[], operation: Operation): Promise<Done> {
  const { method, path, data, version } = operation;
  const [, endpoint = '', , id] = /^(\/[A-Za-z]+)(\/([^/]+))?$/.exec(path) ?? [];
  const door = doors.find(({ type }) => type.endpoint.toLowerCase() === endpoint.toLowerCase());
  if (door === undefined) throw unknownPath(path);
  const name = method.toUpperCase();
  if (name === 'POST') {
    if (id !== undefined) throw unknownPath(path);
    const shown = await door.create(caller, data);
    return { status: 201, id: shown.id, ...whereabouts(caller, door, shown) };
  }
  if (id === undefined) throw unknownPath(path);
  const change = { id: decodeURIComponent(id), expected: readIfMatch(version) };
  const location = locationOf(caller, door.type, change.id);
  switch (name) {
    case 'PUT':
      return {
        status: 200,
        id,
        ...whereabouts(caller, door, await door.replace(caller, { ...change, body: data })),
      };
    case 'PATCH': {
      const patch = readPatch(data) as ScimPatch;
      const shown = await door.patch(caller, { ...change, patch, wanted: everything });
      return shown === null
        ? { status: 204, id, location }
        : { status: 200, id, ...whereabouts(caller, door, shown) };
    }
    case 'DELETE':
      await door.remove(caller, change);
      return { status: 204, id, location };
    default:
      throw new DomainError('input-invalid', 'The method of an operation is POST, PUT, PATCH or DELETE.');
  }
}

function whereabouts(caller: Caller, door: ResourceDoor, shown: Shown) {
  return { location: locationOf(caller, door.type, shown.id), version: shown.tag };
}

function unknownPath(path: string): HttpRefusal {
  return new HttpRefusal('not-found', `There is nothing at ${JSON.stringify(path.slice(0, 200))}.`);
}
