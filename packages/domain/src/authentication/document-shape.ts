import { memberOf, type Report } from './document-fault.ts';

/** Checks one value of a JSON document and reports every fault of it; true where there is none. */
export type Shape = (value: unknown, at: string, report: Report) => boolean;

export function text(limits: {
  readonly maximum: number;
  readonly pattern?: RegExp;
  /** For `malformed`: "a UUID". */
  readonly expected?: string;
  readonly mayBeEmpty?: boolean;
}): Shape {
  const { maximum, pattern, expected = 'of this form', mayBeEmpty = false } = limits;
  return (value, at, report) => {
    if (typeof value !== 'string') return refuse(report, at, 'not-text');
    if (value === '' && !mayBeEmpty) return refuse(report, at, 'empty');
    if (value.length > maximum) {
      report(at, 'too-long', { maximum });
      return false;
    }
    if (pattern !== undefined && !pattern.test(value)) {
      report(at, 'malformed', { expected });
      return false;
    }
    return true;
  };
}

export function integer(minimum: number, maximum: number): Shape {
  return (value, at, report) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) return refuse(report, at, 'not-number');
    if (value >= minimum && value <= maximum) return true;
    report(at, 'out-of-range', { minimum, maximum });
    return false;
  };
}

export const boolean: Shape = (value, at, report) =>
  typeof value === 'boolean' || refuse(report, at, 'not-boolean');

export function oneOf(...allowed: readonly (string | null)[]): Shape {
  return (value, at, report) => {
    if (allowed.some((entry) => entry === value)) return true;
    report(at, 'not-one-of', { allowed: allowed.map(String).join(', ') });
    return false;
  };
}

export function nullable(shape: Shape): Shape {
  return (value, at, report) => value === null || shape(value, at, report);
}

export function list(of: Shape, maximum: number): Shape {
  return (value, at, report) => {
    if (!Array.isArray(value)) return refuse(report, at, 'not-list');
    if (value.length > maximum) {
      report(at, 'too-many', { maximum });
      return false;
    }
    return value.map((entry, index) => of(entry, `${at}/${index}`, report)).every(Boolean);
  };
}

/** Members with a default may be absent; what is neither is a typing error, and told. */
export function object(
  required: Readonly<Record<string, Shape>>,
  optional: Readonly<Record<string, Shape>> = {},
): Shape {
  return (value, at, report) => {
    if (!isObject(value)) return refuse(report, at, 'not-object');
    let sound = true;
    for (const name of Object.keys(required)) {
      if (!Object.hasOwn(value, name)) sound = refuse(report, memberOf(at, name), 'missing');
    }
    for (const [name, member] of Object.entries(value)) {
      const shape = own(required, name) ?? own(optional, name);
      const place = memberOf(at, name);
      sound = (shape === null ? refuse(report, place, 'unknown') : shape(member, place, report)) && sound;
    }
    return sound;
  };
}

/** An object whose names are data. */
export function record(name: Shape, of: Shape, maximum: number): Shape {
  return (value, at, report) => {
    if (!isObject(value)) return refuse(report, at, 'not-object');
    const entries = Object.entries(value);
    if (entries.length > maximum) {
      report(at, 'too-many', { maximum });
      return false;
    }
    return entries
      .map(([key, member]) => {
        const place = memberOf(at, key);
        return name(key, place, report) && of(member, place, report);
      })
      .every(Boolean);
  };
}

/** One of several kinds of object, told apart by a member. */
export function kinds(member: string, shapes: Readonly<Record<string, Shape>>): Shape {
  return (value, at, report) => {
    if (!isObject(value)) return refuse(report, at, 'not-object');
    const place = memberOf(at, member);
    if (!Object.hasOwn(value, member)) return refuse(report, place, 'missing');
    const kind = value[member];
    const shape = typeof kind === 'string' ? own(shapes, kind) : null;
    if (shape !== null) return shape(value, at, report);
    report(place, 'not-one-of', { allowed: Object.keys(shapes).join(', ') });
    return false;
  };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(shapes: Readonly<Record<string, Shape>>, name: string): Shape | null {
  return (Object.hasOwn(shapes, name) ? shapes[name] : null) ?? null;
}

function refuse(report: Report, at: string, rule: Parameters<Report>[1]): false {
  report(at, rule);
  return false;
}
