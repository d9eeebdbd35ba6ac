import type { Http } from './request.ts';

/** Ends the session at the server. Where that can't be reached the cookie stays, and the sign-in page says so. */
export async function signOut(http: Http): Promise<void> {
  try {
    // The answer may be a redirect to the sign-in page, which is where we go anyway.
    await http.fetch('/sign-out', { method: 'POST', credentials: 'same-origin', redirect: 'manual' });
  } catch {
    // Nothing to add: the page that follows shows whether the session is over.
  }
}
