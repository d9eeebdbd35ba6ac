import { DomainError } from '@keywarden/domain';
import { Type } from 'typebox';
import { type Route, route } from './route.ts';

export interface HealthOptions {
  /** Resolves when the server can serve; throws what keeps it from that. */
  readonly check: () => Promise<void>;
  readonly openApi: () => object;
}

export const healthRoutes = (options: HealthOptions): readonly Route[] => {
  const check = oneAtATime(options.check);
  return [
    route({
      method: 'GET',
      path: '/healthz',
      door: 'site',
      access: 'anyone',
      summary: 'Whether this server can serve',
      schema: { response: { 200: Type.Object({ status: Type.Literal('ok') }), 503: Type.Object({}) } },
      handle: async () => {
        await check();
        return { status: 200, body: { status: 'ok' } };
      },
    }),
    route({
      method: 'GET',
      path: '/openapi.json',
      door: 'site',
      access: 'anyone',
      summary: 'This API as an OpenAPI document',
      schema: { response: { 200: Type.Unknown() } },
      handle: async () => ({ status: 200, body: options.openApi() }),
    }),
  ];
};

/** Anybody may ask, and a check takes a connection to the database: however many ask at once, they get the same answer. */
function oneAtATime(check: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  return () => {
    running ??= check().finally(() => {
      running = null;
    });
    return running;
  };
}

/** What `check` throws before everything is up. */
export const notReady = () =>
  new DomainError('unavailable', 'Keywarden is starting. Try again in a few seconds.');
