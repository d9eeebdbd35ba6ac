import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { HttpRefusal } from './refusal.ts';

export type RequestPart = 'params' | 'query' | 'body';

/** Text from a path or a query becomes the number or boolean that the schema asks for; a body stays as it was sent. */
export function requestValidator(part: RequestPart, schema: TSchema): (value: unknown) => unknown {
  const validator = Compile(schema);
  return (sent) => {
    let value: unknown = sent ?? {};
    if (part !== 'body') value = validator.Convert(structuredClone(value));
    value = validator.Default(value);
    if (validator.Check(value)) return value;
    throw malformed(part, validator.Errors(value));
  };
}

interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: object;
}

/** Points at the place: the deepest complaint says most. */
function malformed(part: RequestPart, errors: readonly SchemaError[]): HttpRefusal {
  const depth = (error: SchemaError) => error.instancePath.split('/').length;
  const deepest = errors.reduce<SchemaError | undefined>(
    (best, error) => (best === undefined || depth(error) > depth(best) ? error : best),
    undefined,
  );
  const missing = deepest === undefined ? undefined : missingProperty(deepest);
  const field = `${deepest?.instancePath ?? ''}${missing === undefined ? '' : `/${missing}`}`;
  return new HttpRefusal('request-malformed', 'A value of the request is not what it must be.', {
    advice: `${part}${field}: ${deepest?.message ?? 'is malformed'}`,
    particulars: { in: part, field, ...(missing === undefined ? {} : { missing }) },
  });
}

function missingProperty(error: SchemaError): string | undefined {
  if (error.keyword !== 'required' || !('requiredProperties' in error.params)) return undefined;
  const { requiredProperties } = error.params;
  const first: unknown = Array.isArray(requiredProperties) ? requiredProperties[0] : undefined;
  return typeof first === 'string' ? first : undefined;
}

/**
 * What leaves the server: members that the schema does not know are left out, and a body that does not fit is a mistake
 * of ours, told to nobody.
 */
export function responseSerializer(schema: TSchema): (body: unknown) => string {
  const validator = Compile(schema);
  // Cleaning walks the schema anew for each answer, and is dear; nearly every answer has nothing to clean.
  const exact = Compile(withoutOtherMembers(schema));
  return (body) => {
    const text = JSON.stringify(body);
    // In the form of the wire: dates are text, undefined members are gone.
    const sent: unknown = JSON.parse(text);
    if (exact.Check(sent)) return text;
    const wire = validator.Clean(sent);
    if (!validator.Check(wire)) {
      const [first] = validator.Errors(wire);
      throw new HttpRefusal('internal', 'Keywarden made a mistake and can not show you the answer.', {
        detail: `the answer does not fit its schema at ${first?.instancePath || '/'}: ${first?.message}`,
      });
    }
    return JSON.stringify(wire);
  };
}

/** Keywords whose value is a schema or a list of them, and those whose values are. JSON Schema 2020-12 §10.2 and §10.3. */
const schemas = new Set(['items', 'prefixItems', 'anyOf', 'oneOf', 'allOf', 'additionalProperties']);
const schemasByName = new Set(['properties', 'patternProperties', '$defs']);

/** The same schema, in which an object has no members but those that are named. What fits it fits the schema, too. */
function withoutOtherMembers(schema: object): TSchema {
  const closed: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    closed[keyword] = schemas.has(keyword)
      ? closedPart(value)
      : schemasByName.has(keyword)
        ? Object.fromEntries(Object.entries(value).map(([name, part]) => [name, closedPart(part)]))
        : value;
  }
  if ('properties' in schema) closed['additionalProperties'] ??= false;
  return closed;
}

function closedPart(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closedPart);
  return typeof part === 'object' && part !== null ? withoutOtherMembers(part) : part;
}
