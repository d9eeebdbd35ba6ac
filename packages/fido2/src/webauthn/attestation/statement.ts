import { demand } from './format.ts';

/**
 * The members of an attestation statement, typed as its syntax says. Everything else is refused as
 * `attestation-statement-malformed`, with the clause of the format.
 */
export class StatementReader {
  readonly #members: ReadonlyMap<unknown, unknown>;
  readonly #clause: string;

  constructor(statement: unknown, clause: string) {
    demand(statement instanceof Map, malformed(clause, 'the statement is a map'));
    this.#members = statement;
    this.#clause = clause;
  }

  get size(): number {
    return this.#members.size;
  }

  /** `alg`, a COSE algorithm identifier. */
  algorithm(): number {
    const value = this.#members.get('alg');
    demand(typeof value === 'number', malformed(this.#clause, 'alg is a COSE algorithm identifier'));
    return value;
  }

  bytes(name: string): Uint8Array {
    return requireBytes(this.#members.get(name), malformed(this.#clause, `${name} is a byte string`));
  }

  text(name: string): string {
    const value = this.#members.get(name);
    demand(typeof value === 'string', malformed(this.#clause, `${name} is text`));
    return value;
  }

  has(name: string): boolean {
    return this.#members.has(name);
  }

  /** `x5c`: one to eight certificates in DER, the attestation certificate first. */
  certificates(): readonly Uint8Array[] {
    const value = this.#members.get('x5c');
    const refusal = malformed(this.#clause, 'x5c is an array of 1 to 8 certificates');
    demand(Array.isArray(value) && value.length > 0 && value.length <= 8, refusal);
    return value.map((certificate) => requireBytes(certificate, refusal));
  }
}

type Refusal = Parameters<typeof demand>[1];

function malformed(clause: string, rule: string): Refusal {
  return { code: 'attestation-statement-malformed', clause, rule };
}

function requireBytes(value: unknown, refusal: Refusal): Uint8Array {
  demand(value instanceof Uint8Array && value.length > 0, refusal);
  return value;
}
