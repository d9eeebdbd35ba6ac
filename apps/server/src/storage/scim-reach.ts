import type { DirectoryFilter } from '@keywarden/domain';
import {
  compare,
  type Narrow,
  necessary,
  Parameters,
  type Places,
  resolve,
  type SimplePlace,
} from './scim-filter.ts';

/**
 * How many rows a filter looks at: those that an index finds; an index alone, or the rows in an order that an index has; or
 * every row, with all that it holds.
 */
export type Reach = 'few' | 'listed' | 'everything';

type Compare = Extract<DirectoryFilter, { kind: 'compare' }>;

interface Narrowing {
  /** The condition itself is one that an index serves. */
  readonly direct: boolean;
  /** Equality finds fewer than a beginning. */
  readonly exact: boolean;
  /** SQL that gives the ids among which all that fit are. */
  write(parameters: Parameters): string;
}

export interface Searched extends Places {
  /** `users u` */
  readonly from: string;
  /** The id, by which lists are ordered and continued. */
  readonly id: string;
}

export function reachOf(filter: DirectoryFilter, searched: Searched): Reach {
  switch (filter.kind) {
    case 'and': {
      const parts = filter.filters.map((part) => reachOf(part, searched));
      return parts.includes('few') ? 'few' : worst(parts);
    }
    case 'or':
      return worst(filter.filters.map((part) => reachOf(part, searched)));
    case 'not':
      return 'everything';
    case 'present': {
      const place = resolve(filter.attribute, searched, new Parameters());
      return isSimple(place) && place.required === true ? 'listed' : 'everything';
    }
    case 'any':
      return narrowing(filter, searched) === null ? 'everything' : 'few';
    case 'compare': {
      if (narrowing(filter, searched) !== null) return 'few';
      const place = resolve(filter.attribute, searched, new Parameters());
      if (!isSimple(place) || filter.value === null) return 'everything';
      const { operator } = filter;
      if (place.kind !== 'uuid' && place.searched === true && /^[gl][te]$/.test(operator)) return 'listed';
      if (
        place.kind === 'boolean' &&
        place.whether?.[filter.value === (operator === 'eq') ? 0 : 1] === null
      ) {
        return 'everything';
      }
      // The same of every row, or an index of its own.
      const known = place.required === true && place.searched !== true;
      return known && (operator === 'eq' || operator === 'ne') ? 'listed' : 'everything';
    }
  }
}

function worst(parts: readonly Reach[]): Reach {
  if (parts.includes('everything')) return 'everything';
  return parts.includes('listed') ? 'listed' : 'few';
}

/** Whether an index leads to the values that are asked for, and to no others. */
export function findsEqual(filter: DirectoryFilter, searched: Searched): boolean {
  return narrowing(filter, searched)?.exact === true;
}

/** A condition without which the filter can't hold, where the filter itself hides it from the index; null: none is needed. */
export function narrowCondition(
  filter: DirectoryFilter,
  searched: Searched,
  parameters: Parameters,
): string | null {
  const found = narrowing(filter, searched);
  return found === null || found.direct ? null : `${searched.id} IN (${found.write(parameters)})`;
}

function narrowing(filter: DirectoryFilter, searched: Searched): Narrowing | null {
  switch (filter.kind) {
    case 'and': {
      const parts = filter.filters.map((part) => narrowing(part, searched)).filter((part) => part !== null);
      return (
        parts.find(({ direct, exact }) => direct && exact) ??
        parts.find(({ exact }) => exact) ??
        parts.find(({ direct }) => direct) ??
        parts[0] ??
        null
      );
    }
    case 'or': {
      const parts = filter.filters.map((part) => narrowing(part, searched));
      if (!parts.every((part) => part !== null) || parts.length === 0) return null;
      return {
        direct: parts.every(({ direct }) => direct),
        exact: parts.every(({ exact }) => exact),
        write: (parameters) => parts.map((part) => part.write(parameters)).join(' UNION ALL '),
      };
    }
    case 'any': {
      const place = resolve(filter.attribute, searched, new Parameters());
      if (place.kind !== 'rows') return null;
      for (const part of necessary(filter.filter)) {
        const found = narrowed(part, (operand) => place.narrow?.(part.attribute.path, operand) ?? null);
        if (found !== null) return found;
      }
      return null;
    }
    case 'compare':
      return narrowedCompare(filter, searched);
    case 'not':
    case 'present':
      return null;
  }
}

function narrowedCompare(filter: Compare, searched: Searched): Narrowing | null {
  const { attribute, operator, value } = filter;
  const place = resolve(attribute, searched, new Parameters());
  if (place.kind === 'rows') {
    const names = attribute.path.slice(attribute.manyAt);
    return narrowed(filter, (operand) => place.narrow?.(names, operand) ?? null);
  }
  if (!isSimple(place) || value === null) return null;
  if (place.kind === 'text' && place.narrow !== undefined) return narrowed(filter, place.narrow);
  if (place.searched !== true) return null;
  if (operator !== 'eq' && !(operator === 'sw' && place.kind === 'text')) return null;
  return {
    direct: true,
    exact: operator === 'eq',
    write: (parameters) =>
      `SELECT ${searched.id} FROM ${searched.from} WHERE ${compare(place, filter, parameters)}`,
  };
}

function narrowed({ operator, value }: Compare, narrow: Narrow): Narrowing | null {
  if ((operator !== 'eq' && operator !== 'sw') || typeof value !== 'string') return null;
  if (narrow({ operator, text: value, value: () => '' }) === null) return null;
  return {
    direct: false,
    exact: operator === 'eq',
    write: (parameters) =>
      narrow({ operator, text: value, value: () => `${parameters.add(value)}::text` }) ?? '',
  };
}

/** Equal to, or beginning with; of a column that sorts by code points. */
export function within(column: string, operator: 'eq' | 'sw', wanted: string): string {
  if (operator === 'eq') return `${column} = ${wanted}`;
  // U+10FFFF sorts after every character.
  return `${column} >= ${wanted} AND ${column} <= ${wanted} || chr(1114111)`;
}

/** Whether an index has every row in the order of this place. */
export function hasOrder(place: ReturnType<typeof resolve>): boolean {
  return isSimple(place) && place.required === true && (place.searched === true || place.kind === 'word');
}

function isSimple(place: ReturnType<typeof resolve>): place is SimplePlace {
  return place.kind !== 'rows' && place.kind !== 'object';
}
