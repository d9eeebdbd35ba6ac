import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { expect } from 'vitest';
import { assertion, type RegistrationMaker } from '../bench/passkeys.ts';
import type { Premises } from '../bench/subject.ts';
import {
  credentialIdOf,
  fidoTenant,
  redirectUri,
  type Town,
  userHandleOf,
  usernameOf,
} from '../bench/town.ts';

export interface Place {
  readonly premises: Premises;
  readonly town: Town;
  readonly registrations: RegistrationMaker;
}

/** One user's enrollment, as far as its client knows. */
export interface Enrollment {
  readonly number: number;
  credentialId: string | null;
  /** The registration was answered 201. */
  answered: boolean;
}

/** People who enroll one after another, each with a passkey of hers to prove herself by. */
export class Crowd {
  readonly #place: Place;
  readonly enrollments: Enrollment[] = [];
  readonly statuses = new Map<number, number>();
  #next: number;
  #signCount = 0;
  #over = false;

  /** @param from the number of the first user */
  constructor(place: Place, from: number) {
    this.#place = place;
    this.#next = from;
  }

  stop(): void {
    this.#over = true;
  }

  /** Each begins with the next user as soon as the last is done, until `stop`; then all of them are done. */
  async enroll(members: number, options: { readonly patient: boolean }): Promise<void> {
    this.#over = false;
    const one = async () => {
      while (!this.#over) {
        this.#next += 1;
        const enrollment: Enrollment = { number: this.#next, credentialId: null, answered: false };
        this.enrollments.push(enrollment);
        try {
          await this.#enrollOne(enrollment);
        } catch (error) {
          // A server that was killed answers nobody; that is for the database to say.
          if (options.patient || !(error instanceof TypeError)) throw error;
          if (this.#over) return;
          await pause(20);
        }
      }
    };
    await Promise.all(Array.from({ length: members }, one));
  }

  async #enrollOne(enrollment: Enrollment): Promise<void> {
    const { number } = enrollment;
    const { town, registrations } = this.#place;
    const client = town.clients[fidoTenant];
    const pair = Buffer.from(`${client?.clientId}:${client?.secret}`).toString('base64');
    const pushed = await this.#ask('/par', {
      headers: { authorization: `Basic ${pair}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        response_type: 'code',
        client_id: client?.clientId ?? '',
        redirect_uri: redirectUri,
        scope: 'openid',
        code_challenge: createHash('sha256').update('verifier').digest('base64url'),
        code_challenge_method: 'S256',
      }).toString(),
      expected: 201,
    });
    const member = {
      request_uri: pushed.body.request_uri,
      username: usernameOf(number),
      authType: 'AT_FIDO',
    };
    let token: string | null = null;
    const call = async (path: string, members: Record<string, unknown>, expected: number) => {
      const answer = await this.#ask(path, {
        headers: {
          'content-type': 'application/json',
          ...(token !== null && { 'server-csrf-token': token }),
        },
        body: JSON.stringify({ ...member, ...members }),
        expected,
      });
      token = answer.token;
      return answer.body;
    };
    const { challenge } = await call('/code', { grant_type: 'fido_challenge' }, 200);
    this.#signCount += 1;
    const { key, origin, rpId } = town;
    const [credentialId, userHandle] = [credentialIdOf(number), userHandleOf(number)];
    const proof = { credentialId, userHandle, challenge, rpId, origin, signCount: this.#signCount };
    await call('/code', { grant_type: 'password', password: assertion(key, proof) }, 200);
    const { publicKeyCredentialOptions } = await call(
      '/enroll/fido',
      { enroll_step: 'getcredentialoptions' },
      200,
    );
    const credential = registrations.make({ challenge: publicKeyCredentialOptions.challenge, rpId, origin });
    enrollment.credentialId = credential.id;
    await call('/enroll/fido', { enroll_step: 'registercredential', credential }, 201);
    enrollment.answered = true;
  }

  /** Asks the very same again after a 503, as its Retry-After invites to; any other answer must be the one expected. */
  async #ask(
    path: string,
    request: { headers: Record<string, string>; body: string; expected: number },
    // biome-ignore lint/suspicious/noExplicitAny: a client written from the specification trusts its shapes
  ): Promise<{ token: string | null; body: any }> {
    const { headers, body, expected } = request;
    for (let tries = 0; tries < 200; tries += 1) {
      const response = await fetch(`${this.#place.premises.server.baseUrl}/${fidoTenant}/authn${path}`, {
        method: 'POST',
        headers,
        body,
      });
      const text = await response.text();
      this.statuses.set(response.status, (this.statuses.get(response.status) ?? 0) + 1);
      if (response.status === 503) {
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
        await pause(100);
        continue;
      }
      expect({ path, status: response.status, text }).toMatchObject({ status: expected });
      const token = response.headers.get('server-csrf-token');
      return { token, body: text === '' ? null : JSON.parse(text) };
    }
    throw new Error(`${path} was unavailable for ever`);
  }
}

interface Found {
  readonly credentials: number;
  readonly devices: number;
  readonly events: number;
}

/** What the database has of each enrollment. */
async function look(premises: Premises, enrollments: readonly Enrollment[]): Promise<(Found & Enrollment)[]> {
  const client = new pg.Client(premises.superuser());
  await client.connect();
  try {
    const { rows } = await client.query<Found & { number: number }>(
      `SELECT n AS number,
              (SELECT count(*)::int FROM keywarden.credentials c
                WHERE c.tenant_id = $1 AND c.user_id = u AND c.credential_id <> s) AS credentials,
              (SELECT count(*)::int FROM keywarden.passkey_devices d
                WHERE d.tenant_id = $1 AND d.user_id = u AND d.credential_id <> s) AS devices,
              (SELECT count(*)::int FROM keywarden.events e
                WHERE e.tenant_id = $1 AND e.type = 'authenticator.added' AND e.target_id = u::text) AS events
         FROM unnest($2::int[], $3::text[]) AS t (n, s), md5($1 || ' user ' || n) AS m, CAST(m AS uuid) AS u`,
      [
        fidoTenant,
        enrollments.map(({ number }) => number),
        enrollments.map(({ number }) => credentialIdOf(number)),
      ],
    );
    const found = new Map(rows.map((row) => [row.number, row]));
    return enrollments.map((enrollment) => ({
      ...enrollment,
      ...(found.get(enrollment.number) ?? { credentials: -1, devices: -1, events: -1 }),
    }));
  } finally {
    await client.end();
  }
}

/** Answered means kept, once; not answered means kept whole or not at all. */
export async function expectNothingLostOrHalf(
  premises: Premises,
  enrollments: readonly Enrollment[],
): Promise<void> {
  const wrong = (await look(premises, enrollments)).filter(
    ({ answered, credentials, devices, events }) =>
      credentials > 1 || credentials !== devices || credentials !== events || (answered && credentials !== 1),
  );
  expect(wrong).toEqual([]);
}
