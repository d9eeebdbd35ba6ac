import {
  AssertionResponseJson,
  AuthenticationCredentialJson,
  RegistrationCredentialJson,
  SharingDecisions,
} from '@keywarden/api';
import type { Assertion, ConsentDecision, RegistrationCredential } from '@keywarden/domain';
import { Compile } from 'typebox/compile';

// Walking a schema costs more than all else that is asked of a parameter.
const registrationCredential = Compile(RegistrationCredentialJson);
const authenticationCredential = Compile(AuthenticationCredentialJson);
const assertionResponseAlone = Compile(AssertionResponseJson);
const sharingDecisions = Compile(SharingDecisions);

/** A parameter that is missing or malformed; the conversation tells it. */
export class ParameterFault extends Error {
  override readonly name = 'ParameterFault';
}

/** Longest texts, in UTF-16 code units. */
const limits = {
  request_uri: 512,
  username: 256,
  authType: 64,
  enrollId: 128,
  grant_type: 64,
  enroll_step: 64,
  ui_locales: 256,
} as const;

type TextParameter = keyof typeof limits;

/** The parameters of one request, from a query, a form or a JSON body. Empty ones are missing (RFC 6749 §3.1). */
export class Parameters {
  readonly #source: Readonly<Record<string, unknown>>;

  constructor(source: unknown) {
    this.#source =
      typeof source === 'object' && source !== null && !Array.isArray(source)
        ? Object.fromEntries(Object.entries(source))
        : {};
  }

  /** @throws ParameterFault */
  text(name: TextParameter): string {
    const value = this.optionalText(name);
    if (value === null) throw new ParameterFault(`Missing ${name}`);
    return value;
  }

  optionalText(name: TextParameter): string | null {
    const value = this.#given(name);
    if (value === null) return null;
    if (typeof value !== 'string' || value.length > limits[name]) throw malformed(name);
    return value;
  }

  /** What was sent under this name, if it is text that may stand there at all; in the one form of Unicode. */
  given(name: TextParameter): string | null {
    const value = this.#given(name);
    return typeof value === 'string' && value.length <= limits[name] ? value.normalize('NFC') : null;
  }

  oneOf<T extends string>(name: TextParameter, values: readonly T[]): T {
    const value = this.text(name);
    const known = values.find((entry) => entry === value);
    if (known === undefined) throw new ParameterFault(`Unsupported ${name}`);
    return known;
  }

  has(name: string): boolean {
    return this.#given(name) !== null;
  }

  /** A password, or an assertion: the whole credential or its `response` alone. In a form, the assertion is JSON. */
  proof(name: string): string | Assertion {
    const given = this.#required(name);
    if (typeof given === 'string') {
      const parsed = given.startsWith('{') ? parsedOrNull(given) : null;
      const assertion = parsed === null ? null : readAssertion(parsed);
      if (assertion !== null) return assertion;
      if (given.length > 1024) throw malformed(name);
      return given;
    }
    const assertion = readAssertion(given);
    if (assertion === null) throw malformed(name);
    return assertion;
  }

  registration(name: string): RegistrationCredential {
    const value = this.#structured(name);
    if (!registrationCredential.Check(value)) throw malformed(name);
    const { id, rawId, type, response, clientExtensionResults } = value;
    if (id !== rawId) throw malformed(name);
    const { clientDataJSON, attestationObject, transports } = response;
    return {
      id,
      rawId,
      type,
      response: { clientDataJSON, attestationObject, ...(transports && { transports }) },
      ...(clientExtensionResults && { clientExtensionResults }),
    };
  }

  decisions(name: string): readonly ConsentDecision[] {
    const value = this.#structured(name);
    if (!sharingDecisions.Check(value)) throw malformed(name);
    return value.map(({ scope, status, exp }) => ({ scope, status, exp: exp ?? -1 }));
  }

  /** Everything, for telling one request from another. */
  toJSON(): unknown {
    return this.#source;
  }

  #given(name: string): unknown {
    const value = Object.hasOwn(this.#source, name) ? this.#source[name] : undefined;
    return value === undefined || value === '' ? null : value;
  }

  #required(name: string): unknown {
    const value = this.#given(name);
    if (value === null) throw new ParameterFault(`Missing ${name}`);
    return value;
  }

  /** An object or list; in a form its JSON. */
  #structured(name: string): unknown {
    const value = this.#required(name);
    if (typeof value !== 'string') return value;
    const parsed = parsedOrNull(value);
    if (parsed === null) throw malformed(name);
    return parsed;
  }
}

function malformed(name: string): ParameterFault {
  return new ParameterFault(`Malformed ${name}`);
}

function parsedOrNull(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return null;
  }
}

function readAssertion(value: unknown): Assertion | null {
  if (authenticationCredential.Check(value)) {
    if (value.rawId !== undefined && value.rawId !== value.id) return null;
    return { id: value.id, ...assertionResponse(value.response) };
  }
  if (assertionResponseAlone.Check(value)) return { id: null, ...assertionResponse(value) };
  return null;
}

function assertionResponse(response: {
  clientDataJSON: string;
  authenticatorData: string;
  signature: string;
  userHandle?: string | null;
}): Omit<Assertion, 'id'> {
  const { clientDataJSON, authenticatorData, signature, userHandle } = response;
  // Some clients send an empty user handle where the authenticator gave none.
  return { clientDataJSON, authenticatorData, signature, userHandle: userHandle || null };
}
