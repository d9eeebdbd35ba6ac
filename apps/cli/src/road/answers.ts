import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { CliError } from '../errors.ts';

/** The value as its schema types it; throws `answer-unexpected` and names the first member that does not fit. */
export function readAnswer<S extends TSchema>(schema: S, value: unknown, from: string): Static<S> {
  if (Value.Check(schema, value)) return value;
  const [first] = Value.Errors(schema, value);
  const where = first === undefined ? '' : ` (${first.instancePath || 'the whole of it'} ${first.message})`;
  throw new CliError(
    'answer-unexpected',
    `${from} answered in a shape that the contract does not know${where}.`,
  );
}

/** Parsed JSON, or undefined where the text is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
