import { Type } from 'typebox';
import { type Http, send } from './request.ts';

const Anything = Type.Unknown();

/** Trades a pasted sign-in token for a session cookie. */
export async function signIn(http: Http, token: string): Promise<void> {
  await send(http, { method: 'POST', path: '/sign-in', body: { token }, answer: Anything });
}

export async function signOut(http: Http): Promise<void> {
  await send(http, { method: 'POST', path: '/sign-out', body: {}, answer: Anything });
}
