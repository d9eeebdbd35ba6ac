import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Transaction } from './authentication/back-end-client.ts';
import { openServer, type Room, type ServerRig } from './authentication/rig.ts';
import { refusal, type Steps, stepsOf } from './authentication/steps.ts';

let rig: ServerRig;
let room: Room;
let steps: Steps;

beforeAll(async () => {
  rig = await openServer();
  room = await rig.furnish();
  steps = stepsOf(rig);
});
afterAll(async () => {
  await rig.close();
});

describe('what the portal is told of a request', () => {
  test('who asks, and the redirect URI that was accepted with the request, state and issuer', async () => {
    const transaction = await steps.begin(room, { state: 'abc', ui_locales: 'fr-CA de' });
    const told = await transaction.call('/request', {});
    expect(told).toMatchObject({
      status: 200,
      body: {
        client_name: expect.any(String),
        redirect_uri: room.client.redirectUri,
        response_mode: null,
        state: 'abc',
        iss: room.issuer,
        ui_locales: 'fr-CA de',
      },
    });
    // It is a step of the transaction like any other: the next one goes on from its token.
    expect(await transaction.call('/flow', { username: 'alice' })).toMatchObject({ status: 200 });
  });

  test('a redirect URI in the call changes nothing', async () => {
    const transaction = await steps.begin(room);
    const told = await transaction.call('/request', { redirect_uri: 'https://evil.example/' });
    expect(told.body.redirect_uri).toBe(room.client.redirectUri);
    expect(told.body).not.toHaveProperty('ui_locales');
  });

  test('nothing of a request that nobody pushed, or without its token', async () => {
    const unknown = new Transaction(room.issuer, 'urn:ietf:params:oauth:request_uri:none');
    expect(await unknown.call('/request', {})).toMatchObject(refusal(400, 'invalid_request'));
    const transaction = await steps.begin(room);
    await transaction.call('/flow', { username: 'alice' });
    const thief = new Transaction(room.issuer, transaction.requestUri);
    expect(await thief.call('/request', {})).toMatchObject(refusal(400, 'invalid_request'));
  });
});
